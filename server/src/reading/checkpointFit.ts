/** Whether a checkpoint file holds the state of a model; only its index is read, never its tensors. */
import type { Checkpoint } from '../checkpoint/checkpoint';
import { CheckpointError } from '../checkpoint/checkpointError';
import { renamedBlocks } from '../checkpoint/proposedRenames';
import { isCounter, matchStateDict } from '../checkpoint/stateDict';
import type { TracedModel } from '../frontend/model';
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
  if (missing.length === 0 && match.misshaped.length === 0)
    return {
      kind: 'fits',
      unused: match.unexpected.length,
      ...(match.renaming === undefined ? {} : { renaming: match.renaming }),
    };
  return {
    kind: 'differs',
    missing,
    unexpected: match.unexpected,
    renames: renamedBlocks(match.proposedRenames),
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

/**
 * Orders candidates: the share of the model's keys that a checkpoint has; between those that fit, the one with fewer tensors
 * of something else, then the one whose names needed no change.
 */
export function fitScore(fit: CheckpointFit, keys: number): number {
  if (fit.kind === 'fits')
    return 1 - (1e-4 * fit.unused) / (keys + fit.unused) - (fit.renaming === undefined ? 0 : 1e-6);
  return fit.kind === 'unreadable' ? -1 : 1 - (fit.missing.length + fit.misshapen.length) / Math.max(1, keys) - 1e-3;
}

/** The keys of `state_dict()`, with those that name a tensor once more. */
export const stateKeysOf = ({ stateKeys }: Pick<TracedModel, 'stateKeys'>): ModelReading['stateKeys'] =>
  stateKeys.map(({ key, shape, storage }) => ({
    key,
    shape: [...shape],
    ...(storage === key ? {} : { sameAs: storage }),
  }));
