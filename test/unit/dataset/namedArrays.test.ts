/** Arrays that carry the names of a model's inputs are taken by them. */
import { describe, expect, test } from 'vitest';
import type { Dataset } from '../../../server/src/dataset/dataset';
import { inOrderOf } from '../../../server/src/dataset/namedArrays';

/** Arrays of one number a sample: the number of the array times ten, plus that of the sample. */
const named = (names: readonly string[]): Dataset => {
  const values = (array: number, indices: readonly number[]) => ({
    shape: [indices.length],
    dtype: 'float' as const,
    data: Float64Array.from(indices, (index) => 10 * array + index),
  });
  return {
    name: 'data',
    size: 3,
    synthetic: false,
    description: 'data',
    arrays: names.map((name) => ({ name, shape: [], dtype: 'float', storedType: 'float64' })),
    batch: (indices) => Promise.resolve(names.map((_, array) => values(array, indices))),
    column: (array, indices) => Promise.resolve(values(array, indices)),
    hash: () => Promise.resolve('hash'),
  };
};

describe('arrays by name', () => {
  test('come in the order of the inputs, the others behind them', async () => {
    const found = inOrderOf(named(['labels', 'mask', 'ids']), ['ids', 'mask']);
    expect(found.arrays.map(({ name }) => name)).toEqual(['ids', 'mask', 'labels']);
    const batch = await found.batch([1, 2]);
    expect(batch.map(({ data }) => [...data])).toEqual([
      [21, 22],
      [11, 12],
      [1, 2],
    ]);
    expect([...(await found.column(2, [0])).data]).toEqual([0]);
    expect(await found.hash()).toBe('hash');
  });

  test('stay as they are where an input has no namesake, or all are in order', () => {
    const data = named(['x', 'mask', 'y']);
    expect(inOrderOf(data, ['x', 'ids'])).toBe(data);
    expect(inOrderOf(data, ['x', 'mask'])).toBe(data);
  });
});
