import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Estimate, Quantity } from '../../../server/src/curvature/quantity';
import type { AnalysisResult } from '../../../server/src/curvature/result';
import { compareResults, difference } from '../../../webview/src/analysis/compareResults';

const estimate = (value: number, below: number, above: number, sampling: number | null = 0): Estimate => ({
  id: 'A1.lambdaMax',
  value,
  unit: 'u',
  interval: { low: value - below, high: value + above, estimator: 0, sampling },
  method: '',
  hvps: 0,
  samples: 1,
  source: '',
});

const anyEstimate = fc
  .tuple(
    fc.double({ min: -1e3, max: 1e3, noNaN: true }),
    fc.double({ min: 0, max: 100, noNaN: true }),
    fc.double({ min: 0, max: 100, noNaN: true }),
  )
  .map(([value, below, above]) => estimate(value, below, above));

const resultOf = (quantities: Readonly<Record<string, Quantity>>, seed = 0): AnalysisResult =>
  ({ quantities, provenance: { data: 'digits', dataHash: 'x', samples: 10, seed } }) as unknown as AnalysisResult;

const verdictOf = (first: Quantity, second: Quantity, otherSeed = 0) =>
  compareResults(resultOf({ q: first }), resultOf({ q: second }, otherSeed))[0]?.verdict;

describe('difference of two estimates', () => {
  test('its interval holds it, is never wider than both lengths together and never shorter than either', () => {
    fc.assert(
      fc.property(anyEstimate, anyEstimate, (a, b) => {
        const { difference: value, low, high } = difference(a, b);
        if (value === null || low === null || high === null) throw new Error('both are bounded');
        expect(value).toBeCloseTo(b.value - a.value, 9);
        const length = ({ interval }: Estimate): number => (interval.high ?? 0) - (interval.low ?? 0);
        expect(high - low).toBeLessThanOrEqual(length(a) + length(b) + 1e-9);
        expect(high - low).toBeGreaterThanOrEqual(Math.max(length(a), length(b)) / Math.SQRT2 - 1e-9);
        expect(low).toBeLessThanOrEqual(value);
        expect(high).toBeGreaterThanOrEqual(value);
      }),
    );
  });

  test('equal errors of both add as √2', () => {
    const { low, high } = difference(estimate(1, 3, 3), estimate(1, 3, 3));
    expect(high).toBeCloseTo(3 * Math.SQRT2, 12);
    expect(low).toBeCloseTo(-3 * Math.SQRT2, 12);
  });

  test('exchanged, it is the negative', () => {
    fc.assert(
      fc.property(anyEstimate, anyEstimate, (a, b) => {
        const [there, back] = [difference(a, b), difference(b, a)];
        expect(there.low).toBeCloseTo(-(back.high ?? NaN), 9);
        expect(there.high).toBeCloseTo(-(back.low ?? NaN), 9);
      }),
    );
  });
});

describe('verdicts', () => {
  test('a result does not differ from itself', () => {
    fc.assert(
      fc.property(anyEstimate, (a) => {
        expect(verdictOf(a, a)).toBe('within their errors');
      }),
    );
  });

  test('far apart is told apart, and in which direction', () => {
    expect(verdictOf(estimate(1, 0.1, 0.1), estimate(2, 0.1, 0.1))).toBe('larger');
    expect(verdictOf(estimate(2, 0.1, 0.1), estimate(1, 0.1, 0.1))).toBe('smaller');
    expect(verdictOf(estimate(1, 1, 1), estimate(2, 1, 1))).toBe('within their errors');
  });

  test('on other samples nothing is called different whose sampling error is not known', () => {
    const [first, second] = [estimate(1, 0.1, 0.1, null), estimate(2, 0.1, 0.1, 0.05)];
    expect(verdictOf(first, second, 7)).toBe('sampling error not known');
    expect(verdictOf(first, second)).toBe('larger');
  });

  test('an open side is never passed', () => {
    const open: Estimate = { ...estimate(1, 0.1, 0), interval: { low: 0.9, high: null, estimator: 0, sampling: 0 } };
    expect(verdictOf(open, estimate(1e9, 1, 1))).toBe('within their errors');
  });

  test('what one result does not have is not compared, and has no difference', () => {
    const [row] = compareResults(resultOf({ q: estimate(1, 0, 0) }), resultOf({}));
    expect(row).toMatchObject({ verdict: 'not comparable', difference: null, ratio: null });
    expect(row?.second).toHaveProperty('notComputed');
  });

  test('a ratio is given only between numbers of the same sign', () => {
    const ratio = (a: number, b: number) =>
      compareResults(resultOf({ q: estimate(a, 0, 0) }), resultOf({ q: estimate(b, 0, 0) }))[0]?.ratio;
    expect(ratio(2, 6)).toBe(3);
    expect(ratio(-2, 6)).toBeNull();
    expect(ratio(0, 6)).toBeNull();
  });
});
