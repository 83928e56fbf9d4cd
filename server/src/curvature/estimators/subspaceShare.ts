/**
 * Shares of ‖ḡ‖² and of tr C inside the span of orthonormal directions (Gur-Ari, Roberts and Dyer 2018): Σₖ(ḡ·uₖ)²/‖ḡ‖² and Σₖ Var(gᵢ·uₖ)/tr C, with intervals by the jackknife over
 * samples.
 */
import { jackknifeHalfWidth } from '../statistics/jackknife';
import { mean, variance } from '../statistics/moments';
import type { Probed } from './hutchPlusPlus';
import { meanSquareWithout, type SampleNorms } from './sampleNorms';

export interface SubspaceShares {
  readonly gradient: Probed;
  readonly variance: Probed;
}

/** `slopes[k][i]` = gᵢ·uₖ. */
export function subspaceShares(slopes: readonly Float64Array[], norms: SampleNorms): SubspaceShares {
  const { squares, meanSquare } = norms;
  const n = squares.length;
  const means = slopes.map((slope) => mean(slope));
  const variances = slopes.map((slope) => variance(slope));
  const squareSum = squares.reduce((sum, square) => sum + square, 0);
  const total = (count: number, sum: number, centre: number): number => (count / (count - 1)) * (sum / count - centre);
  const inside = means.reduce((sum, value) => sum + value * value, 0);
  const spread = variances.reduce((sum, value) => sum + value, 0);
  const without = (i: number): { mean: number; variance: number } => {
    const parts = slopes.map((slope, k) => {
      const own = slope[i] as number;
      const left = (n * (means[k] as number) - own) / (n - 1);
      // Σ(x − x̄)² loses (x − x̄)(x − x̄₋ᵢ).
      const deviations = (n - 1) * (variances[k] as number) - (own - (means[k] as number)) * (own - left);
      return { mean: left * left, variance: deviations / (n - 2) };
    });
    return {
      mean: parts.reduce((sum, part) => sum + part.mean, 0),
      variance: parts.reduce((sum, part) => sum + part.variance, 0),
    };
  };
  return {
    gradient: {
      value: inside / meanSquare,
      halfWidth: jackknifeHalfWidth(n, (i) => without(i).mean / meanSquareWithout(norms, i)),
    },
    variance: {
      value: spread / total(n, squareSum, meanSquare),
      halfWidth: jackknifeHalfWidth(
        n,
        (i) => without(i).variance / total(n - 1, squareSum - (squares[i] as number), meanSquareWithout(norms, i)),
      ),
    },
  };
}
