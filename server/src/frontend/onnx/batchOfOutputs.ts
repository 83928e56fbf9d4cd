/** Whether an output has the size that follows from the batch, where a file written for a fixed batch is read with another one. */
import type { ValueInfoMessage } from '../../checkpoint/onnx/schema';
import { elementCount } from '../../graph/node';
import type { Shape } from '../../graph/primitives';
import { OnnxStop } from './onnxStop';

/** Batch of the file, and the one that it is read with. */
interface Batch {
  readonly written: number;
  readonly read: number;
}

/** Shape of an output as the file declares it; undefined where a size is open. */
export function declaredShape(info: ValueInfoMessage | undefined): Shape | undefined {
  const sizes = info?.type?.tensorType?.shape?.dim.map(({ dimValue }) => dimValue);
  return sizes?.every((size) => size > 0) === true ? sizes : undefined;
}

/** An output by its name: its shape for the batch that the file is written for, and for the one that it is read with. */
interface OutputShapes {
  readonly name: string;
  readonly written: Shape;
  readonly read: Shape;
}

/**
 * Throws `OnnxStop` where constants of the file hold an output at the written batch, or repeat its samples. Nothing follows from single numbers.
 */
export function requireBatch({ name, written, read }: OutputShapes, batch: Batch): void {
  if (elementCount(written) === 1 || follows(read, written, batch)) return;
  throw new OnnxStop(
    `the output '${name}' is [${written.join(', ')}] for the batch of ${batch.written} that the file is written for, and would be [${read.join(', ')}] for one of ${batch.read}: constants of the file fix the batch`,
  );
}

/** Axes are as long as they were, or longer by the ratio of the batches: the first one where it is the batch, else another (recurrences have it second). */
function follows(shape: Shape, declared: Shape, { written, read }: Batch): boolean {
  if (shape.length !== declared.length) return false;
  const scales = declared.map((size, axis) => shape[axis] === (size * read) / written);
  const isKnown = declared.every((size, axis) => scales[axis] === true || shape[axis] === size);
  return isKnown && (declared[0] === written ? scales[0] === true : scales.includes(true));
}
