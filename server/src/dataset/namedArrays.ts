/** Arrays of a data set in the order in which a model takes them, found by their names. */
import type { Dataset } from './dataset';

/** Arrays named like the inputs come first, in the order of the inputs; the data set as it is where one has no namesake. */
export function inOrderOf(dataset: Dataset, inputs: readonly string[]): Dataset {
  const names = dataset.arrays.map(({ name }) => name);
  const first = inputs.map((input) => names.indexOf(input));
  const order = [...first, ...names.keys()].filter((array, i, all) => all.indexOf(array) === i);
  if (first.includes(-1) || order.every((array, i) => array === i)) return dataset;
  const arranged = <T>(values: readonly T[]): T[] =>
    order.flatMap((array) => {
      const value = values[array];
      return value === undefined ? [] : [value];
    });
  return {
    name: dataset.name,
    size: dataset.size,
    synthetic: dataset.synthetic,
    description: dataset.description,
    arrays: arranged(dataset.arrays),
    batch: async (indices) => arranged(await dataset.batch(indices)),
    column: (array, indices) => dataset.column(order[array] ?? array, indices),
    hash: () => dataset.hash(),
  };
}
