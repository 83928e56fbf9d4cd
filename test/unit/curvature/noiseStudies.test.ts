import { beforeAll, describe, expect, test } from 'vitest';
import { noiseThroughSpectrum } from '../../../server/src/curvature/estimators/noiseThroughSpectrum';
import { pairedNoise } from '../../../server/src/curvature/estimators/pairedNoise';
import { pairedSampling } from '../../../server/src/curvature/estimators/pairedNoiseSampling';
import { addedVariance } from '../../../server/src/curvature/estimators/randomisedBackprop';
import { tightestBound } from '../../../server/src/curvature/estimators/tightestBound';
import { matrixOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { combination, dot } from '../../../server/src/curvature/linearAlgebra/vector';
import { createGradient } from '../../../server/src/curvature/operators/gradient';
import { Random } from '../../../server/src/curvature/random';
import { subsetOf } from '../../../server/src/curvature/subproblem';
import { trained } from '../../intervals/gradientPool';
import { rotated } from './matrices';
import { denseHessian, oneStudy } from './oneStudy';
import { classificationData, mlp, problemOf } from './problems';
import { reference } from './studyRun';
import { sgd } from './sgd';

const samples = 24;
const problem = problemOf(mlp([4, 3, 3], 3), classificationData(samples, 4, 3, 3));
const gradientsAt = async (theta: Float64Array): Promise<Float64Array[]> => {
  const found = [];
  for (let i = 0; i < samples; i++)
    found.push(
      (await (await createGradient(subsetOf(problem, [i]), reference, { batch: 1 })).evaluate(theta)).gradient,
    );
  return found;
};
const averageOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value / values.length, 0);
const centred = (vectors: readonly Float64Array[]): Float64Array[] => {
  const mean = combination(
    vectors,
    vectors.map(() => 1 / vectors.length),
  );
  return vectors.map((vector) => vector.map((entry, j) => entry - (mean[j] ?? 0)));
};
let gradients: Float64Array[];
beforeAll(async () => {
  gradients = await gradientsAt(problem.theta);
});

describe('C5, the generalisation gap', () => {
  test('is the trace of the damped inverse with the covariance of gradients', async () => {
    const descended = await trained(problem, 800, 0.3);
    const { estimate } = await oneStudy(descended, 'C5');
    const { values, vectors } = symmetricEigen(await denseHessian(descended));
    const alpha = 1e-3 * (values.at(-1) ?? NaN);
    const deviations = centred(await gradientsAt(descended.theta));
    const truth = vectors.reduce((sum, v, k) => {
      const spread = deviations.reduce((part, d) => part + dot(d, v) ** 2, 0) / (samples - 1);
      return sum + spread / (Math.max(0, values[k] ?? NaN) + alpha) / samples;
    }, 0);
    expect(estimate('C5.gap').value / truth).toBeCloseTo(1, 6);
  });

  test('is refused where the loss is clearly curved downwards', async () => {
    const { result, estimate } = await oneStudy(problem, 'C5', { optimizer: sgd() });
    const { values } = symmetricEigen(await denseHessian(problem), false);
    expect(values[0]).toBeLessThan(-0.1 * (values.at(-1) ?? NaN));
    expect(result.quantities['C5.gap']).toHaveProperty('notComputed', expect.stringContaining('curved downwards'));
    expect(estimate('C5.stepChange').value).toBeGreaterThan(0);
  });

  test('grows in a step by as much as training sets lose more than new samples do', async () => {
    // Least squares with y = x·w + noise at a fixed θ: the mean loss on a training set falls more by a step on it than the expected loss does.
    const [rate, n] = [1e-3, 10];
    const theta = Float64Array.of(0.5, -0.3);
    const random = new Random(5, 'training sets');
    const changes: number[] = [];
    let predicted = 0;
    const sets = 4000;
    for (let s = 0; s < sets; s++) {
      const x = Array.from({ length: n }, () => random.gaussianVector(2));
      const errors = x.map((row) => dot(row, theta) + random.gaussian());
      const samplesOf = x.map((row, i) => row.map((entry) => 2 * entry * (errors[i] ?? 0)));
      const g = combination(
        samplesOf,
        samplesOf.map(() => 1 / n),
      );
      // Expected loss on new samples: |w|² + 1 at the distance w = θ.
      const moved = theta.map((entry, j) => entry - rate * (g[j] ?? 0));
      const fresh = dot(moved, moved) - dot(theta, theta);
      const own = averageOf(x.map((row, i) => ((errors[i] ?? 0) - rate * dot(row, g)) ** 2 - (errors[i] ?? 0) ** 2));
      changes.push(fresh - own);
      predicted += (rate * centred(samplesOf).reduce((sum, d) => sum + dot(d, d), 0)) / (n - 1) / n / sets;
    }
    expect(averageOf(changes) / predicted).toBeCloseTo(1, 1);
    const optimizer = sgd();
    const { estimate } = await oneStudy(problem, 'C5', { optimizer });
    expect(estimate('C5.stepChange').value).toBeCloseTo((0.1 * estimate('C1.variance').value) / samples, 12);
  });

  test('has an interval that covers when it is probed', async () => {
    const eigenvalues = [30, 18, ...Array.from({ length: 78 }, (_, i) => Math.exp(-i / 12))];
    const rows = rotated(eigenvalues, 4);
    const { values, vectors } = symmetricEigen(rows);
    const random = new Random(7, 'gradients');
    const given = Array.from({ length: 120 }, () => random.gaussianVector(80));
    const deviations = centred(given);
    const f = (value: number): number => 1 / (value + 0.05);
    const truth = vectors.reduce(
      (sum, v, k) => sum + (deviations.reduce((part, d) => part + dot(d, v) ** 2, 0) / 119) * f(values[k] ?? NaN),
      0,
    );
    const source = {
      directional: (directions: readonly ArrayLike<number>[]): Promise<Float64Array[]> =>
        Promise.resolve(
          directions.map((v) =>
            Float64Array.from(given, (g) => g.reduce((sum, entry, j) => sum + entry * (v[j] ?? 0), 0)),
          ),
        ),
      weightedGradients: (weights: readonly Float64Array[]): Promise<Float64Array[]> =>
        Promise.resolve(weights.map((weight) => combination(given, weight))),
    };
    const known = [79, 78].map((k) => ({ value: values[k] ?? NaN, vector: vectors[k] ?? new Float64Array() }));
    let covered = 0;
    const seeds = 40;
    for (let seed = 0; seed < seeds; seed++) {
      const { value, halfWidth } = await noiseThroughSpectrum(matrixOperator(rows), source, f, {
        samples: 120,
        probes: 6,
        steps: 30,
        known,
        random: new Random(seed, 'gap'),
      });
      if (Math.abs(value - truth) <= halfWidth) covered++;
    }
    expect(covered / seeds).toBeGreaterThan(0.85);
  });
});

