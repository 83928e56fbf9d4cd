/**
 * Upper bound of the rank of H for a chain of linear layers without biases, after Singh, Bachmann and Hofmann 2021, "Analytic Insights into Structure and Rank of Neural Network Hessian Maps". Sizes n₀ = r, the
 * rank of the inputs, then the hidden widths, then n_L = K; q is the least of them:
 *     rank of the Gauss–Newton part ≤ q(r + K − q)
 *     rank of H                     ≤ Σ_l q(n_l + n_{l−1} − q)
 * The gradient in the weight of layer l is a product of matrices that passes through every size, so its rank is q at most, wherever the weights are; along any change of them it moves
 * in the tangent space of matrices of that rank, which has q(n_l + n_{l−1} − q) dimensions. Widths enter linearly, where parameters grow as their squares.
 */
export interface LinearNetworkRank {
  readonly gaussNewton: number;
  readonly hessian: number;
}

/** `widths`: input, hidden layers, output, of at least one layer; `inputRank`: of the matrix of inputs. */
export function linearNetworkRank(widths: readonly number[], inputRank: number): LinearNetworkRank {
  const sizes = [inputRank, ...widths.slice(1)];
  const outputs = sizes.at(-1) as number;
  const narrowest = Math.min(...sizes);
  return {
    gaussNewton: narrowest * (inputRank + outputs - narrowest),
    hessian: sizes.slice(1).reduce((sum, size, l) => sum + tangentRank(size, sizes[l] as number, narrowest), 0),
  };
}

/** Dimensions of the tangent space of the matrices [rows, columns] of rank `rank`, which is no larger than both. */
export const tangentRank = (rows: number, columns: number, rank: number): number => rank * (rows + columns - rank);
