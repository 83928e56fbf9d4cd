import { describe, expect, test } from 'vitest';
import { cubicRemainder, trustedLength } from '../../../server/src/curvature/estimators/cubicRemainder';

/** L(t) = c₁t + c₂t² + c₃t³ + c₄t⁴ along a step of length 1. */
const along = ([c1, c2, c3, c4]: readonly [number, number, number, number]): {
  slope: number;
  curvature: number;
  halfway: number;
  increase: number;
} => ({
  slope: c1,
  curvature: 2 * c2,
  halfway: 2 * c2 + 3 * c3 + 3 * c4,
  increase: c1 + c2 + c3 + c4,
});

describe('the remainder of the quadratic model', () => {
  test.each([[[0.3, -1, 0.7, 0.2]], [[-2, 3, 0, 1]], [[0, 0, 1, -4]]] as const)(
    'makes the increase of a quartic exact: %j',
    (coefficients) => {
      const { slope, curvature, halfway, increase } = along(coefficients);
      expect(slope + curvature / 2 + cubicRemainder({ slope, curvature }, halfway)).toBeCloseTo(increase, 12);
    },
  );

  test('is the cubic term where there is no quartic one', () => {
    const { halfway, ...line } = along([1, 2, 0.25, 0]);
    expect(cubicRemainder(line, halfway)).toBeCloseTo(0.25, 12);
  });
});

describe('the trusted length', () => {
  const share = 0.25;
  const breaks = (slope: number, curvature: number, remainder: number, t: number): boolean =>
    Math.abs(remainder) * t ** 3 > share * Math.abs(slope * t + (curvature * t * t) / 2);

  test.each([
    [1, 2, 0.5],
    [1, 2, -0.5],
    [-1, 2, 0.1],
    [-0.3, -2, 4],
    [0, 2, 0.5],
    [1e-9, 2, 1e-3],
  ])('is where the cubic term reaches its share: slope %d, curvature %d, cubic %d', (slope, curvature, remainder) => {
    const length = trustedLength({ slope, curvature }, remainder, share);
    for (let k = 1; k < 1000; k++) expect(breaks(slope, curvature, remainder, (length * k) / 1000)).toBe(false);
    expect(breaks(slope, curvature, remainder, length * 1.001)).toBe(true);
  });

  test('is unbounded without a cubic term, and zero where nothing is predicted or the term is no number', () => {
    expect(trustedLength({ slope: 1, curvature: 1 }, 0, share)).toBe(Infinity);
    expect(trustedLength({ slope: 0, curvature: 0 }, 1, share)).toBe(0);
    expect(trustedLength({ slope: 1, curvature: 1 }, NaN, share)).toBe(0);
  });
});
