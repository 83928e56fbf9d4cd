import { CheckpointError } from '../checkpoint/checkpointError';
import type { Dataset } from './dataset';
import { stacked, type SampleArray } from './sampleArrays';

/** Joins arrays into a data set. Throws when there is none, when one is empty, or when their lengths differ. */
export function arrayDataset(
  name: string,
  arrays: readonly SampleArray[],
  description: string,
  hash: () => Promise<string>,
): Dataset {
  const [first, ...rest] = arrays;
  if (first === undefined)
    throw new CheckpointError(
      'there is no array of samples',
      name,
      'file',
      'Save the inputs as x and the targets as y.',
    );
  const different = rest.find(({ size }) => size !== first.size);
  if (different !== undefined)
    throw new CheckpointError(
      `'${first.name}' has ${first.size} samples, '${different.name}' ${different.size}`,
      name,
      `array '${different.name}'`,
      'Inputs and targets must have equal first axes.',
    );
  if (first.size === 0)
    throw new CheckpointError('the data has no samples', name, `array '${first.name}'`, 'Save at least one sample.');
  const size = first.size;
  const requireInside = (indices: readonly number[]): void => {
    const outside = indices.find((index) => !Number.isInteger(index) || index < 0 || index >= size);
    if (outside !== undefined) throw new RangeError(`sample ${outside} of ${size} in ${name}`);
  };
  return {
    name,
    size,
    arrays,
    synthetic: false,
    description: `${description}: ${size} samples of ${arrays.map((array) => `${array.name} ${array.storedType} [${array.shape.join(', ')}]`).join(', ')}`,
    async batch(indices) {
      requireInside(indices);
      return Promise.all(arrays.map((array) => stacked(array, indices)));
    },
    async column(position, indices) {
      requireInside(indices);
      const array = arrays[position];
      if (array === undefined) throw new RangeError(`array ${position} of ${arrays.length} in ${name}`);
      return stacked(array, indices);
    },
    hash,
  };
}
