/** Gradients of some samples as matrices, one per parameter tensor. */
import type { Gradients } from '../estimators/gradientMoments';
import type { Factors } from '../estimators/kronecker';
import type { Vector } from '../linearAlgebra/vector';
import { convolutionMoments } from '../operators/convolutionMoments';
import type { ParameterBlock, Problem } from '../problem';
import { subsetOf } from '../subproblem';
import type { StudyContext } from './study';

/** Numbers of all gradients together. */
const MOST_NUMBERS = 2 ** 26;
/** Most samples whose patches are held at once. */
const MOMENT_BATCH = 16;
/** Operations that the factors of one tensor may cost. */
const MOST_OPERATIONS = 4e9;

/** Evenly chosen among the samples, as many as memory allows for their gradients, at most `most`. */
function spread(problem: Problem, most: number): Problem {
  const count = Math.max(1, Math.min(most, problem.sampleCount, Math.floor(MOST_NUMBERS / problem.theta.length)));
  return subsetOf(
    problem,
    Array.from({ length: count }, (_, i) => Math.floor((i * problem.sampleCount) / count)),
  );
}

export const sampleGradients = (context: StudyContext, most: number): Promise<Vector[]> =>
  context.perSampleOf(spread(context.problem, most)).gradientRows();

/** K-FAC's factors of convolutions, by the number of the parameter, for the same samples. */
export const sampleMoments = (
  { problem, engine, options }: StudyContext,
  most: number,
): Promise<ReadonlyMap<number, Factors>> =>
  convolutionMoments(spread(problem, most), engine, {
    batch: MOMENT_BATCH,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });

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
