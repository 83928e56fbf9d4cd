import { beforeAll, describe, expect, test } from 'vitest';
import { drawnLabels, jackknifed } from '../../../server/src/curvature/estimators/sampledFisher';
import { fisherWeights } from '../../../server/src/curvature/estimators/trueFisher';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { createGradient } from '../../../server/src/curvature/operators/gradient';
import { relabelled, subsetOf } from '../../../server/src/curvature/subproblem';
import { denseGaussNewton, denseHessian, oneStudy, type OneStudy } from './oneStudy';
import { Random } from '../../../server/src/curvature/random';
import { classificationData, leastSquares, mlp, problemOf, softmaxRegression } from './problems';
import { reference } from './studyRun';

const samples = 14;
const problem = problemOf(mlp([3, 2, 3], 3), classificationData(samples, 3, 3, 3));

const gradientOf = async (index: number, label: number): Promise<{ loss: number; gradient: Float64Array }> =>
  (
    await createGradient(relabelled(subsetOf(problem, [index]), Int32Array.of(label)), reference, { batch: 1 })
  ).evaluate(problem.theta);

/** Σ w g gᵀ. */
function summed(parts: readonly { weight: number; gradient: Float64Array }[]): Float64Array[] {
  const p = problem.theta.length;
  const rows = Array.from({ length: p }, () => new Float64Array(p));
  for (const { weight, gradient } of parts)
    rows.forEach((row, i) =>
      row.forEach((_, j) => (row[j] = (row[j] ?? 0) + weight * (gradient[i] ?? 0) * (gradient[j] ?? 0))),
    );
  return rows;
}
const averageOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value / values.length, 0);
const traceOf = (rows: readonly Float64Array[]): number => rows.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
const frobenius = (rows: readonly Float64Array[]): number =>
  Math.sqrt(rows.reduce((sum, row) => sum + row.reduce((part, entry) => part + entry * entry, 0), 0));

describe('the matrices of a small classifier', () => {
  let found: OneStudy;
  beforeAll(async () => {
    found = await oneStudy(problem, 'A7');
  });

  test('Gauss–Newton and its distance to the Hessian are those of the dense matrices', async () => {
    const [h, g] = [await denseHessian(problem), await denseGaussNewton(problem)];
    const rest = h.map((row, i) => row.map((entry, j) => entry - (g[i]?.[j] ?? 0)));
    expect(found.estimate('A7.gaussNewtonLambdaMax').value).toBeCloseTo(
      symmetricEigen(g, false).values.at(-1) ?? NaN,
      8,
    );
    expect(found.estimate('A7.gaussNewtonTrace').value).toBeCloseTo(traceOf(g), 8);
    expect(found.estimate('A7.residualShare').value).toBeCloseTo(frobenius(rest) / frobenius(h), 8);
  });

  test('the empirical Fisher matrix is the sum over single samples', async () => {
    const parts = [];
    for (let i = 0; i < samples; i++)
      parts.push({ weight: 1 / samples, gradient: (await gradientOf(i, problem.labels?.classes[i] ?? 0)).gradient });
    const rows = summed(parts);
    expect(found.estimate('A7.empiricalFisherTrace').value).toBeCloseTo(traceOf(rows), 9);
    expect(found.estimate('A7.empiricalFisherLambdaMax').value).toBeCloseTo(
      symmetricEigen(rows, false).values.at(-1) ?? NaN,
      7,
    );
  });

  test('the Fisher matrix is the sum over all labels, and is the Gauss–Newton matrix', async () => {
    const parts = [];
    for (let i = 0; i < samples; i++)
      for (let label = 0; label < 3; label++) {
        const { loss, gradient } = await gradientOf(i, label);
        parts.push({ weight: Math.exp(-loss) / samples, gradient });
      }
    const rows = summed(parts);
    const { values } = symmetricEigen(rows, false);
    expect(found.estimate('A7.fisherTrace').value).toBeCloseTo(traceOf(rows), 9);
    expect(found.estimate('A7.fisherLambdaMax').value).toBeCloseTo(values.at(-1) ?? NaN, 7);
    expect(found.estimate('A7.fisherLambdaMin').value).toBeCloseTo(values[0] ?? NaN, 7);
    expect(found.study.remarks.join(' ')).toContain('is the Gauss–Newton matrix');
  });

  test('traces of layers add up', () => {
    const [chart] = found.study.charts;
    if (chart?.kind !== 'bars') throw new Error('no bars');
    expect(chart.series.map(({ name }) => name)).toEqual(['Hessian', 'Gauss–Newton', 'Fisher', 'empirical Fisher']);
    const fisher = chart.series[2]?.values.reduce<number>((sum, value) => sum + (value ?? NaN), 0);
    expect(fisher).toBeCloseTo(found.estimate('A7.fisherTrace').value, 9);
  });
});

