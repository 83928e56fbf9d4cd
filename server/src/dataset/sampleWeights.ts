/** Weights of samples among the arrays of a data set. */
import type { Dataset, DatasetArray } from './dataset';

/** The name of their array, which is the last. */
export const SAMPLE_WEIGHT = 'sample_weight';

export const hasWeights = ({ arrays }: Dataset): boolean => arrays.at(-1)?.name === SAMPLE_WEIGHT;

/** The last of several arrays that is no weight; undefined for inputs alone. */
export function targetPosition(dataset: Dataset): number | undefined {
  const position = dataset.arrays.length - (hasWeights(dataset) ? 2 : 1);
  return position > 0 ? position : undefined;
}

export function targetArray(dataset: Dataset): DatasetArray | undefined {
  const position = targetPosition(dataset);
  return position === undefined ? undefined : dataset.arrays[position];
}
