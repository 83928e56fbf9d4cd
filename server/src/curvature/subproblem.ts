/** Problems over other samples than the analysed ones: some of them, or the same with other labels. */
import type { ArrayValue } from '../engine/engine';
import type { Problem } from './problem';

/** The problem of the samples with these numbers alone; a number may occur more than once. */
export function subsetOf(problem: Problem, indices: readonly number[]): Problem {
  const { labels, sampleNumbers } = problem;
  return {
    ...problem,
    sampleCount: indices.length,
    batch: (rows) => problem.batch(rows.map((row) => indices[row] as number)),
    ...(labels === undefined
      ? {}
      : { labels: { ...labels, classes: Int32Array.from(indices, (index) => labels.classes[index] as number) } }),
    sampleNumbers: indices.map((index) => sampleNumbers?.[index] ?? index),
  };
}

/**
 * The problem with these classes in place of the samples' own. Throws `RangeError` where samples have no class.
 * `classes`: N numbers, 0 … C−1.
 */
export function relabelled(problem: Problem, classes: ArrayLike<number>): Problem {
  const { labels } = problem;
  if (labels === undefined) throw new RangeError('the samples have no class of their own');
  return {
    ...problem,
    labels: { ...labels, classes },
    batch: (rows) =>
      problem.batch(rows).map((value, input) => (input === labels.input ? withClasses(value, rows, classes) : value)),
  };
}

/** Class numbers [n], or one-hot rows [n, C], of the samples `rows`. */
function withClasses(value: ArrayValue, rows: readonly number[], classes: ArrayLike<number>): ArrayValue {
  const width = value.data.length / Math.max(1, rows.length);
  const data = value.data.slice();
  rows.forEach((row, i) => {
    const own = classes[row] as number;
    if (value.dtype === 'int') data[i] = own;
    else for (let c = 0; c < width; c++) data[i * width + c] = c === own ? 1 : 0;
  });
  return { ...value, data };
}

/** The samples of every class, by class; undefined where samples have no class. */
export function samplesByClass({ labels, classCount, sampleCount }: Problem): readonly number[][] | undefined {
  if (labels === undefined || classCount === undefined) return undefined;
  const members = Array.from({ length: classCount }, (): number[] => []);
  for (let i = 0; i < sampleCount; i++) members[labels.classes[i] as number]?.push(i);
  return members;
}