test('without classes there is no Fisher matrix, and the others are there', async () => {
  const { result, estimate } = await oneStudy(
    problemOf(leastSquares(Float64Array.of(1, -1)), classificationData(9, 2, 2, 1)),
    'A7',
  );
  expect(result.quantities['A7.fisherTrace']).toHaveProperty('notComputed', 'the samples have no class of their own');
  // A linear model: the Hessian is the Gauss–Newton matrix.
  expect(estimate('A7.residualShare').value).toBeCloseTo(0, 9);
});

test('a loss whose labels have no probabilities that sum to one is no likelihood', () => {
  expect(fisherWeights(Float64Array.of(Math.log(2), Math.log(2)), 1)).toEqual(Float64Array.of(0.5, 0.5));
  expect(fisherWeights(Float64Array.of(0.1, 0.1), 1)).toBeUndefined();
});

describe('the Fisher matrix with sampled labels', () => {
  test('draws labels with the probabilities of the model', () => {
    const [n, draws] = [2, 4000];
    // Sample 0: ¾ and ¼; sample 1: always class 0.
    const labels = drawnLabels(Float64Array.of(0.375, 0.5, 0.125, 0), n, draws, new Random(3, 'labels'));
    const share = (i: number): number => labels.filter((label, j) => j % n === i && label === 1).length / draws;
    expect(share(0)).toBeCloseTo(0.25, 1);
    expect(share(1)).toBe(0);
  });

  test('takes the first-order bias of a mean of squares out', () => {
    // E(x̄²) is μ² + σ²/n; the jackknife gives x̄² − s²/n.
    const values = [1, 2, 4, 9];
    const mean = averageOf(values);
    const without = values.map((_, left) => averageOf(values.filter((__, i) => i !== left)) ** 2);
    const spread = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 3;
    expect(jackknifed(mean ** 2, without).value).toBeCloseTo(mean ** 2 - spread / 4, 10);
  });

  test('is within its interval of Gauss–Newton, which it equals in expectation', async () => {
    const [n, classes, d] = [700, 30, 2];
    const many = problemOf(
      softmaxRegression(new Random(1, 'w').gaussianVector(d * classes), classes),
      classificationData(n, d, classes, 4),
    );
    const { estimate, result } = await oneStudy(many, 'A7');
    const truth = await denseGaussNewton(many);
    const top = estimate('A7.fisherLambdaMax');
    expect(top.method).toContain('drawn');
    const largest = symmetricEigen(truth, false).values.at(-1) ?? NaN;
    expect(Math.abs(top.value - largest)).toBeLessThanOrEqual(top.interval.estimator);
    expect(top.interval.estimator).toBeLessThan(0.2 * largest);
    const trace = estimate('A7.fisherTrace');
    expect(Math.abs(trace.value - traceOf(truth))).toBeLessThanOrEqual(trace.interval.estimator);
    expect(trace.interval.estimator).toBeLessThan(0.1 * trace.value);
    expect(result.quantities['A7.fisherLambdaMin']).toHaveProperty('notComputed');
  });
});
