import { describe, expect, test } from 'vitest';
import {
  conditionNumber,
  medianConditionNumber,
  probesForMedian,
  weightedMedian,
} from '../../../server/src/curvature/estimators/conditioning';
import {
  psgdFactors,
  lowRankRoot,
  rootPreconditioned,
  diagonalRoot,
} from '../../../server/src/curvature/estimators/preconditioners';
import { applyKronecker } from '../../../server/src/curvature/estimators/kronecker';
import { matrixPower } from '../../../server/src/curvature/linearAlgebra/matrixPowers';
import { matrixOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
import { exactQuadrature } from '../../../server/src/curvature/estimators/stochasticLanczosQuadrature';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { denseMatrix } from '../../../server/src/curvature/operators/dense';
import type { CodeFacts } from '../../../server/src/diagnosis/rule';
import { illConditioned } from '../../../server/src/diagnosis/rules/illConditioned';
import { Random } from '../../../server/src/curvature/random';
import { rotated } from './matrices';
import { classificationData, leastSquares, mlp, problemOf } from './problems';
import { computed, denseOf, runStudy } from './studyRun';

const spectrum = (values: readonly number[]): Parameters<typeof conditionNumber>[0] => ({
  perProbe: [exactQuadrature(values)],
  exact: true,
});

describe('condition numbers', () => {
  test('leave out what is below the floor', () => {
    expect(conditionNumber(spectrum([-1, 0.5, 2, 10]), 10, 1)?.value).toBe(5);
    expect(conditionNumber(spectrum([-20, 10]), 10, 20)).toBeUndefined();
    expect(medianConditionNumber(spectrum([-1, 1, 2, 10]), 10, 0, 4)?.value).toBeCloseTo(5, 12);
    expect(
      weightedMedian([
        { value: 1, weight: 1 },
        { value: 3, weight: 1 },
      ]),
    ).toBe(2);
    expect(weightedMedian([])).toBeUndefined();
  });

  test('a probe is enough for a large matrix, whose random signs see halves well', () => {
    expect([100, 2000, 20_000].map((dimension) => probesForMedian(dimension, 20, 3))).toEqual([3, 2, 1]);
  });

  test('of least squares are those of XᵀX', async () => {
    const data = classificationData(40, 4, 2, 6);
    const problem = problemOf(leastSquares(Float64Array.of(1, 2, 3, 4)), data);
    const result = await runStudy(problem, ['D1']);
    const { values } = symmetricEigen(await denseOf(problem), false);
    const [a = NaN, b = NaN, c = NaN, d = NaN] = values;
    expect(computed(result, 'D1.kappa').value).toBeCloseTo(d / a, 8);
    expect(computed(result, 'D1.medianKappa').value).toBeCloseTo((2 * d) / (b + c), 8);
  });
});

describe('preconditioners', () => {
  const rows = rotated([50, 8, 3, 1, 0.5, 0.2], 4);
  const eigen = symmetricEigen(rows);

  test('|H| itself makes every eigenvalue one', async () => {
    const pairs = Array.from(eigen.values, (value, k) => ({ value, vector: eigen.vectors[k] as Float64Array }));
    const operator = rootPreconditioned(matrixOperator(rows), lowRankRoot(pairs, 1));
    symmetricEigen(await denseMatrix(operator), false).values.forEach((value) => expect(value).toBeCloseTo(1, 10));
  });

  test('a diagonal one divides rows and columns', async () => {
    const operator = rootPreconditioned(
      matrixOperator(rows),
      diagonalRoot(
        Float64Array.from(rows, (row, i) => row[i] ?? 0),
        0,
      ),
    );
    (await denseMatrix(operator)).forEach((row, i) => expect(row[i]).toBeCloseTo(1, 12));
  });

  test('a diagonal one is raised by a share of its mean', () => {
    const root = diagonalRoot(Float64Array.of(0, 2, 4), 0.5)(Float64Array.of(1, 1, 1));
    root.forEach((value, i) => expect(value).toBeCloseTo(1 / Math.sqrt(2 * i + 1), 12));
  });

  test("PSGD's Kronecker product finds the inverse of a Kronecker product", () => {
    const [left, right] = [rotated([4, 1], 1), rotated([9, 2, 1], 2)];
    const random = new Random(1, 'psgd');
    const samples = Array.from({ length: 4000 }, () => applyKronecker({ left, right }, random.gaussianVector(6)));
    const found = psgdFactors({ samples, weights: samples.map(() => 1 / 4000), rows: 2, columns: 3 }, 0);
    // P^(−½) of P = L ⊗ R.
    const v = random.gaussianVector(6);
    const truth = applyKronecker({ left: matrixPower(left, -0.5, 0), right: matrixPower(right, -0.5, 0) }, v);
    applyKronecker(found, v).forEach((value, i) => expect(Math.abs(value - (truth[i] ?? 0))).toBeLessThan(0.03));
  });

  test('of a small network all are compared', async () => {
    const result = await runStudy(problemOf(mlp([5, 4, 3], 3), classificationData(60, 5, 3, 3)), ['D1']);
    for (const name of ['Jacobi', 'Adam', 'K-FAC', 'Shampoo', 'PSGD, Kronecker', 'PSGD, low rank'])
      expect(computed(result, `D1.preconditionedKappa[${name}]`).value).toBeGreaterThanOrEqual(1);
    expect(result.studies[0]?.charts[0]?.kind).toBe('bars');
  });

  test('by default nothing is computed beyond the spectrum', async () => {
    const problem = problemOf(leastSquares(Float64Array.of(1, 2, 3, 4)), classificationData(40, 4, 2, 6));
    const { quantities } = await runStudy(problem, undefined);
    expect(quantities['D1.kappa']).toHaveProperty('value');
    expect(quantities['D1.preconditionedKappa']).toHaveProperty('notComputed');
  });
});

test('HL301 names a preconditioner under which plain SGD would need far fewer steps', async () => {
  const data = classificationData(60, 4, 2, 6);
  // Inputs of very different scales: what Jacobi undoes.
  const scaled = { ...data, x: data.x.map((row) => row.map((v, j) => v * ([100, 30, 1, 0.01][j] ?? 1))) };
  const result = await runStudy(problemOf(leastSquares(Float64Array.of(1, 2, 3, 4)), scaled), ['D1']);
  const sgd = { kind: 'SGD', description: 'SGD(lr=0.1)' } as CodeFacts['optimizer'];
  const facts: CodeFacts = {
    optimizer: sgd,
    learningRateAt: null,
    modelAt: { file: 'm.py', line: 1, column: 1, endColumn: 2 },
  };
  expect(illConditioned.check(result, facts)).toHaveLength(1);
  expect(illConditioned.check(result, { ...facts, optimizer: null })).toHaveLength(0);
});
