/**
 * What sampling with probability ∝ ‖gᵢ‖ would leave of the gradient's variance (Zhao and Zhang 2015; Katharopoulos and Fleuret 2018). Uniform: mean‖gᵢ‖² − ‖ḡ‖²; with the best
 * probabilities: (mean‖gᵢ‖)² − ‖ḡ‖².
 */
import type { Random } from '../random';
import { jackknifeLimits, LOGIT, type Limited } from '../statistics/jackknifeLimits';
import { meanSquareWithout, type SampleNorms } from './sampleNorms';

/** Share of the variance left, 0 … 1, with its interval over the choice of samples; NaN where there is no variance. */
export function importanceGain(norms: SampleNorms, random: Random): Limited {
  const { squares, meanSquare } = norms;
  const n = squares.length;
  const [squareSum, normSum] = squares.reduce<[number, number]>(
    ([first, second], square) => [first + square, second + Math.sqrt(square)],
    [0, 0],
  );
  const ratio = (count: number, sumOfSquares: number, sumOfNorms: number, centre: number): number =>
    Math.max(0, (sumOfNorms / count) ** 2 - centre) / (sumOfSquares / count - centre);
  const without = (i: number): number => {
    const square = squares[i] as number;
    return ratio(n - 1, squareSum - square, normSum - Math.sqrt(square), meanSquareWithout(norms, i));
  };
  return jackknifeLimits(ratio(n, squareSum, normSum, meanSquare), n, without, LOGIT, random);
}

export interface Dominance {
  /** Samples by falling ‖gᵢ‖. */
  readonly order: readonly number[];
  /** Fewest samples that hold half of Σ‖gᵢ‖². */
  readonly forHalf: number;
  /** Share of Σ‖gᵢ‖² of every sample. */
  readonly shares: Float64Array;
}

export function dominance({ squares }: Pick<SampleNorms, 'squares'>): Dominance {
  const total = squares.reduce((sum, square) => sum + square, 0);
  const shares = squares.map((square) => square / total);
  const order = [...squares.keys()].sort((a, b) => (squares[b] as number) - (squares[a] as number));
  let [held, forHalf] = [0, 0];
  while (held < 0.5 && forHalf < order.length) held += shares[order[forHalf++] as number] as number;
  return { order, forHalf, shares };
}