describe('C6, variance reduction', () => {
  test('agrees with the gradients of single samples at both points', async () => {
    const { estimate, result } = await oneStudy(problem, 'C6');
    const rate = 1 / (result.spectrum.top[0]?.value ?? NaN);
    const mean = combination(
      gradients,
      gradients.map(() => 1 / samples),
    );
    const there = centred(await gradientsAt(problem.theta.map((entry, j) => entry - rate * (mean[j] ?? 0))));
    const here = centred(gradients);
    const trace = (a: readonly Float64Array[], b: readonly Float64Array[]): number =>
      averageOf(a.map((v, i) => dot(v, b[i] ?? v)));
    const correlation = trace(here, there) / Math.sqrt(trace(here, here) * trace(there, there));
    const { value, interval } = estimate('C6.correlation');
    expect(value).toBeGreaterThan(0.5);
    expect(interval.low ?? NaN).toBeLessThanOrEqual(correlation);
    expect(interval.high ?? NaN).toBeGreaterThanOrEqual(correlation);
    const left = (trace(here, here) + trace(there, there) - 2 * trace(here, there)) / trace(here, here);
    expect(estimate('C6.svrgVarianceLeft').interval.high ?? NaN).toBeGreaterThanOrEqual(left);
    expect(estimate('C6.svrgVarianceLeft').interval.low ?? NaN).toBeLessThanOrEqual(left);
  });

  test('against another checkpoint agrees with the gradients of single samples at both', async () => {
    const earlier = { ...problem, theta: problem.theta.map((x, j) => x + 0.3 * Math.sin(j)) };
    const checkpoints = [
      { name: 'net_1.pt', step: 1, problem: () => earlier },
      { name: 'net_2.pt', step: 2, problem: () => problem },
    ];
    const { estimate, result, study } = await oneStudy(problem, 'C6', {
      checkpoints: () => Promise.resolve(checkpoints),
    });
    const [here, there] = [centred(gradients), centred(await gradientsAt(earlier.theta))];
    const trace = (a: readonly Float64Array[], b: readonly Float64Array[]): number =>
      averageOf(a.map((v, i) => dot(v, b[i] ?? v)));
    const correlation = trace(here, there) / Math.sqrt(trace(here, here) * trace(there, there));
    const truths = {
      'C6.checkpointCorrelation': correlation,
      'C6.checkpointVarianceLeft':
        (trace(here, here) + trace(there, there) - 2 * trace(here, there)) / trace(here, here),
      'C6.checkpointBestVarianceLeft': 1 - correlation ** 2,
    };
    expect(correlation).toBeLessThan(0.99);
    for (const [id, truth] of Object.entries(truths)) {
      const { value, interval } = estimate(`${id}[net_1.pt]`);
      expect(interval.low ?? NaN).toBeLessThanOrEqual(truth);
      expect(interval.high ?? NaN).toBeGreaterThanOrEqual(truth);
      expect(Math.abs(value - truth)).toBeLessThan(0.3 * Math.abs(truth));
      // The analysed checkpoint is not compared with itself.
      expect(result.quantities[`${id}[net_2.pt]`]).toBeUndefined();
    }
    expect(study.tables[0]?.rows).toHaveLength(1);
    expect(study.charts).toHaveLength(2);
    const alone = await oneStudy(problem, 'C6');
    expect(alone.result.quantities['C6.checkpointCorrelation']).toHaveProperty(
      'notComputed',
      'needs another checkpoint of the run beside this one',
    );
  });

  test('of equal noise leaves none, of opposite noise four times as much', () => {
    const slopes = [1, 2, 3].map((seed) => new Random(seed, 'paired').gaussianVector(50));
    expect(pairedNoise(slopes, slopes).left.value).toBeCloseTo(0, 12);
    const opposite = pairedNoise(
      slopes,
      slopes.map((slope) => slope.map((value) => -value)),
    );
    expect(opposite.left.value).toBeCloseTo(4, 12);
    expect(opposite.correlation.value).toBeCloseTo(-1, 12);
    expect(opposite.best.value).toBeCloseTo(0, 12);
  });

  test('has a sampling error, smaller with more samples, and none where both points have the same noise', () => {
    const slopes = (seed: number, count: number): Float64Array[] =>
      Array.from({ length: 4 }, () => new Random(seed, 'paired').gaussianVector(count));
    const lengthOf = (count: number): number => {
      const here = slopes(1, count);
      const other = slopes(2, count);
      const there = here.map((slope, k) => slope.map((value, i) => value + (other[k]?.[i] ?? NaN)));
      const { correlation } = pairedSampling(here, there, new Random(3, 'samples'));
      return (correlation?.below ?? NaN) + (correlation?.above ?? NaN);
    };
    // Four projections that are the same know of one correlation: ρ = 1/√2, of standard error (1 − ρ²)/√n.
    const exact = (2 * 1.96 * 0.5) / Math.sqrt(4000);
    expect(Math.abs(lengthOf(4000) / exact - 1)).toBeLessThan(0.15);
    expect(lengthOf(250) / lengthOf(4000)).toBeGreaterThan(2.5);
    const same = pairedSampling(slopes(1, 50), slopes(1, 50), new Random(3, 'samples'));
    expect(same.left).toBeNull();
  });
});

