import { describe, expect, test } from 'vitest';
import { fitMarchenkoPastur } from '../../../server/src/curvature/estimators/marchenkoPastur';
import { powerLawTail } from '../../../server/src/curvature/estimators/tailExponent';
import { symmetricEigen } from '../../../server/src/curvature/linearAlgebra/symmetric';
import { dot } from '../../../server/src/curvature/linearAlgebra/vector';
import { Random } from '../../../server/src/curvature/random';
import { classificationData, mlp, problemOf } from './problems';
import { computed, runStudy } from './studyRun';

/** Eigenvalues of WWᵀ/N, W with M rows of N Gaussian entries of variance s². */
function noise(
  m: number,
  n: number,
  deviation: number,
  seed: number,
): { rows: Float64Array[]; eigenvalues: Float64Array } {
  const random = new Random(seed, 'noise');
  const rows = Array.from({ length: m }, () => random.gaussianVector(n).map((x) => deviation * x));
  const gram = rows.map((row) => Float64Array.from(rows, (other) => dot(row, other) / n));
  return { rows, eigenvalues: symmetricEigen(gram, false).values };
}

describe('the law of Marchenko and Pastur', () => {
  test('noise has no spikes, its own variance, and lies as near as chance', () => {
    for (let seed = 0; seed < 10; seed++) {
      const { eigenvalues } = noise(60, 180, 0.5, seed);
      const fit = fitMarchenkoPastur(eigenvalues, 60 / 180);
      expect(fit.spikes).toBe(0);
      expect(fit.variance).toBeCloseTo(0.25, 1);
      expect(fit.distance).toBeLessThan(1.36 / Math.sqrt(60));
    }
  });

  test('a square matrix reaches down to zero', () => {
    const { eigenvalues } = noise(80, 80, 1, 3);
    expect(fitMarchenkoPastur(eigenvalues, 1).distance).toBeLessThan(1.36 / Math.sqrt(80));
  });

  test('directions added to noise are counted', () => {
    const { rows } = noise(60, 180, 1, 4);
    const random = new Random(5, 'spikes');
    for (let k = 0; k < 3; k++) {
      const [u, v] = [random.gaussianVector(60), random.gaussianVector(180)];
      rows.forEach((row, i) => row.forEach((x, j) => (row[j] = x + 0.3 * (u[i] ?? 0) * (v[j] ?? 0))));
    }
    const gram = rows.map((row) => Float64Array.from(rows, (other) => dot(row, other) / 180));
    expect(fitMarchenkoPastur(symmetricEigen(gram, false).values, 60 / 180).spikes).toBe(3);
  });
});

describe('the tail exponent', () => {
  test('of a power law is its exponent, in about 95 of 100 intervals', () => {
    let covered = 0;
    for (let seed = 0; seed < 100; seed++) {
      const random = new Random(seed, 'pareto');
      const tail = powerLawTail(Float64Array.from({ length: 300 }, () => random.uniform() ** (-1 / 1.5)));
      if (Math.abs((tail?.exponent ?? 0) - 2.5) <= 1.96 * (tail?.standardError ?? 0)) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(85);
  });

  test('too few values have none', () => expect(powerLawTail([1, 2, 3])).toBeUndefined());
});

test('norms and condition numbers are those of the Gram matrix', async () => {
  const problem = problemOf(mlp([5, 4, 3], 3), classificationData(20, 5, 3, 3));
  const result = await runStudy(problem, ['D3']);
  for (const { name, offset, shape } of problem.parameters.filter((block) => block.shape.length === 2)) {
    const [m = 0, n = 0] = shape;
    const rows = Array.from({ length: m }, (_, i) => problem.theta.slice(offset + i * n, offset + (i + 1) * n));
    const { values } = symmetricEigen(
      rows.map((row) => Float64Array.from(rows, (other) => dot(row, other))),
      false,
    );
    const [least = NaN, largest = NaN] = [values[0], values.at(-1)];
    expect(computed(result, `D3.spectralNorm[${name}]`).value).toBeCloseTo(Math.sqrt(largest), 9);
    expect(computed(result, `D3.conditionNumber[${name}]`).value).toBeCloseTo(Math.sqrt(largest / least), 6);
    expect(computed(result, `D3.stableRank[${name}]`).value).toBeCloseTo(
      values.reduce((a, b) => a + b, 0) / largest,
      9,
    );
    expect(result.quantities[`D3.tailExponent[${name}]`]).toHaveProperty('notComputed');
  }
});
