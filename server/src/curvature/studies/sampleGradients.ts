/** Gradients of some samples as matrices, one per parameter tensor. */
import type { Gradients } from '../estimators/kronecker';
import type { Vector } from '../linearAlgebra/vector';
import type { ParameterBlock } from '../problem';
import { subsetOf } from '../subproblem';
import type { StudyContext } from './study';

/** Numbers of all gradients together. */
const MOST_NUMBERS = 2 ** 26;
/** Operations that the factors of one tensor may cost. */
const MOST_OPERATIONS = 4e9;

/** Evenly chosen among the samples, as many as memory allows, at most `most`. */
export async function sampleGradients(context: StudyContext, most: number): Promise<Vector[]> {
  const { problem } = context;
  const count = Math.max(1, Math.min(most, problem.sampleCount, Math.floor(MOST_NUMBERS / problem.theta.length)));
  const picked = Array.from({ length: count }, (_, i) => Math.floor((i * problem.sampleCount) / count));
  return context.perSampleOf(subsetOf(problem, picked)).gradientRows();
}

/** The part of a tensor, its first axis as rows; undefined where its factors would cost too much. */
export function gradientsOf(
  rowsOfSamples: readonly Vector[],
  { offset, size, shape }: ParameterBlock,
): Gradients | undefined {
  const rows = shape[0] ?? 1;
  const columns = size / rows;
  if (rowsOfSamples.length * size * (rows + columns) > MOST_OPERATIONS) return undefined;
  return {
    samples: rowsOfSamples.map((row) => row.subarray(offset, offset + size)),
    weights: rowsOfSamples.map(() => 1 / rowsOfSamples.length),
    rows,
    columns,
  };
}
