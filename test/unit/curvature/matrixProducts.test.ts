import { describe, expect, test } from 'vitest';
import { MatrixPowers, matrixPower } from '../../../server/src/curvature/linearAlgebra/matrixPowers';
import { symmetricTimesTransposed, timesTransposed } from '../../../server/src/curvature/linearAlgebra/matrixProduct';
import { dot } from '../../../server/src/curvature/linearAlgebra/vector';
import { Random } from '../../../server/src/curvature/random';
import { rotated } from './matrices';

const random = new Random(4, 'products');
const matrix = (rows: number, columns: number): Float64Array[] =>
  Array.from({ length: rows }, () => random.gaussianVector(columns));

describe('products of matrices in blocks', () => {
  // Every remainder of rows, columns, panels and bands.
  test.each([
    [1, 1, 1],
    [2, 4, 8],
    [3, 5, 7],
    [7, 9, 300],
    [5, 6, 513],
    [2, 3, 2100],
    [70, 33, 5],
    [4, 3, 0],
  ])('of %i and %i rows of %i numbers are those of single rows', (m, n, length) => {
    const [a, b] = [matrix(m, length), matrix(n, length)];
    const expected = a.map((row) => Float64Array.from(b, (other) => dot(row, other)));
    timesTransposed(a, b).forEach((row, i) =>
      row.forEach((value, j) => expect(value).toBeCloseTo(expected[i]?.[j] ?? NaN, 11)),
    );
    symmetricTimesTransposed(a, a).forEach((row, i) =>
      a.forEach((other, j) => expect(row[j]).toBeCloseTo(dot(a[i] ?? other, other), 11)),
    );
  });

  test('are sums in float64, of rows in float32 too, and are added to what is given', () => {
    const a = matrix(3, 40).map((row) => Float32Array.from(row));
    const result = [0, 1, 2].map((i) => new Float64Array(3).fill(i));
    timesTransposed(a, a, result);
    result.forEach((row, i) =>
      row.forEach((value, j) =>
        expect(value).toBeCloseTo(
          i + Float64Array.from(a[i] ?? []).reduce((sum, x, k) => sum + x * (a[j]?.[k] ?? NaN), 0),
          12,
        ),
      ),
    );
  });
});

describe('powers of a matrix', () => {
  test('are those of its eigenvalues, and zero stays zero', () => {
    const powers = new MatrixPowers(rotated([0, 0.25, 4, 9], 3), 0);
    expect(powers.trace(0.5)).toBeCloseTo(0.5 + 2 + 3, 6);
    const root = powers.power(0.5);
    const expected = rotated([0, 0.5, 2, 3], 3);
    root.forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(expected[i]?.[j] ?? NaN, 6)));
  });

  test('raise every eigenvalue by the damping', () => {
    const inverse = matrixPower(rotated([0, 1, 5], 1), -1, 0.5);
    const expected = rotated([1, 1 / 2, 1 / 6], 1);
    inverse.forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(expected[i]?.[j] ?? NaN, 10)));
  });
});
