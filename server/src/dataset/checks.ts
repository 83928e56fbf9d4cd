import type { ByteSource } from '../checkpoint/byteSource';
import { CheckpointError } from '../checkpoint/checkpointError';
import type { ArrayValue } from '../engine/engine';

/** Where a value came from, for messages. */
export interface DataPlace {
  readonly file: string;
  readonly array: string;
}

/**
 * Throws a CheckpointError for the first label outside 0 … classes−1 (`ignoreIndex`, PyTorch's −100, is allowed), or
 * when the labels are not integers.
 */
export function checkLabels(labels: ArrayValue, classes: number, place: DataPlace, ignoreIndex = -100): void {
  if (labels.dtype !== 'int')
    throw new CheckpointError(
      `class labels must be integers, '${place.array}' is ${labels.dtype}`,
      place.file,
      `array '${place.array}'`,
      'Store them as int64.',
    );
  const perSample = Math.max(1, labels.data.length / Math.max(1, labels.shape[0] ?? 1));
  const position = labels.data.findIndex((label) => label !== ignoreIndex && (label < 0 || label >= classes));
  if (position < 0) return;
  throw new CheckpointError(
    `label ${labels.data[position] ?? NaN} is outside 0 … ${classes - 1} of the model's ${classes} outputs`,
    place.file,
    `array '${place.array}', sample ${Math.floor(position / perSample)}`,
    'The labels belong to another task, or count from 1.',
  );
}

/** How many records of `bytes` bytes a file consists of. Throws a CheckpointError when it is empty or ends inside one. */
export function recordCount(source: ByteSource, bytes: number): number {
  const count = source.size / bytes;
  if (count > 0 && Number.isInteger(count)) return count;
  throw new CheckpointError(
    `${source.size} bytes are no whole number of records of ${bytes}`,
    source.name,
    'end of file',
    'The file is truncated; copy it again.',
  );
}

/** Elements of a float value that are NaN or infinite. */
export function countNonFinite({ dtype, data }: ArrayValue): number {
  if (dtype !== 'float') return 0;
  let count = 0;
  for (const value of data) if (!Number.isFinite(value)) count++;
  return count;
}
