import { normalise, orthogonalise } from '../linearAlgebra/orthogonalise';
import { addCombination, scaled } from '../linearAlgebra/vector';

/** A vector and an operator's product with it. */
export interface Image {
  readonly vector: Float64Array;
  readonly product: Float64Array;
}

/** An orthonormal basis of (most of) the range of an operator, and the operator's products with it. */
export interface Sketch {
  readonly vectors: readonly Float64Array[];
  readonly products: readonly Float64Array[];
}

export const emptySketch: Sketch = { vectors: [], products: [] };

/** Of vectors of length 1 less of which is new than this, the rounding would be most of what is left. */
const LEAST_NEW = 0.1;

/** Orthonormalises vectors (dropping dependent ones) and, since the operator is linear, their products with them. */
export function orthonormalSketch(images: Iterable<Image>): Sketch {
  const vectors: Float64Array[] = [];
  const products: Float64Array[] = [];
  for (const image of images) {
    const vector = image.vector.slice();
    const length = normalise(vector);
    if (length === 0) continue;
    const product = scaled(image.product, 1 / length);
    const removed = orthogonalise(vector, vectors);
    addCombination(
      product,
      removed.map((c) => -c),
      products,
    );
    const left = normalise(vector);
    if (left < LEAST_NEW) continue;
    vectors.push(vector);
    products.push(scaled(product, 1 / left));
  }
  return { vectors, products };
}
