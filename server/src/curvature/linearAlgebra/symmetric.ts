/** Eigenvalues and eigenvectors of dense symmetric matrices: Householder tridiagonalisation, then implicit QL. */
import { Random } from '../random';
import { tridiagonalEigenvector } from './inverseIteration';
import { diagonaliseTridiagonal } from './tridiagonal';
import { addScaled, dot, norm } from './vector';

/** Ascending; `vectors[k]` is the unit eigenvector of `values[k]`, empty when not asked for. */
export interface Eigendecomposition {
  readonly values: Float64Array;
  readonly vectors: readonly Float64Array[];
}

/**
 * `matrix`: rows of a symmetric matrix (only symmetry of the values is assumed; it is not changed). Cost 8/3·n³ operations for the values, about
 * three times that with vectors. Throws `RangeError` for entries that are not finite.
 */
export function symmetricEigen(matrix: readonly Float64Array[], wantVectors = true): Eigendecomposition {
  const { diagonal, offDiagonal, reflections } = tridiagonalise(matrix.map((row) => row.slice()));
  const rows = wantVectors ? transformation(matrix.length, reflections) : [];
  diagonaliseTridiagonal(diagonal, offDiagonal, rows);
  const order = [...diagonal.keys()].sort((i, j) => (diagonal[i] as number) - (diagonal[j] as number));
  return {
    values: Float64Array.from(order, (i) => diagonal[i] as number),
    vectors: order.flatMap((i) => rows[i] ?? []),
  };
}

/** All eigenvalues, and eigenvectors as they are asked for. */
export interface PartialEigendecomposition {
  /** Ascending. */
  readonly values: Float64Array;
  /** The unit eigenvector of `values[k]`; those of one decomposition are orthogonal. */
  readonly vector: (k: number) => Float64Array;
}

/** Eigenvalues nearer than this share of the norm may share what inverse iteration finds. */
const NEAR = 1e-3;

/**
 * As `symmetricEigen` where few vectors are wanted: a quarter of the work. Vectors come from inverse iteration on the tridiagonal form; where that
 * fails (a cluster down to rounding), the full method takes over.
 */
export function partialSymmetricEigen(matrix: readonly Float64Array[]): PartialEigendecomposition {
  const { diagonal, offDiagonal, reflections } = tridiagonalise(matrix.map((row) => row.slice()));
  const values = diagonal.slice();
  diagonaliseTridiagonal(values, offDiagonal, []);
  values.sort();
  const norm = Math.max(Math.abs(values[0] ?? 0), Math.abs(values.at(-1) ?? 0));
  const random = new Random(1, 'inverse iteration');
  const found = new Map<number, Float64Array>();
  let full: Eigendecomposition | undefined;
  const search = (k: number): Float64Array | undefined => {
    const value = values[k] as number;
    const near = [...found].filter(([other]) => Math.abs((values[other] as number) - value) <= NEAR * norm);
    return tridiagonalEigenvector(
      diagonal,
      offDiagonal,
      value,
      near.map(([, vector]) => vector),
      random,
    );
  };
  const tridiagonalVector = (k: number): Float64Array | undefined => {
    const vector = found.get(k) ?? search(k);
    if (vector !== undefined) found.set(k, vector);
    return vector;
  };
  return {
    values,
    vector: (k) => {
      const vector = full === undefined ? tridiagonalVector(k) : undefined;
      if (vector === undefined) return (full ??= symmetricEigen(matrix)).vectors[k] as Float64Array;
      return transformed(vector, reflections);
    },
  };
}

/** Q·s for the product Q of the reflections. */
function transformed(s: Float64Array, reflections: readonly Reflection[]): Float64Array {
  const vector = s.slice();
  for (const { start, u } of reflections.slice().reverse()) {
    const part = vector.subarray(start);
    addScaled(part, -2 * dot(u, part), u);
  }
  return vector;
}

/** The reflection I − 2uuᵀ with unit u acting on the components from `start` on. */
interface Reflection {
  readonly start: number;
  readonly u: Float64Array;
}

/** A = Q·T·Qᵀ with T tridiagonal and Q the product of the reflections. Destroys `a`. */
function tridiagonalise(a: readonly Float64Array[]): {
  diagonal: Float64Array;
  offDiagonal: Float64Array;
  reflections: Reflection[];
} {
  const n = a.length;
  const offDiagonal = new Float64Array(Math.max(0, n - 1));
  const reflections: Reflection[] = [];
  for (let k = 0; k < n - 1; k++) {
    const start = k + 1;
    const column = (a[k] as Float64Array).subarray(start);
    const u = column.slice();
    const length = norm(u);
    const first = u[0] as number;
    const alpha = first > 0 ? -length : length;
    u[0] = first - alpha;
    const size = norm(u);
    // Already zero below the off-diagonal, or a single element: nothing to reflect.
    if (start === n - 1 || length === Math.abs(first) || size === 0) {
      offDiagonal[k] = first;
      continue;
    }
    for (let i = 0; i < u.length; i++) u[i] = (u[i] as number) / size;
    reflectBothSides(a, start, u);
    offDiagonal[k] = alpha;
    reflections.push({ start, u });
  }
  return { diagonal: Float64Array.from(a, (row, k) => row[k] as number), offDiagonal, reflections };
}

/** A ← (I − 2uuᵀ)A(I − 2uuᵀ) on rows and columns from `start` on: A − uwᵀ − wuᵀ with w = 2(Au − (uᵀAu)u). */
function reflectBothSides(a: readonly Float64Array[], start: number, u: Float64Array): void {
  const rows = a.slice(start).map((row) => row.subarray(start));
  const w = Float64Array.from(rows, (row) => 2 * dot(row, u));
  addScaled(w, -dot(u, w), u);
  rows.forEach((row, i) => {
    const [ui, wi] = [u[i] as number, w[i] as number];
    for (let j = 0; j < row.length; j++) row[j] = (row[j] as number) - ui * (w[j] as number) - wi * (u[j] as number);
  });
}

/** Rows of Qᵀ, Q = Q₁Q₂…: the reflections applied to the identity, last first. */
function transformation(n: number, reflections: readonly Reflection[]): Float64Array[] {
  const q = Array.from({ length: n }, (_, i) => {
    const row = new Float64Array(n);
    row[i] = 1;
    return row;
  });
  // Row i of Qᵀ is Q·eᵢ.
  for (const { start, u } of reflections.slice().reverse())
    for (let i = start; i < n; i++) {
      const part = (q[i] as Float64Array).subarray(start);
      addScaled(part, -2 * dot(u, part), u);
    }
  return q;
}
