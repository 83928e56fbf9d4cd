import { beforeAll, describe, expect, test } from 'vitest';
import { dominance, importanceGain } from '../../../server/src/curvature/estimators/importanceSampling';
import { excessKurtosis, tailIndex } from '../../../server/src/curvature/estimators/noiseTail';
import { subspaceOverlap, type Eigenspace } from '../../../server/src/curvature/estimators/subspaceOverlap';
import { subspaceShares } from '../../../server/src/curvature/estimators/subspaceShare';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { dot } from '../../../server/src/curvature/linearAlgebra/vector';
import { createGradient } from '../../../server/src/curvature/operators/gradient';
import { Random } from '../../../server/src/curvature/random';
import { quantileLimits, shareLimits } from '../../../server/src/curvature/statistics/quantileLimits';
import { subsetOf } from '../../../server/src/curvature/subproblem';
import { denseHessian, oneStudy } from './oneStudy';
import { classificationData, mlp, problemOf } from './problems';
import { reference } from './studyRun';

const samples = 30;
const problem = problemOf(mlp([4, 3, 3], 3), classificationData(samples, 4, 3, 3));
let gradients: Float64Array[];
let mean: Float64Array;
beforeAll(async () => {
  gradients = [];
  for (let i = 0; i < samples; i++)
    gradients.push(
      (await (await createGradient(subsetOf(problem, [i]), reference, { batch: 1 })).evaluate(problem.theta)).gradient,
    );
  mean = problem.theta.map((_, j) => gradients.reduce((sum, g) => sum + (g[j] ?? 0) / samples, 0));
});
const averageOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value / values.length, 0);

