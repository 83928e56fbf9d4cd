/**
 * Spectra of G and of the tangent kernel through the (N·C) × (N·C) Gram matrix of the outputs' gradients. The eigenvalues of AᵀA and AAᵀ differ in zeros only, so with
 * Sᵢ = ∂²ℓᵢ/∂f² = QDQᵀ the matrix G = (1/N) Σ JᵢᵀSᵢJᵢ has those of the Gram matrix of the rows √(D/N)·QᵀJᵢ, and the tangent kernel is JJᵀ itself (Jacot, Gabriel
 * and Hongler 2018; the same identity gives exact Gauss–Newton steps when N·C ≪ p).
 */
import { symmetricTimesTransposed } from '../linearAlgebra/matrixProduct';
import { symmetricEigen } from '../linearAlgebra/symmetric';
import type { OutputJacobian } from '../operators/outputJacobians';

export interface GramSpectra {
  /** Eigenvalues of G that are not zero by counting, ascending; at most min(N·C, p). Undefined where ℓ is not convex in the output. */
  readonly gaussNewton: Float64Array | undefined;
  /** Eigenvalues of JJᵀ/N, ascending, N·C of them. */
  readonly kernel: Float64Array;
}

/** Negative curvature of the loss in its output below this share of the largest is rounding. */
const NEGLIGIBLE = 1e-5;

export function gramSpectra(jacobians: readonly OutputJacobian[]): GramSpectra {
  const n = jacobians.length;
  const rows = jacobians.flatMap((each) => each.rows);
  const kernel = symmetricTimesTransposed(rows, rows).map((row) => row.map((value) => value / n));
  const factors = jacobians.map(({ lossCurvature }) => rootOf(lossCurvature));
  const { values } = symmetricEigen(kernel, false);
  return { gaussNewton: factors.includes(undefined) ? undefined : weighted(kernel, factors), kernel: values };
}

/** Rows √d·qᵀ of a symmetric matrix; undefined where it has clearly negative eigenvalues. */
function rootOf(matrix: readonly Float64Array[]): Float64Array[] | undefined {
  const { values, vectors } = symmetricEigen(
    matrix.map((row, i) => row.map((entry, j) => (entry + (matrix[j]?.[i] ?? 0)) / 2)),
  );
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if ((values[0] ?? 0) < -NEGLIGIBLE * largest) return undefined;
  return vectors.map((vector, k) => vector.map((entry) => entry * Math.sqrt(Math.max(0, values[k] as number))));
}

/** Eigenvalues of RKRᵀ, R block-diagonal with the factors of every sample. */
function weighted(
  kernel: readonly Float64Array[],
  factors: readonly (readonly Float64Array[] | undefined)[],
): Float64Array {
  const left = blockTimes(factors, kernel);
  const transposed = left.map((_, j) => Float64Array.from(left, (row) => row[j] as number));
  return symmetricEigen(blockTimes(factors, transposed), false).values;
}

function blockTimes(
  factors: readonly (readonly Float64Array[] | undefined)[],
  matrix: readonly Float64Array[],
): Float64Array[] {
  let start = 0;
  return factors.flatMap((factor = []) => {
    const rows = factor.map((weights) => {
      const row = new Float64Array(matrix.length);
      weights.forEach((weight, c) => {
        const source = matrix[start + c] as Float64Array;
        for (let j = 0; j < row.length; j++) row[j] = (row[j] as number) + weight * (source[j] as number);
      });
      return row;
    });
    start += factor.length;
    return rows;
  });
}
