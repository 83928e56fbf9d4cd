import type { Vector } from './vector';
import { addScaled, dot, norm } from './vector';

/**
 * Removes from `vector`, in place, its components in the span of the orthonormal `basis`, and returns their coefficients. Done
 * twice: once leaves an error of the size of what was removed, twice is enough (Giraud, Langou, Rozložník 2005,
 * "The loss of orthogonality in the Gram–Schmidt orthogonalization process").
 */
export function orthogonalise(vector: Float64Array, basis: readonly Vector[]): Float64Array {
  const coefficients = new Float64Array(basis.length);
  for (let pass = 0; pass < 2; pass++)
    basis.forEach((q, k) => {
      const c = dot(q, vector);
      addScaled(vector, -c, q);
      coefficients[k] = (coefficients[k] ?? 0) + c;
    });
  return coefficients;
}

/** Scales to length 1 in place and returns the length it had; a zero vector stays as it is. */
export function normalise(vector: Float64Array): number {
  const length = norm(vector);
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) / length;
  return length;
}
