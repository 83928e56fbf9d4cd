/** The second moment of the gradient that an adaptive optimizer divides by: as its checkpoint has it, or as it would become here. */
import type { FoundOptimizerState } from '../analysis/optimizerState';
import type { AdaptiveMoments, AdaptiveSettings } from './adaptiveStability';

/** From the optimizer's own state; undefined where it holds none of this optimizer. */
export function momentsOfState(settings: AdaptiveSettings, state: FoundOptimizerState): AdaptiveMoments | undefined {
  const { moments } = state;
  const step = state.step ?? Infinity;
  if (settings.rule === 'Adam') {
    const largest = settings.amsgrad ? moments.get('max_exp_avg_sq') : undefined;
    const second = largest ?? moments.get('exp_avg_sq');
    return second === undefined ? undefined : { second, step };
  }
  if (settings.rule === 'Adagrad') {
    const second = moments.get('sum');
    return second === undefined ? undefined : { second, step };
  }
  const second = moments.get('square_avg');
  const mean = settings.centered ? moments.get('grad_avg') : undefined;
  return second === undefined ? undefined : { second, step, ...(mean === undefined ? {} : { mean }) };
}

export interface GradientMoments {
  /** g + ωθ where weight decay ω acts through the gradient. */
  readonly mean: Float64Array;
  /** The variance of a batch's gradient: C/B for every parameter; null: the full gradient is used. */
  readonly variance: Float64Array | null;
}

/**
 * What the optimizer's average of squared gradients tends to when the weights stand still: E[g_B²]. Undefined for Adagrad, whose sum never stands still, without
 * the number of steps.
 */
export function stationaryMoments(
  settings: AdaptiveSettings,
  { mean, variance }: GradientMoments,
  steps: number,
): AdaptiveMoments | undefined {
  const second = mean.map((g, i) => g * g + (variance?.[i] ?? 0));
  if (settings.rule === 'RMSprop' && settings.centered) return { second, mean, step: Infinity };
  if (settings.rule !== 'Adagrad') return { second, step: Infinity };
  if (!Number.isFinite(steps)) return undefined;
  const { initialAccumulator } = settings;
  return { second: second.map((square) => initialAccumulator + steps * square), step: steps };
}

/** C/B from mean squares over N samples: (N/(N − 1))·(E[gᵢ²] − g²)/B, never below 0. */
export function batchVariance(
  squares: Float64Array,
  gradient: Float64Array,
  samples: number,
  batchSize: number,
): Float64Array {
  const factor = samples / Math.max(1, samples - 1) / batchSize;
  return squares.map((square, i) => factor * Math.max(0, square - (gradient[i] as number) ** 2));
}