describe('C2, growth', () => {
  test('at these parameters is the ratio of second moments', async () => {
    const { estimate, study } = await oneStudy(problem, 'C2');
    const mean = combination(
      gradients,
      gradients.map(() => 1 / samples),
    );
    expect(estimate('C2.strongGrowth').value).toBeCloseTo(
      averageOf(gradients.map((g) => dot(g, g))) / dot(mean, mean),
      9,
    );
    const [a, b, c] = ['C2.expectedSmoothness', 'C2.gradientSlope', 'C2.constant'].map((id) => estimate(id).value);
    const rows = study.tables[0]?.rows ?? [];
    expect(rows).toHaveLength(6);
    let touched = 0;
    for (const [, loss, second, square] of rows) {
      const bound = 2 * (a ?? NaN) * Number(loss) + (b ?? NaN) * Number(square) + (c ?? NaN);
      expect(bound).toBeGreaterThanOrEqual(Number(second) * (1 - 1e-8));
      if (bound <= Number(second) * (1 + 1e-8)) touched++;
    }
    expect(touched).toBeGreaterThan(0);
  });

  test('is fitted along the checkpoints of the run, too', async () => {
    const earlier = { ...problem, theta: problem.theta.map((x, j) => 2 * x + Math.cos(j)) };
    const { estimate, study } = await oneStudy(problem, 'C2', {
      checkpoints: () => Promise.resolve([{ name: 'net_1.pt', step: 1, problem: () => earlier }]),
    });
    const rows = study.tables[0]?.rows ?? [];
    const there = await gradientsAt(earlier.theta);
    const mean = combination(
      there,
      there.map(() => 1 / samples),
    );
    const [name, , second, square] = rows.at(-1) ?? [];
    expect(name).toBe('net_1.pt');
    expect(Number(second)).toBeCloseTo(averageOf(there.map((g) => dot(g, g))), 9);
    expect(Number(square)).toBeCloseTo(dot(mean, mean), 9);
    const [slope, constant] = [estimate('C2.affineSlope').value, estimate('C2.affineConstant').value];
    const excess = rows.map((row) => constant + slope * Number(row[3]) - (Number(row[2]) - Number(row[3])));
    for (const each of excess) expect(each).toBeGreaterThanOrEqual(-1e-8 * (constant + 1));
    expect(Math.min(...excess)).toBeLessThan(1e-8);
  });

  test('bounds are the tightest', () => {
    expect(
      tightestBound(
        [
          [1, 1],
          [2, 1],
          [4, 1],
        ],
        [3, 5, 9],
      ),
    ).toEqual([expect.closeTo(2, 12), expect.closeTo(1, 12)]);
    // A concave cloud: the line through the outer two of the upper hull that costs least.
    const line =
      tightestBound(
        [
          [0, 1],
          [1, 1],
          [2, 1],
        ],
        [0, 2, 2],
      ) ?? [];
    for (const [x, y] of [
      [0, 0],
      [1, 2],
      [2, 2],
    ] as const)
      expect((line[0] ?? NaN) * x + (line[1] ?? NaN)).toBeGreaterThanOrEqual(y - 1e-9);
    expect(tightestBound([[0]], [1])).toBeUndefined();
    expect(tightestBound([[1, 1]], [0])).toEqual([0, 0]);
  });
});

