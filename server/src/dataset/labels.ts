import type { SampleArray } from './sampleArrays';

/** Class labels that are known as numbers, one per sample. */
export const labelArray = (name: string, labels: ArrayLike<number>, storedType: string): SampleArray => ({
  name,
  shape: [],
  size: labels.length,
  dtype: 'int',
  storedType,
  rows: (indices) => Promise.resolve(Int32Array.from(indices, (index) => labels[index] ?? 0)),
});

/** Labels with `change` applied, such as a count from 1 that becomes one from 0. */
export const changedLabels = (array: SampleArray, change: (label: number) => number): SampleArray => ({
  ...array,
  async rows(indices) {
    return Int32Array.from(await array.rows(indices), change);
  },
});
