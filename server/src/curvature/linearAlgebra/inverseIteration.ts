/** Single eigenvectors of a symmetric tridiagonal matrix whose eigenvalues are known (Golub and Van Loan, § 8.2.2; Wilkinson 1965). */
import type { Random } from '../random';
import { normalise, orthogonalise } from './orthogonalise';

const ITERATIONS = 4;

/**
 * The unit eigenvector for `value`, orthogonal to `others`: vectors found before for values so near to this one that the iteration alone would
 * return them again. Undefined where the residual does not become as small as rounding, which a caller answers with the full QL method.
 */
export function tridiagonalEigenvector(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  value: number,
  others: readonly Float64Array[],
  random: Random,
): Float64Array | undefined {
  const scale = normOf(diagonal, offDiagonal);
  const solve = factorise(diagonal, offDiagonal, value, Number.EPSILON * (scale || 1));
  const vector = random.gaussianVector(diagonal.length);
  for (let i = 0; i < ITERATIONS; i++) {
    orthogonalise(vector, others);
    normalise(vector);
    solve(vector);
    if (!vector.every(Number.isFinite)) return undefined;
  }
  normalise(vector);
  orthogonalise(vector, others);
  normalise(vector);
  return residual(diagonal, offDiagonal, value, vector) <= RESIDUAL * (scale || 1) ? vector : undefined;
}

/** Residual in norms of the matrix that counts as rounding. */
const RESIDUAL = 1e-13;

/** Largest sum of magnitudes in a row. */
function normOf(diagonal: Float64Array, offDiagonal: Float64Array): number {
  return diagonal.reduce(
    (largest, d, i) =>
      Math.max(largest, Math.abs(d) + Math.abs(offDiagonal[i - 1] ?? 0) + Math.abs(offDiagonal[i] ?? 0)),
    0,
  );
}

function residual(diagonal: Float64Array, offDiagonal: Float64Array, value: number, v: Float64Array): number {
  let square = 0;
  for (let i = 0; i < v.length; i++) {
    const left = (offDiagonal[i - 1] ?? 0) * (v[i - 1] ?? 0) + (offDiagonal[i] ?? 0) * (v[i + 1] ?? 0);
    square += (((diagonal[i] as number) - value) * (v[i] as number) + left) ** 2;
  }
  return Math.sqrt(square);
}

/**
 * LU factors with row exchanges of T − value·I; the function returned replaces a right-hand side by the solution. Pivots below `smallest` are replaced by it: the
 * matrix is singular on purpose, and only the direction of the solution matters.
 */
function factorise(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  value: number,
  smallest: number,
): (x: Float64Array) => void {
  const n = diagonal.length;
  const pivots = diagonal.map((d) => d - value);
  const first = new Float64Array(n);
  first.set(offDiagonal.subarray(0, n - 1));
  const second = new Float64Array(n);
  const multipliers = new Float64Array(n);
  const exchanged = new Uint8Array(n);
  for (let i = 0; i + 1 < n; i++) {
    const below = offDiagonal[i] as number;
    if (Math.abs(below) > Math.abs(pivots[i] as number)) {
      // Rows i and i + 1 change places.
      exchanged[i] = 1;
      const multiplier = (pivots[i] as number) / below;
      const upper = first[i] as number;
      pivots[i] = below;
      first[i] = pivots[i + 1] as number;
      second[i] = first[i + 1] as number;
      pivots[i + 1] = upper - multiplier * (first[i] as number);
      first[i + 1] = -multiplier * (second[i] as number);
      multipliers[i] = multiplier;
    } else {
      if (Math.abs(pivots[i] as number) < smallest) pivots[i] = smallest;
      const multiplier = below / (pivots[i] as number);
      pivots[i + 1] = (pivots[i + 1] as number) - multiplier * (first[i] as number);
      multipliers[i] = multiplier;
    }
  }
  if (n > 0 && Math.abs(pivots[n - 1] as number) < smallest) pivots[n - 1] = smallest;
  return (x) => {
    for (let i = 0; i + 1 < n; i++) {
      if (exchanged[i] === 1) [x[i], x[i + 1]] = [x[i + 1] as number, x[i] as number];
      x[i + 1] = (x[i + 1] as number) - (multipliers[i] as number) * (x[i] as number);
    }
    for (let i = n - 1; i >= 0; i--) {
      const right = (x[i] as number) - (first[i] as number) * (x[i + 1] ?? 0) - (second[i] as number) * (x[i + 2] ?? 0);
      x[i] = right / (pivots[i] as number);
    }
  };
}
