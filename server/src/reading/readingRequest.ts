/** What a reading is asked for. Plain data: it crosses to the thread that reads. */
import type { Place } from '../protocol/reading';

/** What is known about a model beside its source. */
export interface ReadingSettings {
  /** Constructor arguments by model name, as in pyproject.toml. */
  readonly args?: Readonly<Record<string, string>>;
  /** Input specifications in the form of `--input`, by model name ('' for every model). */
  readonly inputs?: Readonly<Record<string, readonly string[]>>;
}

export interface ReadingRequest {
  /** Absolute path; of an unsaved document any name that ends in .py. */
  readonly file: string;
  readonly text: string;
  /** Imports never leave this folder. */
  readonly root: string;
  /** Unsaved texts of other documents, by absolute path. */
  readonly overlays: Readonly<Record<string, string>>;
  readonly settings: ReadingSettings;
  /** Checkpoints that are to be compared with the models, absolute. */
  readonly checkpoints: readonly { readonly file: string; readonly origin: CheckpointOrigin; readonly place?: Place }[];
}

export type CheckpointOrigin = 'chosen' | 'configured' | 'named by the training script' | 'found in the workspace';
