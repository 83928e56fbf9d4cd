import type { LinearOperator } from '../linearAlgebra/linearOperator';
import { normalise, orthogonalise } from '../linearAlgebra/orthogonalise';

/** An orthonormal basis of (most of) the range of an operator, and the operator's products with it. */
export interface Sketch {
  readonly vectors: readonly Float64Array[];
  readonly products: readonly Float64Array[];
}

/** Orthonormalises `directions` (dropping dependent ones) and multiplies them. */
export async function makeSketch(operator: LinearOperator, directions: readonly Float64Array[]): Promise<Sketch> {
  const vectors: Float64Array[] = [];
  for (const direction of directions) {
    const vector = direction.slice();
    normalise(vector);
    orthogonalise(vector, vectors);
    if (normalise(vector) > 1e-6) vectors.push(vector);
  }
  return { vectors, products: await operator.applyBlock(vectors) };
}
