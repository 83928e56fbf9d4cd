import { describe, expect, test } from 'vitest';
import {
  inexactness,
  largestEigenvalueBias,
  subspaceForms,
} from '../../../server/src/curvature/estimators/subsampledHessian';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { dot } from '../../../server/src/curvature/linearAlgebra/vector';
import { Random } from '../../../server/src/curvature/random';
import { subsetOf } from '../../../server/src/curvature/subproblem';
import { classificationData, leastSquares, mlp, problemOf } from './problems';
import { denseHessian, oneStudy } from './oneStudy';
import { sgd } from './sgd';

const problem = problemOf(mlp([3, 3, 2], 3), classificationData(12, 3, 2, 3));

test('the inexactness is that of the dense Hessians of single samples', async () => {
  const { estimate, study } = await oneStudy(problem, 'A12', {
    optimizer: sgd({ batchSize: 4 }),
  });
  const whole = await denseHessian(problem);
  const { vectors } = symmetricEigen(whole);
  const top = vectors.slice(-3);
  const projected = (rows: readonly Float64Array[]): number[] =>
    top.flatMap((u) =>
      top.map((v) =>
        dot(
          u,
          Float64Array.from(rows, (row) => dot(row, v)),
        ),
      ),
    );
  const centre = projected(whole);
  let square = 0;
  for (let i = 0; i < 12; i++) {
    const own = projected(await denseHessian(subsetOf(problem, [i])));
    square += own.reduce((sum, entry, e) => sum + (entry - (centre[e] ?? 0)) ** 2, 0) / 11;
  }
  expect(estimate('A12.relativeInexactness').value / (Math.sqrt(square / 4) / Math.hypot(...centre))).toBeCloseTo(1, 6);
  expect(estimate('A12.batchForTenPercent').value / (square / (0.1 * Math.hypot(...centre)) ** 2)).toBeCloseTo(1, 6);
  expect(study.charts[0]?.kind).toBe('lines');
});

test('samples that are all alike have the same curvature, whatever the batch', async () => {
  const row = Float64Array.of(1, 2, -1);
  const alike = problemOf(leastSquares(Float64Array.of(0.1, 0.2, 0.3)), {
    x: Array.from({ length: 8 }, () => row),
    y: Float64Array.from({ length: 8 }, (_, i) => i),
  });
  const { estimate } = await oneStudy(alike, 'A12');
  expect(estimate('A12.relativeInexactness').value).toBeCloseTo(0, 9);
  expect(estimate('A12.lambdaMaxBias').value).toBeCloseTo(0, 9);
});

describe('the variance over samples of known forms', () => {
  const random = new Random(5, 'forms');
  const values = Array.from({ length: 400 }, () => random.gaussian());
  const forms = {
    bilinear: (pairs: readonly (readonly [ArrayLike<number>, ArrayLike<number>])[]): Promise<Float64Array[]> =>
      Promise.resolve(pairs.map(() => Float64Array.from(values, (value) => 2 + value))),
  };

  test('is unbiased, and averages fall with the batch size', async () => {
    const projected = await subspaceForms(forms, [Float64Array.of(1)]);
    const { variance: found, norm } = inexactness(projected, { forms: [], gaps: [] }, random);
    const average = values.reduce((sum, value) => sum + value / 400, 0);
    const variance = values.reduce((sum, value) => sum + (value - average) ** 2 / 399, 0);
    expect(found).toBeCloseTo(variance, 9);
    expect(norm).toBeCloseTo(Math.abs(2 + average), 9);
    // In one dimension the largest eigenvalue is the mean, which has no bias.
    const bias = largestEigenvalueBias(projected, 4, 400, new Random(1, 'bias'));
    expect(Math.abs(bias.value)).toBeLessThanOrEqual(1.5 * bias.halfWidth);
  });
});
