import type { Vector } from './vector';
import { addCombination, dots, norm } from './vector';

/** Share of its length below which a vector has lost so much that the error of taking it away shows in what is left. */
const MUCH = Math.SQRT1_2;

/**
 * Removes from `vector`, in place, its components in the span of the orthonormal `basis`, and returns their coefficients. Once leaves an error of the
 * size of what was removed, so it is done twice where that was much, which is enough (Daniel, Gragg, Kaufman, Stewart 1976, "Reorthogonalization and
 * stable algorithms for updating the Gram–Schmidt QR factorization"; Giraud, Langou, Rozložník 2005, "The loss of orthogonality in the Gram–Schmidt
 * orthogonalization process").
 */
export function orthogonalise(vector: Float64Array, basis: readonly Vector[]): Float64Array {
  const coefficients = new Float64Array(basis.length);
  const before = norm(vector);
  removeOnce(vector, basis, coefficients);
  if (norm(vector) < MUCH * before) removeOnce(vector, basis, coefficients);
  return coefficients;
}

function removeOnce(vector: Float64Array, basis: readonly Vector[], coefficients: Float64Array): void {
  const along = dots(basis, vector);
  along.forEach((c, k) => (coefficients[k] = (coefficients[k] ?? 0) + c));
  addCombination(
    vector,
    along.map((c) => -c),
    basis,
  );
}

/** Scales to length 1 in place and returns the length it had; a zero vector stays as it is. */
export function normalise(vector: Float64Array): number {
  const length = norm(vector);
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) / length;
  return length;
}
