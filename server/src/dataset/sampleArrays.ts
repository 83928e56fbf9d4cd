import { isQuantisedType } from '../checkpoint/quantisedType';
import { CheckpointError } from '../checkpoint/checkpointError';
import type { CheckpointTensor } from '../checkpoint/checkpoint';
import { isComplexType, isFloatingType, type ElementType, type TensorData } from '../checkpoint/elementType';
import type { ArrayData, ArrayValue } from '../engine/engine';
import { elementCount } from '../graph/node';
import type { DType } from '../graph/primitives';
import type { DatasetArray } from './dataset';

/** An array of samples that can be read by sample number. */
export interface SampleArray extends DatasetArray {
  readonly size: number;
  /** Row-major data of the samples in the given order. */
  rows(indices: readonly number[]): Promise<ArrayData>;
}

/** Arrays up to this many elements are read once and kept. */
const LARGEST_KEPT = 1 << 24;

/** The rows of a stored tensor along its first axis. Throws on scalars and complex numbers. */
export function tensorSamples(tensor: CheckpointTensor, name: string, file: string): SampleArray {
  const [size, ...shape] = tensor.shape;
  if (size === undefined)
    throw new CheckpointError(
      `'${name}' is a single number, not an array of samples`,
      file,
      `array '${name}'`,
      'Its first axis must count the samples.',
    );
  const type = tensor.dtype;
  if (isQuantisedType(type))
    throw new CheckpointError(`'${name}' is quantised (${type})`, file, `array '${name}'`, 'Store numbers.');
  if (isComplexType(type))
    throw new CheckpointError(
      `'${name}' is complex`,
      file,
      `array '${name}'`,
      'Store real and imaginary parts as an axis of a real array.',
    );
  const dtype = graphType(type);
  const width = elementCount(shape);
  let kept: Promise<TensorData> | undefined;
  const piece = async (index: number, count: number): Promise<TensorData> => {
    if (tensor.elementCount > LARGEST_KEPT) return tensor.readRange(index * width, count * width);
    kept ??= tensor.read();
    return (await kept).subarray(index * width, (index + count) * width);
  };
  return {
    name,
    shape,
    size,
    dtype,
    storedType: type,
    async rows(indices) {
      const rows = emptyData(dtype, type, indices.length * width);
      for (let row = 0; row < indices.length;) {
        const index = indices[row] ?? 0;
        const count = successors(indices, row);
        writeRows(rows, row * width, await piece(index, count), { name, file, index, width });
        row += count;
      }
      return rows;
    },
  };
}

/** How many indices from `row` on follow each other: they are read at once. */
function successors(indices: readonly number[], row: number): number {
  let end = row + 1;
  while (end < indices.length && indices[end] === (indices[end - 1] ?? 0) + 1) end++;
  return end - row;
}

export const graphType = (type: ElementType): DType =>
  isFloatingType(type) ? 'float' : type === 'bool' ? 'bool' : 'int';

function emptyData(dtype: DType, type: ElementType, length: number): ArrayData {
  if (dtype === 'bool') return new Uint8Array(length);
  if (dtype === 'int') return new Int32Array(length);
  return type === 'float64' ? new Float64Array(length) : new Float32Array(length);
}

/** Whether every value of a type is one of the target's, or is rounded to one. */
function fitsWithoutLook(rows: TensorData, target: ArrayData): rows is ArrayData {
  if (rows instanceof Uint8Array) return true;
  if (target instanceof Int32Array) return rows instanceof Int32Array;
  return rows instanceof Float32Array || rows instanceof Float64Array;
}

/** Integers must fit into 32 bits, the engines' integer type. */
function writeRows(
  target: ArrayData,
  start: number,
  rows: TensorData,
  at: { name: string; file: string; index: number; width: number },
): void {
  if (fitsWithoutLook(rows, target)) {
    target.set(rows, start);
    return;
  }
  for (let i = 0; i < rows.length; i++) {
    const value = Number(rows[i]);
    target[start + i] = value;
    if (target instanceof Int32Array && target[start + i] !== value)
      throw new CheckpointError(
        `'${at.name}' holds ${value}, outside the 32-bit integers`,
        at.file,
        `array '${at.name}', sample ${at.index + Math.floor(i / Math.max(1, at.width))}`,
        'Labels and tokens must be small numbers.',
      );
  }
}

/** Samples as a value with the new first axis. */
export const stacked = async (array: SampleArray, indices: readonly number[]): Promise<ArrayValue> => ({
  shape: [indices.length, ...array.shape],
  dtype: array.dtype,
  data: await array.rows(indices),
});
