/**
 * Variance of the gradient between samples, and the batch sizes it implies (McCandlish, Kaplan, Amodei et al. 2018, "An Empirical Model of
 * Large-Batch Training", sections 2.2 and A.1). C = cov(gᵢ):
 *     tr C        = (Σ‖gᵢ‖² − N‖ḡ‖²)/(N − 1)
 *     ‖g‖²        = ‖ḡ‖² − tr C/N                      without the bias that the noise of ḡ adds
 *     B_simple    = tr C/‖g‖²
 */
import type { Random } from '../random';
import { jackknifeCovariance } from '../statistics/jackknife';
import { jackknifeLimits, LOGARITHM, type Limited } from '../statistics/jackknifeLimits';
import { NORMAL95 } from '../statistics/studentT';

export interface NoiseInput {
  /** ‖gᵢ‖² per sample. */
  readonly squares: ArrayLike<number>;
  /** gᵢ·ḡ per sample. */
  readonly projections: ArrayLike<number>;
}

/** Two-sided 95 % limits; `high` null: no upper limit. */
export interface Limits {
  readonly low: number;
  readonly high: number | null;
}

export interface GradientNoise {
  /** tr C */
  readonly variance: number;
  /** Unbiased ‖g‖²; may come out negative where the gradient is lost in noise. */
  readonly signal: number;
  readonly signalError: number;
  /** tr C/‖g‖², undefined where ‖g‖² is not above zero. */
  readonly noiseScale: number | undefined;
  readonly noiseScaleLimits: Limits;
}

interface Moments {
  readonly variance: number;
  readonly signal: number;
}

/** tr C and unbiased ‖g‖² from n samples with mean squared norm `meanSquare` and squared norm of the mean `squareMean`. */
function moments(n: number, meanSquare: number, squareMean: number): Moments {
  const variance = (n / (n - 1)) * (meanSquare - squareMean);
  return { variance, signal: squareMean - variance / n };
}

/** Throws `RangeError` for fewer than three samples. */
export function gradientNoise(input: NoiseInput): GradientNoise {
  const { whole, left } = withAndWithout(input);
  const variances = left.map(({ variance }) => variance);
  const signals = left.map(({ signal }) => signal);
  const vv = jackknifeCovariance(variances, variances);
  const ss = jackknifeCovariance(signals, signals);
  const vs = jackknifeCovariance(variances, signals);
  return {
    variance: whole.variance,
    signal: whole.signal,
    signalError: NORMAL95 * Math.sqrt(ss),
    noiseScale: whole.signal > 0 ? whole.variance / whole.signal : undefined,
    noiseScaleLimits: ratioLimits(whole.variance, whole.signal, vv, ss, vs),
  };
}

/** tr C with its 95 % limits. Throws `RangeError` for fewer than three samples. */
export function varianceLimits(input: NoiseInput, random: Random): Limited {
  const { whole, left } = withAndWithout(input);
  return jackknifeLimits(whole.variance, left.length, (i) => left[i]?.variance ?? NaN, LOGARITHM, random);
}

/** Of all samples, and without each. */
function withAndWithout({ squares, projections }: NoiseInput): {
  readonly whole: Moments;
  readonly left: readonly Moments[];
} {
  const n = squares.length;
  if (n < 3) throw new RangeError(`the variance of the gradient needs at least 3 samples, not ${n}`);
  let [sumSquares, squareMean] = [0, 0];
  for (let i = 0; i < n; i++) {
    sumSquares += squares[i] as number;
    squareMean += (projections[i] as number) / n;
  }
  const whole = moments(n, sumSquares / n, squareMean);
  // Without sample i: ‖ḡ₋ᵢ‖² = (n²‖ḡ‖² − 2n gᵢ·ḡ + ‖gᵢ‖²)/(n − 1)².
  const left = Array.from({ length: n }, (_, i) => {
    const [square, projection] = [squares[i] as number, projections[i] as number];
    const squareMeanLeft = (n * n * squareMean - 2 * n * projection + square) / (n - 1) ** 2;
    return moments(n - 1, (sumSquares - square) / (n - 1), squareMeanLeft);
  });
  return { whole, left };
}

/**
 * Fieller's 95 % limits of a ratio a/b of estimates with the given (co)variances: all r with (a − rb)² ≤ z²·Var(a − rb). Where b is not clearly above zero
 * there is no upper limit. Both a and b are known to be positive.
 */
export function ratioLimits(a: number, b: number, varA: number, varB: number, covariance: number): Limits {
  const z2 = NORMAL95 ** 2;
  // (b² − z²V_b)r² − 2(ab − z²C)r + (a² − z²V_a) ≤ 0
  const quadratic = b * b - z2 * varB;
  const linear = a * b - z2 * covariance;
  const constant = a * a - z2 * varA;
  const discriminant = linear * linear - quadratic * constant;
  if (quadratic > 0 && b > 0) {
    const root = Math.sqrt(Math.max(0, discriminant));
    return { low: Math.max(0, (linear - root) / quadratic), high: Math.max(0, (linear + root) / quadratic) };
  }
  // Where neither a nor b is clearly above zero, small ratios are as likely as large ones.
  if (quadratic === 0 || discriminant <= 0 || constant <= 0) return { low: 0, high: null };
  // The set is the outside of an interval; the part that positive values can reach has no end.
  const roots = [(linear - Math.sqrt(discriminant)) / quadratic, (linear + Math.sqrt(discriminant)) / quadratic];
  return { low: Math.max(0, Math.max(...roots)), high: null };
}
