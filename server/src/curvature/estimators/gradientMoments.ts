/** Second moments of gradients that are m × n matrices G, with a symmetric matrix between: Σ w G R Gᵀ and Σ w Gᵀ L G. */
import { symmetricTimesTransposed, timesTransposed } from '../linearAlgebra/matrixProduct';
import type { Vector } from '../linearAlgebra/vector';

export type Matrix = readonly Float64Array[];

export interface Gradients {
  /** Each m·n numbers, row after row. */
  readonly samples: readonly Vector[];
  /** One weight per sample, w ≥ 0. */
  readonly weights: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
}

/** Keeps the gradients in both orders, so that every moment is a product of two matrices of long rows. */
export class GradientMoments {
  /** Row i: √w times row i of G, for every sample in turn. */
  private readonly byRow: readonly Float64Array[];
  /** Row j: √w times column j of G, likewise. */
  private readonly byColumn: readonly Float64Array[];

  constructor({ samples, weights, rows, columns }: Gradients) {
    const stack = (count: number, width: number): Float64Array[] =>
      Array.from({ length: count }, () => new Float64Array(width * samples.length));
    const [byRow, byColumn] = [stack(rows, columns), stack(columns, rows)];
    samples.forEach((g, s) => {
      const root = Math.sqrt(weights[s] ?? 0);
      for (let i = 0; i < rows; i++) {
        const row = byRow[i] as Float64Array;
        for (let j = 0; j < columns; j++) {
          const value = root * (g[i * columns + j] as number);
          row[s * columns + j] = value;
          (byColumn[j] as Float64Array)[s * rows + i] = value;
        }
      }
    });
    this.byRow = byRow;
    this.byColumn = byColumn;
  }

  /** Σ w G R Gᵀ (m × m) for a symmetric R, by default the identity. */
  left(right?: Matrix): Float64Array[] {
    return contracted(this.byRow, right);
  }

  /** Σ w Gᵀ L G (n × n) for a symmetric L, by default the identity. */
  right(left?: Matrix): Float64Array[] {
    return contracted(this.byColumn, left);
  }
}

/** Rows with rows, a symmetric matrix between the parts that belong to the same sample. */
const contracted = (rows: Matrix, between: Matrix | undefined): Float64Array[] =>
  symmetricTimesTransposed(rows, between === undefined ? rows : rows.map((row) => partsTimes(row, between)));

/** Every part of the row times the matrix. */
function partsTimes(row: Float64Array, matrix: Matrix): Float64Array {
  const width = matrix.length;
  const result = new Float64Array(row.length);
  const parts = (whole: Float64Array): Float64Array[] =>
    Array.from({ length: row.length / width }, (_, s) => whole.subarray(s * width, (s + 1) * width));
  timesTransposed(parts(row), matrix, parts(result));
  return result;
}
