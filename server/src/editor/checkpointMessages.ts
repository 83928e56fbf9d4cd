/** Messages between the language server and the thread that reads checkpoints. Plain data; failures are values. */
import type { CheckpointListing, TensorReport } from '../protocol/editor';
import type { ModelReading } from '../protocol/reading';

/** A model that a checkpoint may fit. */
export type KnownModel = Pick<ModelReading, 'name' | 'place' | 'stateKeys'>;

export type CheckpointTask =
  | { readonly kind: 'list'; readonly file: string; readonly models: readonly KnownModel[] }
  | {
      readonly kind: 'statistics' | 'singularValues';
      readonly file: string;
      readonly name: string;
      readonly fingerprint: string | undefined;
    };

export interface ToCheckpointThread {
  readonly id: number;
  readonly task: CheckpointTask;
}

export type FromCheckpointThread =
  | { readonly id: number; readonly kind: 'progress'; readonly fraction: number }
  | { readonly id: number; readonly kind: 'done'; readonly reply: CheckpointListing | TensorReport };

/** What the thread is started with: the id of the task that is not wanted any more. */
export interface CheckpointThreadData {
  readonly cancelled: SharedArrayBuffer;
}
