/** Whether a checkpoint file holds the state of a model; only its index is read, never its tensors. */
import type { Checkpoint } from '../checkpoint/checkpoint';
import { CheckpointError } from '../checkpoint/checkpointError';
import { isCounter, matchStateDict } from '../checkpoint/stateDict';
import type { CheckpointFit, ModelReading } from '../protocol/reading';

/** A checkpoint that was opened, or why it could not be. */
export type OpenedCheckpoint =
  { readonly ok: true; readonly checkpoint: Checkpoint } | { readonly ok: false; readonly reason: string };

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

export function fitOf(opened: OpenedCheckpoint, model: Pick<ModelReading, 'stateKeys'>): CheckpointFit {
  if (!opened.ok) return { kind: 'unreadable', reason: opened.reason };
  const match = matchStateDict(
    opened.checkpoint,
    model.stateKeys.map(({ key, ...tensor }) => ({ name: key, ...tensor })),
  );
  const missing = match.missing.filter((name) => !isCounter(name));
  if (missing.length === 0 && match.misshaped.length === 0) return { kind: 'fits' };
  return {
    kind: 'differs',
    missing,
    unexpected: match.unexpected,
    misshapen: match.misshaped.map(({ name, expected, found }) => ({
      key: name,
      model: shapeText(expected),
      checkpoint: shapeText(found),
    })),
  };
}

/** The reason of a failure to open, in a line. */
export const openingFailure = (error: unknown): string =>
  error instanceof CheckpointError
    ? `${error.reason} (${error.where})`
    : error instanceof Error
      ? error.message
      : String(error);

/** The share of the model's keys that a checkpoint has; orders candidates. */
export function fitScore(fit: CheckpointFit, keys: number): number {
  if (fit.kind === 'fits') return 1;
  return fit.kind === 'unreadable' ? -1 : 1 - (fit.missing.length + fit.misshapen.length) / Math.max(1, keys) - 1e-3;
}