describe('C7, randomised products', () => {
  test('add what sketches drawn at random add', () => {
    const random = new Random(11, 'sketch');
    const [batch, ratio, rows] = [6, 0.5, 3];
    const x = Array.from({ length: 5 }, () => random.gaussianVector(3));
    const y = Array.from({ length: 5 }, () => random.gaussianVector(2).map((value) => value + 0.5));
    const gradient = (i: number): Float64Array =>
      Float64Array.from([...(y[i] ?? [])].flatMap((b) => [...(x[i] ?? [])].map((a) => a * b)));
    const mean = combination(
      x.map((_, i) => gradient(i)),
      x.map(() => 1 / 5),
    );
    const found = addedVariance(
      {
        inputs: Float64Array.from(x, (row) => dot(row, row)),
        outputs: Float64Array.from(y, (row) => dot(row, row)),
        projections: Float64Array.from(x, (_, i) => dot(gradient(i), mean)),
      },
      batch,
      ratio,
      random,
    );
    const existing = averageOf(x.map((_, i) => dot(gradient(i), gradient(i)) - dot(mean, mean))) / batch;
    let added = 0;
    const draws = 20_000;
    for (let d = 0; d < draws; d++) {
      const picked = Array.from({ length: batch }, () => random.integer(5));
      const exact = combination(
        picked.map(gradient),
        picked.map(() => 1 / batch),
      );
      const sketched = new Float64Array(6);
      for (let m = 0; m < rows; m++) {
        const signs = random.gaussianVector(batch);
        const sx = combination(
          picked.map((i) => x[i] ?? new Float64Array(3)),
          signs,
        );
        const sy = combination(
          picked.map((i) => y[i] ?? new Float64Array(2)),
          signs,
        );
        sy.forEach((b, r) =>
          sx.forEach((a, c) => (sketched[r * 3 + c] = (sketched[r * 3 + c] ?? 0) + (a * b) / rows / batch)),
        );
      }
      added += sketched.reduce((sum, entry, j) => sum + (entry - (exact[j] ?? 0)) ** 2, 0) / draws;
    }
    expect(added / existing / found.value).toBeCloseTo(1, 1);
  });

  test('are judged for the linear layers of a network', async () => {
    const { estimate, study } = await oneStudy(problem, 'C7');
    expect(estimate('C7.addedVariance[fc1]').value).toBeGreaterThan(0);
    expect(estimate('C7.addedVariance[fc2]').value).toBeGreaterThan(0);
    expect(study.charts[0]?.kind).toBe('lines');
    expect(study.remarks[0]).toContain('fc1');
  });
});
