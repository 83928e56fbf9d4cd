import { normalise, orthogonalise } from '../linearAlgebra/orthogonalise';
import type { Random } from '../random';

/** Orthonormal vectors, and random ones behind them, that are a basis of the whole space. */
export function completedBasis(vectors: readonly Float64Array[], size: number, random: Random): Float64Array[] {
  const basis = [...vectors];
  while (basis.length < size) {
    const direction = random.gaussianVector(size);
    orthogonalise(direction, basis);
    if (normalise(direction) > 1e-8) basis.push(direction);
  }
  return basis;
}
