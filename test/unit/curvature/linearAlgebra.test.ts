import { describe, expect, test } from 'vitest';
import { partialSymmetricEigen, symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { gaussQuadrature } from '../../../server/src/curvature/linearAlgebra/tridiagonal';
import { combination, dot, norm } from '../../../server/src/curvature/linearAlgebra/vector';
import { Random } from '../../../server/src/curvature/random';
import { mean, quantile, variance } from '../../../server/src/curvature/statistics/moments';
import { studentT95, studentTWithin } from '../../../server/src/curvature/statistics/studentT';
import { rotated } from './matrices';

describe('dense eigenvalues', () => {
  test('of the second-difference matrix are 2 − 2cos(kπ/(n+1))', () => {
    const n = 60;
    const rows = Array.from({ length: n }, (_, i) =>
      Float64Array.from({ length: n }, (_, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0)),
    );
    const { values } = symmetricEigen(rows);
    values.forEach((value, k) => expect(value).toBeCloseTo(2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)), 12));
  });

  test('of a matrix with a large null space, up to rounding', () => {
    const eigenvalues = Array.from({ length: 120 }, (_, i) => (i < 4 ? 10 - 3 * i : 0)).sort((a, b) => a - b);
    const rows = rotated(eigenvalues, 7).map((row) => row.map((x) => (Math.abs(x) < 1e-17 ? 0 : x)));
    const { values } = symmetricEigen(rows);
    values.forEach((value, k) => expect(value).toBeCloseTo(eigenvalues[k] ?? NaN, 11));
  });

  test.each([1, 2, 3, 8, 57])('of a rotated diagonal of size %i return, with orthonormal vectors', (n) => {
    const eigenvalues = Array.from({ length: n }, (_, i) => Math.floor(i / 2) - 3 + 1e-3 * (i % 2)).sort(
      (a, b) => a - b,
    );
    const rows = rotated(eigenvalues, n);
    const { values, vectors } = symmetricEigen(rows);
    values.forEach((value, k) => expect(value).toBeCloseTo(eigenvalues[k] ?? NaN, 10));
    vectors.forEach((v, k) => {
      const product = Float64Array.from(rows, (row) => dot(row, v));
      expect(norm(combination([product, v], [1, -(values[k] ?? 0)]))).toBeLessThan(1e-11);
      vectors.forEach((w, l) => expect(dot(v, w)).toBeCloseTo(k === l ? 1 : 0, 11));
    });
    expect(symmetricEigen(rows, false).values).toEqual(values);
  });

  test.each([
    ['separate', Array.from({ length: 40 }, (_, i) => Math.tan(i))],
    ['multiple', [3, 3, 3, 3, 1, 1, 0, 0, 0, 0, 0, -2, -2]],
    ['clustered down to rounding', [1, 1 + 1e-15, 1 - 1e-15, 1 + 3e-16, 0, 1e-15, 5]],
    ['one', [4]],
    ['all zero', [0, 0, 0]],
  ])('vectors one by one are orthonormal and satisfy Av = λv when values are %s', (_, eigenvalues) => {
    const rows = rotated(eigenvalues, 12);
    const scale = Math.max(...eigenvalues.map(Math.abs), 1);
    const { values, vector } = partialSymmetricEigen(rows);
    const vectors = Array.from(values, (__, k) => vector(values.length - 1 - k)).reverse();
    [...eigenvalues]
      .sort((a, b) => a - b)
      .forEach((value, k) => expect(Math.abs((values[k] ?? NaN) - value)).toBeLessThan(1e-12 * scale));
    vectors.forEach((v, k) => {
      const product = Float64Array.from(rows, (row) => dot(row, v));
      expect(norm(combination([product, v], [1, -(values[k] ?? 0)]))).toBeLessThan(1e-11 * scale);
      vectors.forEach((w, l) => expect(Math.abs(dot(v, w) - (k === l ? 1 : 0))).toBeLessThan(1e-10));
    });
  });

  test('of widely graded matrices keep their signs and sizes', () => {
    const { values } = symmetricEigen(rotated([1e8, 1, -1e-2, 0, 0], 4));
    expect(values[4]).toBeCloseTo(1e8, 4);
    expect(Math.abs((values[0] ?? 0) + 1e-2)).toBeLessThan(1e-6);
  });

  test('of a matrix with NaN are an error', () => {
    expect(() => symmetricEigen([Float64Array.of(NaN, 0), Float64Array.of(0, 1)])).toThrow(/not finite/);
  });
});

