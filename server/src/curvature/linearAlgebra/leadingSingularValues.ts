/** Leading singular values of large dense matrices by Golub–Kahan–Lanczos bidiagonalisation with full reorthogonalisation. */
import { Random } from '../random';
import { normalise, orthogonalise } from './orthogonalise';
import { diagonaliseTridiagonal } from './tridiagonal';
import { addScaled, dot, type Vector } from './vector';

/** A dense matrix, row after row. */
export interface RowMatrix {
  readonly rows: number;
  readonly columns: number;
  /** float32 holds what is stored in 32 bits or fewer exactly; sums are float64. */
  readonly data: Vector;
}

/** `value` differs from a singular value by no more than `residual`. */
export interface LeadingValue {
  readonly value: number;
  readonly residual: number;
}

export interface LanczosOptions {
  /** Values after which it may end. */
  readonly wanted: number;
  /** Largest residual of a value that counts, relative to the largest value. */
  readonly tolerance: number;
  readonly mostSteps: number;
  readonly seed: number;
  /** Called after every step with its number; rejects to end the computation. */
  readonly pause: (step: number) => Promise<void> | void;
}

/** Steps between looks at what has converged. */
const LOOK_EVERY = 10;

/**
 * The values that converged, largest first, without a gap before the first that did not. A value that occurs several times in the matrix is found once: a
 * Krylov space of one vector sees one of its directions.
 */
export async function leadingSingularValues(matrix: RowMatrix, options: LanczosOptions): Promise<LeadingValue[]> {
  const { wanted, tolerance, seed, pause } = options;
  const most = Math.min(options.mostSteps, matrix.rows, matrix.columns);
  const random = new Random(seed, 'singular values');
  const rightVectors: Float64Array[] = [];
  const leftVectors: Float64Array[] = [];
  const diagonal: number[] = [];
  const superdiagonal: number[] = [];
  let right: Float64Array = Float64Array.from({ length: matrix.columns }, () => random.gaussian());
  normalise(right);
  for (let step = 1; ; step++) {
    rightVectors.push(right);
    const left = times(matrix, right);
    const previous = leftVectors.at(-1);
    if (previous !== undefined) addScaled(left, -(superdiagonal.at(-1) as number), previous);
    orthogonalise(left, leftVectors);
    diagonal.push(normalise(left));
    leftVectors.push(left);
    const next = transposeTimes(matrix, left);
    addScaled(next, -(diagonal.at(-1) as number), right);
    orthogonalise(next, rightVectors);
    const coupling = normalise(next);
    await pause(step);
    const isLast = step >= most || coupling === 0;
    if (isLast || step % LOOK_EVERY === 0) {
      const converged = convergedValues(diagonal, superdiagonal, coupling, tolerance);
      if (isLast || converged.length >= wanted) return converged;
    }
    superdiagonal.push(coupling);
    right = next;
  }
}

/**
 * Singular values of the projected bidiagonal matrix as eigenvalues ±σ of the tridiagonal matrix with zero diagonal and couplings d₁, e₁, d₂, …; its
 * eigenvectors' last components are those of the left singular vectors over √2, and the residual is the next coupling times that component.
 */
function convergedValues(
  diagonal: readonly number[],
  superdiagonal: readonly number[],
  coupling: number,
  tolerance: number,
): LeadingValue[] {
  const size = 2 * diagonal.length;
  const couplings = Float64Array.from({ length: size - 1 }, (_, i) =>
    i % 2 === 0 ? (diagonal[i / 2] as number) : (superdiagonal[(i - 1) / 2] as number),
  );
  const eigenvalues = new Float64Array(size);
  const lastComponents = Array.from({ length: size }, (_, i) => Float64Array.of(i === size - 1 ? 1 : 0));
  diagonaliseTridiagonal(eigenvalues, couplings, lastComponents);
  const found = [...eigenvalues.keys()]
    .map((k) => ({
      value: eigenvalues[k] as number,
      residual: coupling * Math.SQRT2 * Math.abs(lastComponents[k]?.[0] ?? 0),
    }))
    .sort((a, b) => b.value - a.value)
    .slice(0, diagonal.length);
  const bound = tolerance * Math.max(found[0]?.value ?? 0, Number.MIN_VALUE);
  const end = found.findIndex(({ residual }) => residual > bound);
  return (end < 0 ? found : found.slice(0, end)).map(({ value, residual }) => ({
    value: Math.max(0, value),
    residual,
  }));
}

function times({ rows, columns, data }: RowMatrix, v: Float64Array): Float64Array {
  const product = new Float64Array(rows);
  for (let i = 0; i < rows; i++) product[i] = dot(data.subarray(i * columns, (i + 1) * columns), v);
  return product;
}

function transposeTimes({ rows, columns, data }: RowMatrix, u: Float64Array): Float64Array {
  const product = new Float64Array(columns);
  for (let i = 0; i < rows; i++) addScaled(product, u[i] as number, data.subarray(i * columns, (i + 1) * columns));
  return product;
}
