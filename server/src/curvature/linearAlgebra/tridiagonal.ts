/** Eigenvalues of symmetric tridiagonal matrices by the implicit QL method (Golub and Van Loan, Matrix Computations, §8.3). */

/** Steps allowed per eigenvalue; QL with Wilkinson's shift needs about two. */
const MAX_SWEEPS = 60;

/**
 * Turns `diagonal` into the eigenvalues (unsorted), in place. `offDiagonal[i]` couples i and i+1; it is destroyed. Every rotation is also
 * applied to pairs of `rows`: rows that start as the identity end as the eigenvectors (row k: eigenvector k); columns of them
 * suffice when only some components are wanted.
 *
 * Throws `RangeError` for entries that are not finite.
 */
export function diagonaliseTridiagonal(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
  rows: readonly Float64Array[],
): void {
  const n = diagonal.length;
  const d = diagonal;
  const e = new Float64Array(n);
  e.set(offDiagonal.subarray(0, Math.max(0, n - 1)));
  if (!d.every(Number.isFinite) || !e.every(Number.isFinite))
    throw new RangeError('a matrix with entries that are not finite has no eigenvalues');
  const floor = (Number.EPSILON / 2) * largestRow(d, e);
  for (let l = 0; l < n; l++) {
    for (let sweep = 0; ; sweep++) {
      const m = firstNegligible(d, e, l, floor);
      if (m === l) break;
      if (sweep === MAX_SWEEPS) throw new RangeError('the QL iteration did not converge');
      sweepQl(d, e, rows, l, m);
    }
  }
}

/** The matrix's norm up to a small factor: the largest sum of magnitudes in a row. */
const largestRow = (d: Float64Array, e: Float64Array): number =>
  d.reduce((most, value, i) => Math.max(most, Math.abs(value) + Math.abs(e[i] ?? 0) + Math.abs(e[i - 1] ?? 0)), 0);

/**
 * The first m ≥ l whose coupling to m+1 is below rounding: of its neighbours, or of the whole matrix (`floor`). In a null space the neighbours
 * are rounding themselves, and couplings never become small beside them.
 */
function firstNegligible(d: Float64Array, e: Float64Array, l: number, floor: number): number {
  let m = l;
  for (; m < d.length - 1; m++) {
    const scale = Math.abs(d[m] as number) + Math.abs(d[m + 1] as number);
    if (Math.abs(e[m] as number) <= Math.max(Number.EPSILON * scale, floor)) break;
  }
  return m;
}

/** One implicit QL step on the block l … m with Wilkinson's shift: a bulge is chased from the bottom to the top by plane rotations. */
function sweepQl(d: Float64Array, e: Float64Array, rows: readonly Float64Array[], l: number, m: number): void {
  const el = e[l] as number;
  const half = ((d[l + 1] as number) - (d[l] as number)) / (2 * el);
  let g = (d[m] as number) - (d[l] as number) + el / (half + (half >= 0 ? 1 : -1) * Math.hypot(half, 1));
  let [sine, cosine, correction] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = sine * (e[i] as number);
    const b = cosine * (e[i] as number);
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] = (d[i + 1] as number) - correction;
      e[m] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    g = (d[i + 1] as number) - correction;
    const t = ((d[i] as number) - g) * sine + 2 * cosine * b;
    correction = sine * t;
    d[i + 1] = g + correction;
    g = cosine * t - b;
    rotateRows(rows[i], rows[i + 1], cosine, sine);
  }
  d[l] = (d[l] as number) - correction;
  e[l] = g;
  e[m] = 0;
}

function rotateRows(
  upper: Float64Array | undefined,
  lower: Float64Array | undefined,
  cosine: number,
  sine: number,
): void {
  if (upper === undefined || lower === undefined) return;
  const n = upper.length;
  for (let k = 0; k < n; k++) {
    const a = upper[k] as number;
    const b = lower[k] as number;
    lower[k] = sine * a + cosine * b;
    upper[k] = cosine * a - sine * b;
  }
}

/**
 * Nodes and weights of the Gauss quadrature that a Lanczos process defines: eigenvalues of the tridiagonal matrix and the squared
 * first components of its eigenvectors (Golub and Welsch 1969). Ascending; weights sum to 1.
 */
export function gaussQuadrature(
  diagonal: Float64Array,
  offDiagonal: Float64Array,
): { value: number; weight: number }[] {
  const values = diagonal.slice();
  // One column of the eigenvector matrix is enough, its first components.
  const firstComponents = Array.from(values, (_, k) => Float64Array.of(k === 0 ? 1 : 0));
  diagonaliseTridiagonal(values, offDiagonal, firstComponents);
  return Array.from(values, (value, k) => ({ value, weight: (firstComponents[k]?.[0] ?? 0) ** 2 })).sort(
    (a, b) => a.value - b.value,
  );
}
