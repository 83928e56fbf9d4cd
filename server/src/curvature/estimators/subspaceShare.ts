/**
 * Shares of ‖ḡ‖² and of tr C inside the span of orthonormal directions (Gur-Ari, Roberts and Dyer 2018): Σₖ(ḡ·uₖ)²/‖ḡ‖² and Σₖ Var(gᵢ·uₖ)/tr C. Their intervals are about the distribution of the samples, whose
 * gradient is known up to noise: that of ‖g‖² is Fieller's for the ratio of estimates without the bias that the noise adds to squares.
 */
import type { Random } from '../random';
import { jackknifeCovariance } from '../statistics/jackknife';
import { jackknifeLimits, LOGIT, type Limited } from '../statistics/jackknifeLimits';
import { mean, variance } from '../statistics/moments';
import { ratioLimits } from './gradientNoise';
import { meanSquareWithout, type SampleNorms } from './sampleNorms';

export interface SubspaceShares {
  readonly gradient: Limited;
  readonly variance: Limited;
}

/** Squares of the mean gradient and traces of the covariance, inside the span and in the whole space. */
interface Moments {
  readonly inside: number;
  readonly whole: number;
  readonly varianceInside: number;
  readonly variance: number;
}

/** `slopes[k][i]` = gᵢ·uₖ. */
export function subspaceShares(slopes: readonly Float64Array[], norms: SampleNorms, random: Random): SubspaceShares {
  const n = norms.squares.length;
  const found = momentsOf(slopes, norms);
  const left = leftOut(slopes, norms);
  // All of it where the directions span the gradients, but for rounding.
  const share = ({ varianceInside, variance: all }: Moments): number => Math.min(1, varianceInside / all);
  return {
    gradient: gradientShare(found, left),
    variance: jackknifeLimits(share(found), n, (i) => share(left[i] as Moments), LOGIT, random),
  };
}

function momentsOf(slopes: readonly Float64Array[], { squares, meanSquare }: SampleNorms): Moments {
  const n = squares.length;
  return {
    inside: slopes.reduce((sum, slope) => sum + mean(slope) ** 2, 0),
    whole: meanSquare,
    varianceInside: slopes.reduce((sum, slope) => sum + variance(slope), 0),
    variance: (n / (n - 1)) * (mean(squares) - meanSquare),
  };
}

/** The same without each sample. */
function leftOut(slopes: readonly Float64Array[], norms: SampleNorms): Moments[] {
  const { squares } = norms;
  const n = squares.length;
  const centres = slopes.map((slope) => mean(slope));
  const spreads = slopes.map((slope) => variance(slope));
  const sum = squares.reduce((total, square) => total + square, 0);
  return Array.from(squares, (square, i) => {
    let [inside, varianceInside] = [0, 0];
    slopes.forEach((slope, k) => {
      const [own, centre] = [slope[i] as number, centres[k] as number];
      const without = (n * centre - own) / (n - 1);
      inside += without * without;
      // Σ(x − x̄)² loses (x − x̄)(x − x̄₋ᵢ).
      varianceInside += ((n - 1) * (spreads[k] as number) - (own - centre) * (own - without)) / (n - 2);
    });
    const whole = meanSquareWithout(norms, i);
    return { inside, whole, varianceInside, variance: ((n - 1) / (n - 2)) * ((sum - square) / (n - 1) - whole) };
  });
}

function gradientShare(found: Moments, left: readonly Moments[]): Limited {
  const n = left.length;
  const signal = ({ inside, whole, varianceInside, variance: all }: Moments, count: number): [number, number] => [
    inside - varianceInside / count,
    whole - all / count,
  ];
  const [a, b] = signal(found, n);
  const [as, bs] = [0, 1].map((part) => left.map((each) => signal(each, n - 1)[part] as number)) as [
    number[],
    number[],
  ];
  const { low, high } = ratioLimits(
    a,
    b,
    jackknifeCovariance(as, as),
    jackknifeCovariance(bs, bs),
    jackknifeCovariance(as, bs),
  );
  const value = found.inside / found.whole;
  return { value, low: Math.min(value, low), high: Math.max(value, Math.min(1, high ?? 1)) };
}
