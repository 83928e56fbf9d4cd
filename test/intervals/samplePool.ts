/** Distributions to draw samples from: many samples of a model, each with what the product computes of it. */
import type { SampleForms } from '../../server/src/curvature/estimators/traceSampling';
import { PerSample } from '../../server/src/curvature/operators/perSample';
import type { Problem } from '../../server/src/curvature/problem';
import { Random } from '../../server/src/curvature/random';
import { createReferenceEngine } from '../../server/src/engine/reference/referenceEngine';
import { classificationData, problemOf } from '../unit/curvature/problems';

export const engine = createReferenceEngine();
export const POOL = 20_000;
const SEED = 77;

export const poolProblem = (model: Parameters<typeof problemOf>[0], inputs: number, size = POOL): Problem =>
  problemOf(model, classificationData(size, inputs, model.classCount ?? 2, SEED));

export const perSampleOf = (problem: Problem): PerSample =>
  new PerSample(problem, engine, { memoryLimit: 2 ** 28, batch: 2000, blockSize: 16 });

/** Symmetric matrices, row-major p × p, one per sample. */
export interface MatrixPool {
  readonly dimension: number;
  readonly matrices: readonly Float64Array[];
}

/** The Hessians of the samples, from the product's own forms per sample. */
export async function hessianPool(problem: Problem): Promise<MatrixPool> {
  const p = problem.theta.length;
  const unit = (i: number): Float64Array => Float64Array.from({ length: p }, (_, j) => (i === j ? 1 : 0));
  const positions = Array.from({ length: p }, (_, i) =>
    Array.from({ length: p - i }, (__, j) => [i, i + j] as const),
  ).flat();
  const forms = await perSampleOf(problem).bilinear(positions.map(([i, j]) => [unit(i), unit(j)]));
  const matrices = Array.from({ length: problem.sampleCount }, (_, sample) => {
    const matrix = new Float64Array(p * p);
    positions.forEach(([i, j], k) => {
      matrix[i * p + j] = forms[k]?.[sample] ?? NaN;
      matrix[j * p + i] = matrix[i * p + j] ?? NaN;
    });
    return matrix;
  });
  return { dimension: p, matrices };
}

/** `count` of them, drawn with replacement. */
export function drawnFrom<T>(pool: readonly T[], count: number, random: Random): T[] {
  return Array.from({ length: count }, () => pool[random.integer(pool.length)] as T);
}

export const drawnMatrices = ({ dimension, matrices }: MatrixPool, count: number, seed: number): MatrixPool => ({
  dimension,
  matrices: drawnFrom(matrices, count, new Random(seed, 'draw of samples')),
});

/** Rows of a square matrix stored row-major. */
export const matrixRows = (entries: Float64Array, dimension: number): Float64Array[] =>
  Array.from({ length: dimension }, (_, i) => entries.subarray(i * dimension, (i + 1) * dimension));

export function meanRows({ dimension, matrices }: MatrixPool): Float64Array[] {
  const sum = new Float64Array(dimension * dimension);
  for (const matrix of matrices) matrix.forEach((entry, e) => (sum[e] = (sum[e] ?? 0) + entry / matrices.length));
  return matrixRows(sum, dimension);
}

export const formsOf = ({ dimension, matrices }: MatrixPool): SampleForms => ({
  bilinear: (pairs) =>
    Promise.resolve(
      pairs.map(([u, v]) =>
        Float64Array.from(matrices, (matrix) => {
          let sum = 0;
          for (let i = 0, e = 0; i < dimension; i++)
            for (let j = 0; j < dimension; j++, e++) sum += (u[i] as number) * (matrix[e] as number) * (v[j] as number);
          return sum;
        }),
      ),
    ),
});
