/** What λmax may be at the code's learning rate, and what the learning rate may become at other batch sizes. */
import { isComputed, valueOf } from '../../../server/src/curvature/quantity';
import type { Interval, Quantity } from '../../../server/src/curvature/quantity';
import type { AnalysisResult } from '../../../server/src/curvature/result';

export type LambdaLimit = { readonly value: number } | { readonly notComputed: string };

/**
 * λ at which the margin η(λ + ω)/s would be 1. The stable product s and the weight decay ω follow from the results: limits of gradient
 * descent are 2/(λ + ω), the margin is η(λ + ω)/s.
 */
export function lambdaLimit({ stability, quantities }: AnalysisResult): LambdaLimit {
  const { learningRate, margin, limits } = stability;
  if (!isComputed(margin)) return { notComputed: margin.notComputed };
  if (valueOf(quantities['B2.preconditionedSharpness']) !== undefined)
    return { notComputed: 'an adaptive optimizer has a limit of its preconditioned curvature instead (B2)' };
  const sharpness = valueOf(quantities['B1.sharpness']);
  const descent = valueOf(limits.gradientDescent);
  if (learningRate === null) return { notComputed: 'the learning rate was not found in the training code' };
  if (sharpness === undefined || descent === undefined || !(margin.value > 0))
    return { notComputed: 'no direction is curved upwards' };
  const curvature = 2 / descent;
  const weightDecay = curvature - sharpness;
  return { value: curvature / margin.value - weightDecay };
}

/**
 * Share of the progress of a full-gradient step that a step with `batch` samples makes, both with their best learning
 * rate: 1/(1 + B_noise/B) (McCandlish et al. 2018, eq. 2.7). It falls with B_noise, so the ends of the interval change places.
 */
export function stepEfficiency(
  batch: number,
  noiseScale: Quantity,
): { value: number; low: number; high: number } | null {
  if (!isComputed(noiseScale)) return null;
  const at = (scale: number | null): number => (scale === null ? 0 : 1 / (1 + Math.max(0, scale) / batch));
  const { low, high } = noiseScale.interval;
  return { value: at(noiseScale.value), low: at(high), high: at(low ?? 0) };
}

export interface Bounds {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * Learning rate that keeps the ratio to the best one-step learning rate when the batch goes from `from` to `to`:
 * η·(1 + B_noise/from)/(1 + B_noise/to) (eq. 2.7 there). Monotone in B_noise, so its interval maps to an interval; an unbounded one has
 * the limit η·to/from.
 */
export function equivalentLearningRate(
  learningRate: number,
  from: number,
  to: number,
  noiseScale: Quantity,
): Bounds | null {
  if (!isComputed(noiseScale)) return null;
  const at = (scale: number | null): number => {
    if (scale === null) return (learningRate * to) / from;
    const noise = Math.max(0, scale);
    return (learningRate * (1 + noise / from)) / (1 + noise / to);
  };
  const ends = [at(noiseScale.interval.low ?? 0), at(noiseScale.interval.high)];
  return { value: at(noiseScale.value), low: Math.min(...ends), high: Math.max(...ends) };
}

export type StabilityVerdict = 'stable' | 'unstable' | 'undecided';

/** A learning rate, itself with bounds, against a limit's interval. An open upper end of the limit is never passed. */
export function verdictFor(low: number, high: number, limit: Pick<Interval, 'low' | 'high'>): StabilityVerdict {
  if (limit.low !== null && high < limit.low) return 'stable';
  if (limit.high !== null && low > limit.high) return 'unstable';
  return 'undecided';
}
