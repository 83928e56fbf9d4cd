import type { Bidiagonal } from './bidiagonalise';

/** Intervals that are halved together: their recurrences do not wait for one another. */
const TOGETHER = 4;

/** Values in [low, high), of which `below` are under low and `belowHigh` under high. */
interface Interval {
  readonly low: number;
  readonly high: number;
  readonly below: number;
  readonly belowHigh: number;
}

/**
 * Singular values of an upper bidiagonal matrix by bisection, largest first, each within 2·ε of the largest. They are the positive eigenvalues of the
 * tridiagonal matrix with zero diagonal and couplings d₁, e₁, d₂, …, dₙ, whose eigenvalues under x are counted by the signs of the pivots of
 * its factorisation (Demmel and Kahan 1990, "Accurate singular values of bidiagonal matrices", section 4): no iteration that could fail to converge.
 */
export function bidiagonalSingularValues({ diagonal, superdiagonal }: Bidiagonal): Float64Array {
  const n = diagonal.length;
  const values = new Float64Array(n);
  const largest = [...diagonal, ...superdiagonal].reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return values;
  if (!Number.isFinite(largest))
    throw new RangeError('a matrix with entries that are not finite has no singular values');
  const squares = couplings(diagonal, superdiagonal, largest);
  // In units of the largest entry every value is at most 2, the largest sum of a row and a column.
  const tolerance = 2 * Number.EPSILON;
  const pending: Interval[] = [{ low: 0, high: 2 + 1e-9, below: 0, belowHigh: n }];
  const points = new Float64Array(TOGETHER);
  while (pending.length > 0) {
    const intervals = pending.splice(-TOGETHER);
    points.fill(1);
    intervals.forEach(({ low, high }, i) => (points[i] = (low + high) / 2));
    const counts = countBelow(squares, points);
    intervals.forEach((interval, i) => {
      const middle = points[i] as number;
      const count = Math.min(interval.belowHigh, Math.max(interval.below, (counts[i] as number) - n));
      for (const half of [
        { ...interval, high: middle, belowHigh: count },
        { ...interval, low: middle, below: count },
      ])
        if (half.belowHigh > half.below) {
          if (half.high - half.low > tolerance) pending.push(half);
          else values.fill(largest * ((half.low + half.high) / 2), n - half.belowHigh, n - half.below);
        }
    });
  }
  return values;
}

/** Squares of the couplings d₁, e₁, d₂, …, dₙ in units of `largest`. */
function couplings(diagonal: Float64Array, superdiagonal: Float64Array, largest: number): Float64Array {
  const squares = new Float64Array(2 * diagonal.length - 1);
  diagonal.forEach((value, i) => (squares[2 * i] = (value / largest) ** 2));
  superdiagonal.forEach((value, i) => (squares[2 * i + 1] = (value / largest) ** 2));
  return squares;
}

/** A pivot of zero counts as negative and is replaced by this. */
const TINY = 1e-290;

/** How many of the 2n eigenvalues are under each of four points: the negative pivots qᵢ₊₁ = −x − bᵢ²/qᵢ. */
function countBelow(squares: Float64Array, points: Float64Array): [number, number, number, number] {
  const [x0, x1, x2, x3] = points as unknown as [number, number, number, number];
  let [q0, q1, q2, q3] = [-x0, -x1, -x2, -x3];
  let [c0, c1, c2, c3] = [1, 1, 1, 1];
  for (let i = 0; i < squares.length; i++) {
    const b = squares[i] as number;
    q0 = -x0 - b / q0;
    q1 = -x1 - b / q1;
    q2 = -x2 - b / q2;
    q3 = -x3 - b / q3;
    if (q0 > -TINY && q0 < TINY) q0 = -TINY;
    if (q1 > -TINY && q1 < TINY) q1 = -TINY;
    if (q2 > -TINY && q2 < TINY) q2 = -TINY;
    if (q3 > -TINY && q3 < TINY) q3 = -TINY;
    if (q0 < 0) c0++;
    if (q1 < 0) c1++;
    if (q2 < 0) c2++;
    if (q3 < 0) c3++;
  }
  return [c0, c1, c2, c3];
}
