import { describe, expect, test } from 'vitest';
import { choiceError, redrawnDiagonal } from '../../../server/src/curvature/estimators/choiceError';
import { Random } from '../../../server/src/curvature/random';
import { mean, variance } from '../../../server/src/curvature/statistics/moments';

describe('a diagonal as another set of probes might have it', () => {
  const size = 20_000;
  const group = { name: 'all', size, ranges: [[0, size] as const] };
  // A spread of 4 between entries; noise of 1.
  const entries = Float64Array.from({ length: size }, (_, i) => (i % 2 === 0 ? 1 : 5));
  const redraw = (noise: number, seed: number): Float64Array =>
    redrawnDiagonal(entries, new Float64Array(size).fill(noise), [group], new Random(seed));

  test('is the same where the probes leave nothing to chance', () => {
    expect([...redraw(0, 1)]).toEqual([...entries]);
  });

  test('has the noise that was seen, and is drawn to the mean of its group for it', () => {
    const drawn = redraw(1, 1);
    expect(mean(drawn)).toBeCloseTo(3, 1);
    // Kept: 4 of the variance of 5, so that entries of 1 lie about 3 − 2·0.8 with a variance of 0.8².
    const low = drawn.filter((_, i) => i % 2 === 0);
    expect(mean(low)).toBeCloseTo(1.4, 1);
    expect(variance(low)).toBeCloseTo(0.64, 1);
    expect([...redraw(1, 1)]).toEqual([...drawn]);
    expect([...redraw(1, 2)]).not.toEqual([...drawn]);
  });
});

describe('the error of a choice', () => {
  test('is none where all choose the same', () => {
    expect(choiceError(2, [2, 2, 2])).toBe(0);
  });

  test('is the scatter of what others choose, by Student’s t for one more of them', () => {
    // t = 4.303 with two degrees of freedom.
    expect(choiceError(2, [1, 2, 3])).toBeCloseTo(4.303 * Math.sqrt(4 / 3), 3);
  });

  test('has what noise does to all of them', () => {
    expect(choiceError(2, [5, 5, 5])).toBe(3);
  });

  test('is unbounded where a choice leaves no number', () => {
    expect(choiceError(2, [1, NaN, 3])).toBe(Infinity);
    expect(choiceError(2, [1, Infinity, 3])).toBe(Infinity);
  });
});
