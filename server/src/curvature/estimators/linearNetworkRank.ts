/**
 * Upper bound of the rank of H for a chain of linear layers without biases (Singh, Bachmann and Hofmann 2021, "Analytic Insights into Structure and Rank of
 * Neural Network Hessian Maps"). With input of rank r, hidden widths Mᵢ summing to M, K outputs, L layers, s = min(r, K) and
 * q = min(r, Mᵢ, K):
 *     rank of the Gauss–Newton part   ≤ q(r + K − q)
 *     rank of the rest                ≤ 2qM + 2qs − Lq²
 * and the rank of a sum is at most the sum of the ranks. Neither grows faster than the widths, where parameters grow as their squares.
 */
export interface LinearNetworkRank {
  readonly gaussNewton: number;
  readonly hessian: number;
}

/** `widths`: input, hidden layers, output, of at least one layer; `inputRank`: of the matrix of inputs. */
export function linearNetworkRank(widths: readonly number[], inputRank: number): LinearNetworkRank {
  const hidden = widths.slice(1, -1);
  const outputs = widths.at(-1) as number;
  const layers = widths.length - 1;
  const narrowest = Math.min(inputRank, outputs, ...hidden);
  const gaussNewton = narrowest * (inputRank + outputs - narrowest);
  const units = hidden.reduce((sum, width) => sum + width, 0);
  // A single layer has no second derivative of its own.
  const rest =
    layers === 1 ? 0 : 2 * narrowest * units + 2 * narrowest * Math.min(inputRank, outputs) - layers * narrowest ** 2;
  const parameters = widths.slice(1).reduce((sum, width, l) => sum + width * (widths[l] as number), 0);
  return { gaussNewton: Math.min(parameters, gaussNewton), hessian: Math.min(parameters, gaussNewton + rest) };
}