test('Gauss quadrature from the Jacobi matrix of Hermite polynomials integrates the normal moments', () => {
  // Recurrence of the probabilists' Hermite polynomials: diagonal 0, off-diagonal √k.
  const nodes = gaussQuadrature(
    new Float64Array(12),
    Float64Array.from({ length: 11 }, (_, k) => Math.sqrt(k + 1)),
  );
  const moment = (power: number): number => nodes.reduce((sum, { value, weight }) => sum + weight * value ** power, 0);
  expect([0, 2, 4, 6, 8].map(moment).map((m) => Math.round(m * 1e8) / 1e8)).toEqual([1, 1, 3, 15, 105]);
});

describe("Student's t", () => {
  test('quantiles are those of the published tables', () => {
    expect(studentT95(1)).toBeCloseTo(12.7062, 4);
    expect(studentT95(2)).toBeCloseTo(4.3027, 4);
    expect(studentT95(5)).toBeCloseTo(2.5706, 4);
    expect(studentT95(10)).toBeCloseTo(2.2281, 4);
    expect(studentT95(29)).toBeCloseTo(2.0452, 4);
    expect(studentT95(120)).toBeCloseTo(1.9799, 4);
    expect(studentT95(1e9)).toBeCloseTo(1.95996, 5);
  });

  test('probabilities meet the closed form for three degrees of freedom', () => {
    const t = 1.7;
    const closed = (2 / Math.PI) * (Math.atan(t / Math.sqrt(3)) + t / Math.sqrt(3) / (1 + (t * t) / 3));
    expect(studentTWithin(t, 3)).toBeCloseTo(closed, 14);
  });
});

describe('random numbers', () => {
  test('are uniform, normal and ±1 with the right moments', () => {
    const random = new Random(3, 'test');
    const normal = random.gaussianVector(40_000);
    expect(Math.abs(mean(normal))).toBeLessThan(0.02);
    expect(Math.abs(variance(normal) - 1)).toBeLessThan(0.03);
    expect(Math.abs(mean(normal.map((x) => x ** 4)) - 3)).toBeLessThan(0.2);
    const signs = random.rademacherVector(40_000);
    expect(signs.every((s) => s === 1 || s === -1)).toBe(true);
    expect(Math.abs(mean(signs))).toBeLessThan(0.02);
    expect(Math.abs(mean(Float64Array.from({ length: 20_000 }, () => random.uniform())) - 0.5)).toBeLessThan(0.01);
  });

  test('repeat for a seed and differ between seeds and streams', () => {
    const draw = (seed: number, stream: string): number => new Random(seed, stream).uniform();
    expect(draw(1, 'a')).toBe(draw(1, 'a'));
    expect(new Set([draw(1, 'a'), draw(2, 'a'), draw(1, 'b'), draw(2 ** 40 + 1, 'a')]).size).toBe(4);
  });

  test('follow the published generator: xoshiro128** from state 1, 2, 3, 4', () => {
    const random = new Random(0);
    Object.assign(random, { state: Uint32Array.of(1, 2, 3, 4) });
    // Worked by hand from the definition: rotl(2·5, 7)·9 = 11520; then rotl(0·5, 7)·9 = 0.
    expect([random.bits(), random.bits()]).toEqual([11520, 0]);
  });
});

test('quantiles interpolate between order statistics', () => {
  expect([0, 0.25, 0.5, 1].map((level) => quantile([1, 2, 3, 4, 5], level))).toEqual([1, 2, 3, 5]);
});
