import { describe, expect, test } from 'vitest';
import { eigenvalueSampling } from '../../../server/src/curvature/estimators/eigenvalueSampling';
import { heldOutEigenvalues } from '../../../server/src/curvature/estimators/heldOutEigenvalues';
import { traceSampling, type SampleForms } from '../../../server/src/curvature/estimators/traceSampling';
import { dot } from '../../../server/src/curvature/linearAlgebra/vector';
import { combinedInterval, symmetricSpread, type Spread } from '../../../server/src/curvature/quantity';
import { Random } from '../../../server/src/curvature/random';
import { largestOverNoise, spike } from '../../intervals/spike';

const SEEDS = 200;

/** Rows of inputs with independent normal entries of unit variance; of least squares Hᵢ = 2xxᵀ, and every eigenvalue of the distribution is 2. */
const inputs = (samples: number, size: number, seed: number): Float64Array[] => {
  const random = new Random(seed, 'inputs');
  return Array.from({ length: samples }, () => random.gaussianVector(size));
};

const formsOf = (x: readonly Float64Array[]): SampleForms => ({
  bilinear: (pairs) =>
    Promise.resolve(pairs.map(([u, v]) => Float64Array.from(x, (row) => 2 * dot(row, u) * dot(row, v)))),
});

const outer = (x: Float64Array): Float64Array =>
  Float64Array.from({ length: x.length ** 2 }, (_, e) => {
    const [a, b] = [Math.floor(e / x.length), e % x.length];
    return 2 * (x[a] as number) * (x[b] as number);
  });

const unit = (size: number, at: number): Float64Array =>
  Float64Array.from({ length: size }, (_, i) => (i === at ? 1 : 0));

describe('eigenvalues of a mean whose distribution has all of them the same', () => {
  test('the interval of both ends holds it, although a mean has them a quarter and more above and below', () => {
    const size = 8;
    let [lowest, highest, held] = [0, 0, 0];
    for (let seed = 0; seed < SEEDS; seed++) {
      const matrices = inputs(200, size, seed).map(outer);
      const { values, spread } = heldOutEigenvalues(matrices, size, new Random(seed, 'halves'));
      const limits = [0, size - 1].map((rank) =>
        combinedInterval(values[rank] as number, symmetricSpread(0), spread(rank)),
      );
      lowest += (values[0] as number) / SEEDS;
      highest += (values[size - 1] as number) / SEEDS;
      held += limits.filter(({ low, high }) => (low ?? NaN) <= 2 && 2 <= (high ?? NaN)).length;
    }
    expect(lowest).toBeLessThan(2 * 0.75);
    expect(highest).toBeGreaterThan(2 * 1.25);
    expect(held / SEEDS / 2).toBeGreaterThanOrEqual(0.93);
    expect(held / SEEDS / 2).toBeLessThanOrEqual(0.98);
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

describe('a direction along which no sample has curvature', () => {
  const spreadOf = async (samples: number, size: number): Promise<Spread> => {
    const x = inputs(samples, size, 1).map((row) => row.map((value, i) => (i === 0 ? 0 : value)));
    const pairs = [{ value: 0, vector: unit(size, 0) }];
    const [spread] = await eigenvalueSampling(formsOf(x), pairs, { rest: 2, random: new Random(1), samples });
    return spread as Spread;
  };

  test.each([
    [20, 30],
    [50, 60],
  ])('says nothing about other samples where they are no more than parameters: %i and %i', async (samples, size) => {
    expect((await spreadOf(samples, size)).above).toBe(Infinity);
  });

  test('has none in others either where the analysed ones are many', async () => {
    const { shift, below, above } = await spreadOf(40, 10);
    expect(Math.hypot(shift, below, above)).toBeLessThan(1e-12);
  });
});

test('traces of single samples, whose variance is known: 95 % of the interval of their mean', async () => {
  // tr Hᵢ = 2‖x‖² has the variance 8p.
  const [samples, size] = [400, 6];
  const { below, above } = await traceSampling(formsOf(inputs(samples, size, 3)), [], size, new Random(3));
  const known = 1.96 * Math.sqrt((8 * size) / samples);
  expect(Math.abs((below + above) / 2 / known - 1)).toBeLessThan(0.15);
});