test('C3: shares and the variance left are those of the gradients of single samples', async () => {
  const { estimate, study } = await oneStudy(problem, 'C3');
  const squares = gradients.map((g) => dot(g, g));
  const total = squares.reduce((sum, square) => sum + square, 0);
  expect(estimate('C3.largestShare').value).toBeCloseTo(Math.max(...squares) / total, 9);
  const left = (averageOf(squares.map(Math.sqrt)) ** 2 - dot(mean, mean)) / (averageOf(squares) - dot(mean, mean));
  expect(estimate('C3.varianceLeft').value).toBeCloseTo(left, 9);
  const table = study.tables[0];
  expect(table?.samples?.[0]).toBe(squares.indexOf(Math.max(...squares)));
  const [histogram, cloud, progress] = study.charts;
  expect(histogram?.kind === 'histogram' && histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(samples);
  expect(cloud?.kind === 'lines' && cloud.series[0]?.points.length).toBe(samples);
  // At the critical batch size a step makes half of the progress.
  const critical = estimate('C1.criticalBatch').value;
  const curve = progress?.kind === 'lines' ? (progress.series[0]?.points ?? []) : [];
  expect(curve.length).toBeGreaterThan(0);
  for (const { x, y } of curve) expect(y).toBeCloseTo(x / (x + critical), 12);
});

test('C4: shares in the top eigenspace are those of the dense matrices', async () => {
  const { estimate } = await oneStudy(problem, 'C4');
  const top = symmetricEigen(await denseHessian(problem)).vectors.slice(-3);
  const inside = top.reduce((sum, u) => sum + dot(u, mean) ** 2, 0);
  expect(estimate('C4.gradientShare').value).toBeCloseTo(inside / dot(mean, mean), 7);
  const deviations = gradients.map((g) => g.map((entry, j) => entry - (mean[j] ?? 0)));
  const part = top.reduce((sum, u) => sum + averageOf(deviations.map((d) => dot(u, d) ** 2)), 0);
  expect(estimate('C4.varianceShare').value).toBeCloseTo(part / averageOf(deviations.map((d) => dot(d, d))), 7);
});

test('C4: the overlap of eigenspaces along a run is that of the dense matrices', async () => {
  const earlier = { ...problem, theta: problem.theta.map((x, j) => x + 0.2 * Math.sin(j)) };
  const checkpoints = [
    { name: 'net_1.pt', step: 1, problem: () => earlier },
    { name: 'net_2.pt', step: 2, problem: () => problem },
  ];
  const { result, estimate, study } = await oneStudy(problem, 'C4', {
    checkpoints: () => Promise.resolve(checkpoints),
  });
  const outliers = result.quantities['A4.outliers'];
  const k = outliers !== undefined && 'value' in outliers ? outliers.value : 2;
  const here = symmetricEigen(await denseHessian(problem)).vectors.slice(-k);
  const there = symmetricEigen(await denseHessian(earlier)).vectors.slice(-k);
  const truth = here.reduce((sum, u) => sum + there.reduce((part, v) => part + dot(u, v) ** 2, 0), 0) / k;
  const found = estimate('C4.overlap[net_1.pt]');
  expect(found.value).toBeCloseTo(truth, 4);
  expect(Math.abs(found.value - truth)).toBeLessThanOrEqual(found.interval.estimator + 1e-12);
  expect(truth).toBeLessThan(0.999);
  // The analysed checkpoint is not compared with itself.
  expect(result.quantities['C4.overlap[net_2.pt]']).toBeUndefined();
  expect(study.tables[0]?.rows).toHaveLength(1);
});

test('C4: an unfinished eigenspace says how far it may be off', () => {
  const space = (angle: number, residual: number): Eigenspace => ({
    pairs: [{ value: 3, residual, vector: Float64Array.of(Math.cos(angle), Math.sin(angle)) }],
    next: 1,
  });
  // diag(3, 1) and a vector turned by a: the residual is sin(2a) and the true overlap 1.
  const turn = 0.05;
  const { value, halfWidth } = subspaceOverlap(space(0, 0), space(turn, Math.sin(2 * turn)));
  expect(value).toBeCloseTo(Math.cos(turn) ** 2, 12);
  expect(1 - value).toBeLessThanOrEqual(halfWidth);
  expect(halfWidth).toBeLessThan(0.1);
});

test('C9: the threshold is a quantile of norms of batches, and what the script clips is counted', async () => {
  const limit = 0.4;
  const { estimate, study } = await oneStudy(problem, 'C9', { clipping: { kind: 'norm', limit } });
  const threshold = estimate('C9.clipThreshold');
  expect(threshold.interval.low ?? NaN).toBeLessThanOrEqual(threshold.value);
  const { value, interval } = estimate('C9.clippedShare');
  expect(value).toBeGreaterThanOrEqual(interval.low ?? NaN);
  expect(value).toBeLessThanOrEqual(interval.high ?? NaN);
  // The norm of a batch is at least that of the mean of all samples on average, and at most the largest of one sample.
  expect(threshold.value).toBeLessThan(Math.max(...gradients.map((g) => Math.hypot(...g))));
  expect(study.remarks.join(' ')).toContain(`clips at ${limit}`);
  const without = await oneStudy(problem, 'C9');
  expect(without.result.quantities['C9.clippedShare']).toHaveProperty('notComputed');
});

describe('intervals over samples', () => {
  const seeds = 60;
  const draw = (
    random: Random,
    n: number,
  ): { squares: Float64Array; slopes: Float64Array[]; gradients: Float64Array[] } => {
    const drawn = Array.from({ length: n }, () =>
      Float64Array.of(1 + 2 * random.gaussian(), random.gaussian(), 0.5 * random.gaussian()),
    );
    return {
      gradients: drawn,
      squares: Float64Array.from(drawn, (g) => dot(g, g)),
      slopes: [Float64Array.from(drawn, (g) => g[0] ?? 0)],
    };
  };
  const normsOf = ({ gradients: drawn, squares }: ReturnType<typeof draw>): Parameters<typeof importanceGain>[0] => {
    const centre = [0, 1, 2].map((j) => averageOf(drawn.map((g) => g[j] ?? 0)));
    return {
      losses: new Float64Array(squares.length),
      squares,
      projections: Float64Array.from(drawn, (g) => dot(g, Float64Array.from(centre))),
      meanSquare: centre.reduce((sum, entry) => sum + entry * entry, 0),
    };
  };
  const covered = (limits: (random: Random) => { low: number; high: number }, truth: number): number => {
    let hits = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const { low, high } = limits(new Random(seed, 'coverage'));
      if (low <= truth && truth <= high) hits++;
    }
    return hits / seeds;
  };

  test('of the share of variance cover', () => {
    // C = diag(4, 1, 1/4).
    const share = covered((random) => {
      const data = draw(random, 200);
      return subspaceShares(data.slopes, normsOf(data), random).variance;
    }, 4 / 5.25);
    expect(share).toBeGreaterThan(0.87);
  });

  test('of the variance left by importance sampling cover', () => {
    const many = draw(new Random(99, 'truth'), 400_000);
    const squares = [...many.squares];
    const truth = (averageOf(squares.map(Math.sqrt)) ** 2 - 1) / (averageOf(squares) - 1);
    expect(covered((random) => importanceGain(normsOf(draw(random, 200)), random), truth)).toBeGreaterThan(0.87);
  });

  test('of the tail index of a Pareto law cover', () => {
    const share = covered((random) => {
      const index = tailIndex(Array.from({ length: 1000 }, () => random.uniform() ** (-1 / 1.5)));
      return {
        low: (index?.value ?? NaN) - (index?.halfWidth ?? 0),
        high: (index?.value ?? NaN) + (index?.halfWidth ?? 0),
      };
    }, 1.5);
    expect(share).toBeGreaterThan(0.87);
  });

  test('of the kurtosis of Gaussian noise hold 0, and of a uniform law −1.2', () => {
    const random = new Random(3, 'kurtosis');
    const gaussian = excessKurtosis([1, 2, 3, 4].map(() => random.gaussianVector(4000)));
    expect(Math.abs(gaussian.value)).toBeLessThan(0.15);
    const uniform = excessKurtosis([1, 2].map(() => Float64Array.from({ length: 4000 }, () => random.uniform())));
    expect(uniform.value).toBeCloseTo(-1.2, 1);
  });
});

test('half of a sum is held by the largest of its parts', () => {
  expect(dominance({ squares: Float64Array.of(1, 8, 1, 4, 2) })).toMatchObject({ order: [1, 3, 4, 0, 2], forHalf: 1 });
  expect(dominance({ squares: Float64Array.of(1, 1, 1, 1) }).forHalf).toBe(2);
});

test('limits of quantiles and shares', () => {
  const values = Array.from({ length: 101 }, (_, i) => i);
  expect(quantileLimits(values, 0.5)).toMatchObject({ value: 50 });
  expect(quantileLimits([1, 2, 3], 0.9).high).toBeNull();
  expect(shareLimits(0, 20)).toMatchObject({ low: 0 });
  expect(shareLimits(0, 20).high).toBeCloseTo(0.161, 2);
});
