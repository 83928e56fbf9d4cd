import { describe, expect, test } from 'vitest';
import { eigenvalueOfBatch, noiseFrom, thresholdBatch } from '../../../server/src/curvature/estimators/spikedLaw';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { mean } from '../../../server/src/curvature/statistics/moments';
import { Random } from '../../../server/src/curvature/random';
import { classificationData, mlp, problemOf } from './problems';
import { computed, runStudy } from './studyRun';
import { sgd } from './sgd';

describe('the law of a spiked random matrix', () => {
  const p = 150;
  /** λmax of λ·e₁e₁ᵀ plus a symmetric matrix whose entries have variance σ²/B. */
  const largest = (lambda: number, sigma: number, batch: number, seed: number): number => {
    const random = new Random(seed, 'spike');
    const rows = Array.from({ length: p }, () => new Float64Array(p));
    for (let i = 0; i < p; i++)
      for (let j = 0; j <= i; j++) {
        const entry = (sigma / Math.sqrt(batch)) * random.gaussian() * (i === j ? Math.SQRT2 : 1);
        (rows[i] as Float64Array)[j] = (rows[j] as Float64Array)[i] = entry;
      }
    (rows[0] as Float64Array)[0] = (rows[0]?.[0] ?? 0) + lambda;
    return symmetricEigen(rows, false).values.at(-1) ?? NaN;
  };
  test.each([
    [4, 32],
    [4, 8],
    [1, 4],
  ])('is that of drawn matrices, λ = %f, B = %d', (lambda, batch) => {
    const values = Array.from({ length: 12 }, (_, seed) => largest(lambda, 0.5, batch, seed));
    expect(mean(values) / eigenvalueOfBatch(lambda, p * 0.25, batch)).toBeCloseTo(1, 1);
  });
  test('is inverted exactly on both branches', () => {
    for (const batch of [1, 10, 100]) expect(noiseFrom(3, eigenvalueOfBatch(3, 200, batch), batch)).toBeCloseTo(200, 9);
    expect(eigenvalueOfBatch(3, 200, thresholdBatch(3, 200))).toBeCloseTo(6, 9);
  });
});

test('eigenvalues of batches are larger than that of all samples, and the limit smaller', async () => {
  const problem = problemOf(mlp([6, 5, 3], 2), classificationData(80, 6, 3, 5));
  const optimizer = sgd({ momentum: 0.9 });
  const result = await runStudy(problem, ['B1', 'B4'], { optimizer });
  const largest = computed(result, 'A1.lambdaMax').value;
  const ofBatch = computed(result, 'B4.lambdaBatch');
  expect(ofBatch.value).toBeGreaterThan(largest);
  const limit = computed(result, 'B1.limit').value;
  expect(computed(result, 'B4.limitAtBatch').value).toBeCloseTo((limit * largest) / ofBatch.value, 10);
  // Single batches of this size, drawn here, agree with the fitted law.
  const study = result.studies.find(({ id }) => id === 'B4');
  expect(study?.charts.length).toBe(2);
  const [chart] = study?.charts ?? [];
  const points = chart?.kind === 'lines' ? (chart.series[1]?.points ?? []) : [];
  const ofEight = points.filter(({ x }) => x === 8).map(({ y }) => y);
  expect(mean(ofEight) / ofBatch.value).toBeGreaterThan(0.7);
  expect(mean(ofEight) / ofBatch.value).toBeLessThan(1.4);
});
