import { describe, expect, test } from 'vitest';
import type { SampleForms } from '../../../server/src/curvature/estimators/samplingInterval';
import { eigenvalueSampling, traceSampling } from '../../../server/src/curvature/estimators/samplingInterval';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { PerSample } from '../../../server/src/curvature/operators/perSample';
import type { Spread } from '../../../server/src/curvature/quantity';
import { combinedInterval, symmetricSpread } from '../../../server/src/curvature/quantity';
import { Random } from '../../../server/src/curvature/random';
import { createReferenceEngine } from '../../../server/src/engine/reference/referenceEngine';
import { classificationData, leastSquares, mlp, problemOf, softmaxRegression } from './problems';
import { largestOverNoise, spike } from '../../intervals/spike';

/** A distribution of samples: the Hessian of each, row-major p × p. */
interface Pool {
  readonly dimension: number;
  readonly hessians: readonly Float64Array[];
}

/** The Hessians of many samples of a model, from the product's own forms per sample. */
async function poolOf(model: Parameters<typeof problemOf>[0], inputs: number, size: number): Promise<Pool> {
  const problem = problemOf(model, classificationData(size, inputs, model.classCount ?? 2, 77));
  const p = problem.theta.length;
  const unit = (i: number): Float64Array => Float64Array.from({ length: p }, (_, j) => (i === j ? 1 : 0));
  const positions = Array.from({ length: p }, (_, i) =>
    Array.from({ length: p - i }, (__, j) => [i, i + j] as const),
  ).flat();
  const perSample = new PerSample(problem, createReferenceEngine(), {
    memoryLimit: 2 ** 28,
    batch: 2000,
    blockSize: 16,
  });
  const forms = await perSample.bilinear(positions.map(([i, j]) => [unit(i), unit(j)]));
  const hessians = Array.from({ length: size }, (_, sample) => {
    const matrix = new Float64Array(p * p);
    positions.forEach(([i, j], k) => {
      matrix[i * p + j] = forms[k]?.[sample] ?? NaN;
      matrix[j * p + i] = matrix[i * p + j] ?? NaN;
    });
    return matrix;
  });
  return { dimension: p, hessians };
}

const rowsOf = (matrix: Float64Array, p: number): Float64Array[] =>
  Array.from({ length: p }, (_, i) => matrix.subarray(i * p, (i + 1) * p));

function meanOf({ dimension, hessians }: Pool): Float64Array[] {
  const sum = new Float64Array(dimension * dimension);
  for (const matrix of hessians) matrix.forEach((entry, e) => (sum[e] = (sum[e] ?? 0) + entry / hessians.length));
  return rowsOf(sum, dimension);
}

const formsOf = ({ dimension, hessians }: Pool): SampleForms => ({
  bilinear: (pairs) =>
    Promise.resolve(
      pairs.map(([u, v]) =>
        Float64Array.from(hessians, (matrix) => {
          let sum = 0;
          for (let i = 0, e = 0; i < dimension; i++)
            for (let j = 0; j < dimension; j++, e++) sum += (u[i] as number) * (matrix[e] as number) * (v[j] as number);
          return sum;
        }),
      ),
    ),
});

const END_COUNT = 2;

/** Intervals for trace and largest eigenvalue from one data set: does each hold the value of the distribution? */
async function holdsTruth(
  sample: Pool,
  truth: Float64Array,
  seed: number,
): Promise<{ trace: boolean; largest: boolean }> {
  const { values, vectors } = symmetricEigen(meanOf(sample));
  const p = values.length;
  const random = new Random(seed, 'sampling');
  const top = Array.from({ length: END_COUNT }, (_, k) => p - 1 - k).map((k) => ({
    value: values[k] as number,
    vector: vectors[k] as Float64Array,
  }));
  const trace = values.reduce((a, b) => a + b, 0);
  const rest = (trace - top.reduce((sum, { value }) => sum + value, 0)) / (p - top.length);
  const forms = formsOf(sample);
  const [largest] = await eigenvalueSampling(forms, top, { rest, random });
  const traceSpread = await traceSampling(
    forms,
    top.map(({ vector }) => vector),
    p,
    random,
  );
  const holds = (value: number, spread: Spread | undefined, exact: number): boolean => {
    const { low, high } = combinedInterval(value, symmetricSpread(0), spread ?? null);
    return low !== null && high !== null && low <= exact && exact <= high;
  };
  return {
    trace: holds(
      trace,
      traceSpread,
      truth.reduce((a, b) => a + b, 0),
    ),
    largest: holds(values[p - 1] as number, largest, truth.at(-1) as number),
  };
}

const SEEDS = 200;

describe('95 % intervals over 200 data sets hold the value of the distribution in 93 to 98 %', () => {
  test.each([
    ['least squares', leastSquares(new Float64Array(8)), 8, 200],
    [
      'softmax regression',
      softmaxRegression(
        new Random(5).gaussianVector(12).map((x) => 0.5 * x),
        3,
      ),
      4,
      150,
    ],
    ['a network', mlp([3, 2, 3], 3), 3, 200],
  ] as const)('%s', async (_, model, inputs, samples) => {
    const pool = await poolOf(model, inputs, 20_000);
    const truth = symmetricEigen(meanOf(pool), false).values;
    const held = { trace: 0, largest: 0 };
    for (let seed = 0; seed < SEEDS; seed++) {
      const random = new Random(seed, 'draw of samples');
      const hessians = Array.from({ length: samples }, () => pool.hessians[random.integer(20_000)] as Float64Array);
      const { trace, largest } = await holdsTruth({ dimension: pool.dimension, hessians }, truth, seed);
      held.trace += trace ? 1 : 0;
      held.largest += largest ? 1 : 0;
    }
    for (const count of Object.values(held)) {
      expect(count / SEEDS).toBeGreaterThanOrEqual(0.93);
      expect(count / SEEDS).toBeLessThanOrEqual(0.98);
    }
  });
});

test('with more dimensions than samples the lift by noise is taken out: a spike of 12 over unit noise, p = 60, N = 40', async () => {
  // The largest eigenvalue of the mean is near 12·(1 + (p/N)/11) = 13.6 (Baik and Silverstein 2006).
  let [held, lifted] = [0, 0];
  for (let seed = 0; seed < SEEDS; seed++) {
    const { value, spread } = await largestOverNoise(seed);
    const { low, high } = combinedInterval(value, symmetricSpread(0), spread ?? null);
    if ((low ?? NaN) <= spike.size && spike.size <= (high ?? NaN)) held++;
    lifted += value / SEEDS;
  }
  expect(Math.abs(lifted - 13.6)).toBeLessThan(0.6);
  expect(held / SEEDS).toBeGreaterThanOrEqual(0.93);
  expect(held / SEEDS).toBeLessThanOrEqual(0.98);
});

test('forms of some samples stand for a mean over more: four times as many halve the error', async () => {
  // One direction only, so that nothing lifts the eigenvalue.
  const forms: SampleForms = {
    bilinear: (pairs) =>
      Promise.resolve(pairs.map(() => Float64Array.from({ length: 100 }, (_, i) => 3 + Math.sin(i)))),
  };
  const pairs = [{ value: 3, vector: Float64Array.of(1) }];
  const spreadFor = async (samples: number): Promise<Spread> =>
    (await eigenvalueSampling(forms, pairs, { rest: 0, random: new Random(5), samples }))[0] as Spread;
  const [own, more] = [await spreadFor(100), await spreadFor(400)];
  expect(own.below + own.above).toBeGreaterThan(0.1);
  expect((more.below + more.above) / (own.below + own.above)).toBeCloseTo(0.5, 1);
});
