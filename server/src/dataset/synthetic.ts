import type { ArrayData, ArrayValue } from '../engine/engine';
import { elementCount } from '../graph/node';
import type { DType, Shape } from '../graph/primitives';
import { createHash } from 'node:crypto';
import type { Dataset, RandomSource } from './dataset';

/** What one input or target looks like. */
export interface SyntheticArray {
  readonly name: string;
  /** Of one sample. */
  readonly shape: Shape;
  readonly dtype: DType;
  /** Integers are drawn from 0 … classes−1. */
  readonly classes?: number;
}

/**
 * A seeded probe batch in place of absent data: standard normal floats, uniform labels and tokens, fair booleans.
 * All samples are drawn at once, so that a sample does not depend on the order in which batches are asked for.
 */
export function syntheticDataset(arrays: readonly SyntheticArray[], size: number, random: RandomSource): Dataset {
  const values = arrays.map((array) => draw(array, size * elementCount(array.shape), random));
  return {
    name: 'synthetic',
    size,
    arrays: arrays.map(({ name, shape, dtype }) => ({ name, shape, dtype, storedType: dtype })),
    synthetic: true,
    description: `synthetic: ${size} samples of ${arrays.map(({ name, dtype, shape }) => `${name} ${dtype} [${shape.join(', ')}]`).join(', ')}`,
    batch: (indices) => Promise.resolve(arrays.map((array, position) => pickRows(array, values[position], indices))),
    column: (position, indices) => {
      const array = arrays[position];
      return array === undefined
        ? Promise.reject(new RangeError(`array ${position} of ${arrays.length} in synthetic data`))
        : Promise.resolve(pickRows(array, values[position], indices));
    },
    hash: () => {
      const hash = createHash('sha256');
      for (const value of values) hash.update(new Uint8Array(value.buffer));
      return Promise.resolve(hash.digest('hex'));
    },
  };
}

function draw({ dtype, classes = 2 }: SyntheticArray, count: number, random: RandomSource): ArrayData {
  if (dtype === 'float') return Float32Array.from({ length: count }, () => random.gaussian());
  if (dtype === 'bool') return Uint8Array.from({ length: count }, () => random.integer(2));
  return Int32Array.from({ length: count }, () => random.integer(classes));
}

function pickRows(
  { shape, dtype }: SyntheticArray,
  values: ArrayData | undefined,
  indices: readonly number[],
): ArrayValue {
  const width = elementCount(shape);
  const count = indices.length * width;
  const data =
    dtype === 'float' ? new Float32Array(count) : dtype === 'bool' ? new Uint8Array(count) : new Int32Array(count);
  for (const [row, index] of indices.entries())
    for (let i = 0; i < width; i++) data[row * width + i] = values?.[index * width + i] ?? 0;
  return { shape: [indices.length, ...shape], dtype, data };
}
