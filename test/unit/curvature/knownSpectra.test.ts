/** Spectra with known limits: the density, its ends and sums must find them. */
import { beforeAll, describe, expect, test } from 'vitest';
import { lanczos, type LanczosResult } from '../../../server/src/curvature/estimators/lanczos';
import { spectralSum } from '../../../server/src/curvature/estimators/spectralSum';
import {
  stochasticLanczosQuadrature,
  type Quadrature,
} from '../../../server/src/curvature/estimators/stochasticLanczosQuadrature';
import { ROUNDOFF, type LinearOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { addScaled, dot } from '../../../server/src/curvature/linearAlgebra/vector';
import { Random } from '../../../server/src/curvature/random';

const N = 2000;

/** diag(spikes, 0, …) + ZZᵀ/n, Z [n, n] Gaussian and independent of the spikes, by its factors. */
function spikedCovariance(n: number, spikes: readonly number[], seed: number): LinearOperator {
  const random = new Random(seed, 'spiked');
  const z = Array.from({ length: n }, () => random.gaussianVector(n));
  let applications = 0;
  return {
    size: n,
    blockSize: 1,
    roundoff: ROUNDOFF.float64,
    get applications() {
      return applications;
    },
    applyBlock: async (vectors) => {
      applications += vectors.length;
      const products = [];
      for (const v of vectors) {
        const middle = new Float64Array(n);
        z.forEach((row, i) => addScaled(middle, (v[i] ?? 0) / n, row));
        products.push(Float64Array.from(z, (row, i) => dot(row, middle) + (spikes[i] ?? 0) * (v[i] ?? 0)));
        // Lets the test runner breathe.
        await new Promise(setImmediate);
      }
      return products;
    },
  };
}

/**
 * Where a spike θ added to a matrix of the Marchenko–Pastur law of ratio 1 comes out: at the x with g(x) = 1/θ, g the Stieltjes transform of the law (Benaych-Georges and Nadakuditi
 * 2011), which solves x·g² − x·g + 1 = 0.
 */
const outlierOf = (theta: number): number => theta ** 2 / (theta - 1);

/** Share of the Marchenko–Pastur law of ratio 1, on [0, 4], below x: with x = 4 sin²φ it is (2φ + sin 2φ)/π. */
function marchenkoPasturBelow(x: number): number {
  const phi = Math.asin(Math.sqrt(Math.min(4, Math.max(0, x)) / 4));
  return (2 * phi + Math.sin(2 * phi)) / Math.PI;
}

const shareBelow = (nodes: readonly { value: number; weight: number }[], x: number): number =>
  nodes.reduce((sum, { value, weight }) => sum + (value < x ? weight : 0), 0);

describe('diag(5, 4, 3, 0, …) + ZZᵀ/2000', () => {
  let operator: LinearOperator;
  let ends: LanczosResult;
  let density: Quadrature;
  beforeAll(async () => {
    operator = spikedCovariance(N, [5, 4, 3], 1);
    ends = await lanczos(operator, {
      top: 3,
      bottom: 0,
      tolerance: 1e-5,
      maxApplications: 200,
      maxBasis: 100,
      block: 1,
      random: new Random(1, 'ends'),
      sketch: 0,
    });
    density = await stochasticLanczosQuadrature(operator, {
      probes: 4,
      steps: 40,
      parallel: 4,
      known: ends.top,
      random: new Random(1, 'density'),
    });
  }, 120_000);

  test('has three eigenvalues outside of the bulk, where theory puts them', () => {
    const found = ends.top.map(({ value }) => value);
    // Fluctuations of a spike are of order θ/√n.
    [5, 4, 3].forEach((theta, k) => expect(Math.abs((found[k] ?? NaN) / outlierOf(theta) - 1)).toBeLessThan(0.05));
    expect(ends.converged).toBe(true);
    // The largest node of the rest is the edge of the bulk, 4.
    const bulk = density.nodes.filter(({ value }) => value < 4.2).at(-1)?.value ?? NaN;
    expect(Math.abs(bulk - 4)).toBeLessThan(0.15);
  });

  test('has a bulk that follows Marchenko and Pastur', () => {
    for (const x of [0.25, 0.5, 1, 1.5, 2, 3, 3.5])
      expect(Math.abs(shareBelow(density.nodes, x) - marchenkoPasturBelow(x))).toBeLessThan(0.03);
    expect(shareBelow(density.nodes, 4.2)).toBeCloseTo(1 - 3 / N, 9);
  });

  test('has sums within their intervals', () => {
    // E tr(ZZᵀ/n) = n, with a standard deviation of √2.
    const spectrum = { ...density, exact: false };
    const trace = spectralSum(spectrum, N, (value) => value);
    expect(Math.abs(trace.value - (N + 12))).toBeLessThan(trace.halfWidth + 3 * Math.SQRT2);
  });
});

test('the law of Marchenko and Pastur of ratio 1 has the moments 1 and 2', () => {
  let [first, second] = [0, 0];
  const points = 20_000;
  for (let i = 0; i < points; i++) {
    const [low, high] = [(4 * i) / points, (4 * (i + 1)) / points];
    const share = marchenkoPasturBelow(high) - marchenkoPasturBelow(low);
    first += share * ((low + high) / 2);
    second += share * ((low + high) / 2) ** 2;
  }
  expect(marchenkoPasturBelow(4)).toBeCloseTo(1, 12);
  expect(first).toBeCloseTo(1, 4);
  expect(second).toBeCloseTo(2, 4);
});
