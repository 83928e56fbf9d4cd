/** How well predictions rank the measured changes of the loss. */
import { notComputed, withInterval } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { Problem } from '../problem';
import type { Quantity } from '../quantity';
import type { Random } from '../random';
import { mean, quantile } from '../statistics/moments';
import { rankCorrelation } from '../statistics/rankCorrelation';
import type { LossChange } from './lossChanges';

/** Spearman's ρ; NaN where there are too few changes, all are equal, or one is no number. */
export interface Rank {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Changes ranked. */
  readonly count: number;
}

const FEWEST = 3;
const RESAMPLES = 400;

/** With the interval that resampling the samples behind the measured changes gives. */
export function rankOf(predicted: readonly number[], measured: readonly LossChange[], random: Random): Rank {
  const count = measured.length;
  const unknown = { low: -1, high: 1, count };
  if (count < FEWEST) return { value: NaN, ...unknown };
  const means = measured.map((changes) => mean(changes));
  if (![...predicted, ...means].every(Number.isFinite)) return { value: NaN, ...unknown };
  const value = rankCorrelation(predicted, means);
  const samples = measured[0]?.length ?? 0;
  if (samples < 2) return { value, ...unknown };
  const resampled = Float64Array.from({ length: RESAMPLES }, () => {
    const picks = Int32Array.from({ length: samples }, () => random.integer(samples));
    const sums = measured.map((changes) => picks.reduce((sum, i) => sum + (changes[i] ?? 0), 0));
    return rankCorrelation(predicted, sums);
  })
    .filter(Number.isFinite)
    .sort();
  if (resampled.length === 0) return { value, ...unknown };
  return {
    value,
    low: Math.min(value, quantile(resampled, 0.025)),
    high: Math.max(value, quantile(resampled, 0.975)),
    count,
  };
}

export const rankQuantity = (
  id: QuantityId,
  rank: Rank | undefined,
  predictor: string,
  { sampleCount }: Problem,
): Quantity =>
  rank === undefined || !Number.isFinite(rank.value)
    ? notComputed(
        id,
        `${rank?.count ?? 0} weight tensors are too few to rank (${FEWEST} at least), or all changes are equal or one is no number`,
      )
    : withInterval(
        id,
        rank.value,
        { low: rank.low, high: rank.high, estimator: 0, sampling: (rank.high - rank.low) / 2 },
        { method: `${rank.count} weight tensors, ${predictor}` },
        { hvps: rank.count, samples: sampleCount },
      );
