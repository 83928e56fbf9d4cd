import type { LinearOperator } from '../linearAlgebra/linearOperator';
import type { PerSample } from './perSample';

/**
 * Σ wᵢ·gᵢgᵢᵀ as an operator, gᵢ the gradient of sample i: wᵢ = 1/N gives the empirical Fisher matrix. A product is one forward derivative of every sample's loss and one weighted
 * gradient; no gradient of a sample is stored.
 */
export function outerProducts(
  perSample: Pick<PerSample, 'directional' | 'weightedGradients'>,
  weights: Float64Array,
  shape: Pick<LinearOperator, 'size' | 'blockSize' | 'roundoff'>,
): LinearOperator {
  let applications = 0;
  return {
    size: shape.size,
    blockSize: shape.blockSize,
    roundoff: shape.roundoff,
    get applications() {
      return applications;
    },
    applyBlock: async (vectors) => {
      applications += vectors.length;
      const slopes = await perSample.directional(vectors);
      return perSample.weightedGradients(
        slopes.map((slope) => slope.map((value, i) => value * (weights[i] as number))),
      );
    },
  };
}
