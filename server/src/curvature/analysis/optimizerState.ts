import type { AnalysisOptions } from './options';

/** What the optimizer of a checkpoint remembers, as far as all trained parameters have it. */
export interface FoundOptimizerState {
  /** In the order of θ, under PyTorch's names: exp_avg, exp_avg_sq, square_avg, sum, momentum_buffer, … */
  readonly moments: ReadonlyMap<string, Float64Array>;
  /** Steps taken; null where the optimizer does not count them. */
  readonly step: number | null;
  /** Of the first parameter group, before a scheduler changed it; null where it has none. */
  readonly learningRate: number | null;
}

/** Steps that the optimizer has taken at this checkpoint; Infinity where nothing says so. */
export const stepsTaken = ({
  optimizerState,
  provenance,
}: Pick<AnalysisOptions, 'optimizerState' | 'provenance'>): number =>
  optimizerState?.step ?? provenance.step ?? Infinity;
