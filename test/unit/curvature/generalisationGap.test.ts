import { describe, expect, test } from 'vitest';
import { noiseThrough } from '../../../server/src/curvature/estimators/gapSampling';
import type { Problem } from '../../../server/src/curvature/problem';
import { trained } from '../../intervals/gradientPool';
import { oneStudy } from './oneStudy';
import { classificationData, problemOf, softmaxRegression } from './problems';

const regressionOf = (samples: number): Promise<Problem> =>
  trained(problemOf(softmaxRegression(new Float64Array(12), 3), classificationData(samples, 4, 3, 3)), 100, 0.3);

describe('the sampling error of C5', () => {
  test('is stated of many samples, and not of few', async () => {
    const found = (await oneStudy(await regressionOf(150), 'C5')).estimate('C5.gap');
    expect(found.interval.estimator).toBe(0);
    expect(found.interval.sampling).toBeGreaterThan(0.05 * found.value);
    expect(found.interval.sampling).toBeLessThan(found.value);
    expect((await oneStudy(await regressionOf(100), 'C5')).estimate('C5.gap').interval.sampling).toBeNull();
  });

  test('sums noise over eigenvalues: a diagonal matrix from groups of different sizes', () => {
    const rows = (a: number, b: number): Float64Array[] => [Float64Array.of(a, 0), Float64Array.of(0, b)];
    const groups = [
      { gradients: [Float64Array.of(1, 0), Float64Array.of(-1, 0)], hessian: rows(1, 4) },
      { gradients: [Float64Array.of(0, 3)], hessian: rows(4, 1) },
    ];
    // Means of (1, 1, 4) and (4, 4, 1); variances of (1, −1, 0) and (0, 0, 3).
    expect(noiseThrough(groups, (value) => 1 / value)).toBeCloseTo(1 / 2 + 3 / 3, 12);
  });
});
