/** What a reading is asked for. Plain data: it crosses to the thread that reads. */
import type { ModelSettings } from '../project/settings';

export interface ReadingRequest {
  /** Absolute path; of an unsaved document any name that ends in .py. */
  readonly file: string;
  readonly text: string;
  /** Imports never leave this folder. */
  readonly root: string;
  /** Unsaved texts of other documents, by absolute path. */
  readonly overlays: Readonly<Record<string, string>>;
  /** Grows when a file other than this one may have changed: nothing remembered from before counts. */
  readonly epoch: number;
  /** What the editor's settings say about every model; pyproject.toml and pragmas win over it. */
  readonly settings: ModelSettings;
  /** Checkpoints that are to be compared with the main model, absolute. */
  readonly checkpoints: readonly { readonly file: string; readonly origin: CheckpointOrigin }[];
}

export type CheckpointOrigin = 'chosen' | 'configured' | 'named by the training script' | 'found in the workspace';
