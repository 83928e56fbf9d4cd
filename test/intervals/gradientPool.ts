/** Distributions of losses, gradients and Hessians to draw samples from. */
import type { SampleNorms } from '../../server/src/curvature/estimators/sampleNorms';
import { addScaled, combination, dot, squaredNorm, type Vector } from '../../server/src/curvature/linearAlgebra/vector';
import { createGradient } from '../../server/src/curvature/operators/gradient';
import type { Problem } from '../../server/src/curvature/problem';
import { Random } from '../../server/src/curvature/random';
import { drawnFrom, engine, hessianPool, perSampleOf } from './samplePool';

export interface PooledGradient {
  readonly loss: number;
  readonly gradient: Float64Array;
}

export interface PooledSample extends PooledGradient {
  /** Row-major p × p. */
  readonly hessian: Float64Array;
}

export async function gradientPool(problem: Problem): Promise<PooledGradient[]> {
  const perSample = perSampleOf(problem);
  const { losses } = await perSample.gradients();
  const rows = await perSample.gradientRows();
  return rows.map((row, i) => ({ loss: losses[i] ?? NaN, gradient: Float64Array.from(row) }));
}

export async function samplePoolOf(problem: Problem): Promise<PooledSample[]> {
  const gradients = await gradientPool(problem);
  const { matrices } = await hessianPool(problem);
  return gradients.map((own, i) => ({ ...own, hessian: matrices[i] as Float64Array }));
}

/** The problem after full-batch steps. */
export async function trained(problem: Problem, steps: number, rate: number): Promise<Problem> {
  const { evaluate } = await createGradient(problem, engine, { batch: 1000 });
  const theta = problem.theta.slice();
  for (let step = 0; step < steps; step++) addScaled(theta, -rate, (await evaluate(theta)).gradient);
  return { ...problem, theta };
}

export const drawnSamples = <T>(pool: readonly T[], count: number, seed: number): T[] =>
  drawnFrom(pool, count, new Random(seed, 'draw of samples'));

export const meanGradient = (samples: readonly PooledGradient[]): Float64Array =>
  combination(
    samples.map(({ gradient }) => gradient),
    samples.map(() => 1 / samples.length),
  );

/** What the product knows of the gradients of drawn samples. */
export function normsOf(samples: readonly PooledGradient[]): SampleNorms {
  const centre = meanGradient(samples);
  return {
    losses: Float64Array.from(samples, ({ loss }) => loss),
    squares: Float64Array.from(samples, ({ gradient }) => squaredNorm(gradient)),
    projections: Float64Array.from(samples, ({ gradient }) => dot(gradient, centre)),
    meanSquare: squaredNorm(centre),
  };
}

export const slopesAlong = (samples: readonly PooledGradient[], directions: readonly Vector[]): Float64Array[] =>
  directions.map((direction) => Float64Array.from(samples, ({ gradient }) => dot(gradient, direction)));
