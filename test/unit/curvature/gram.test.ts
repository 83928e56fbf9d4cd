import { expect, test } from 'vitest';
import { gramSpectra } from '../../../server/src/curvature/estimators/gramSpectrum';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { outputJacobians } from '../../../server/src/curvature/operators/outputJacobians';
import { denseGaussNewton, oneStudy } from './oneStudy';
import { classificationData, leastSquares, mlp, problemOf } from './problems';
import { reference } from './studyRun';

test('the Gram matrix has the eigenvalues of the dense Gauss–Newton matrix', async () => {
  const problem = problemOf(mlp([5, 4, 3], 3), classificationData(7, 5, 3, 3));
  const { estimate, study } = await oneStudy(problem, 'A8');
  const { values } = symmetricEigen(await denseGaussNewton(problem), false);
  expect(estimate('A8.gaussNewtonLambdaMax').value / (values.at(-1) ?? NaN)).toBeCloseTo(1, 9);
  expect(estimate('A8.gaussNewtonRank').value).toBe(values.filter((value) => value > 1e-12).length);
  const jacobians = await outputJacobians(problem, reference, { memoryLimit: 2 ** 22 });
  const { gaussNewton } = gramSpectra(jacobians);
  [...(gaussNewton ?? [])]
    .slice(-14)
    .forEach((value, k) => expect(value).toBeCloseTo([...values].slice(-14)[k] ?? NaN, 9));
  expect(study.charts[0]?.kind).toBe('lines');
});

test('the tangent kernel of a linear model is the matrix of inner products of its inputs', async () => {
  const data = classificationData(4, 6, 2, 5);
  const problem = problemOf(leastSquares(new Float64Array(6).fill(0.1)), data);
  const { estimate } = await oneStudy(problem, 'A8');
  const inner = data.x.map((a) =>
    Float64Array.from(data.x, (b) => a.reduce((sum, entry, j) => sum + entry * (b[j] ?? 0), 0) / 4),
  );
  const { values } = symmetricEigen(inner, false);
  expect(estimate('A8.kernelLambdaMax').value).toBeCloseTo(values[3] ?? NaN, 9);
  expect(estimate('A8.kernelCondition').value / ((values[3] ?? NaN) / (values[0] ?? NaN))).toBeCloseTo(1, 6);
});
