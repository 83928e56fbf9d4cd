import { RISE } from '../curvature/estimators/trainingRun';
import { valueOf } from '../curvature/quantity';
import type { AnalysisResult } from '../curvature/result';

/** What a trial run at the script's learning rate showed (B10); undefined without one. */
export interface TrialOutcome {
  readonly diverged: boolean;
  /** A sentence for a finding. */
  readonly text: string;
}

export function trialOf({ quantities, loss }: Pick<AnalysisResult, 'quantities' | 'loss'>): TrialOutcome | undefined {
  const rise = valueOf(quantities['B10.rise']);
  if (rise === undefined) return undefined;
  const diverged = rise > RISE;
  const peak = Number(((1 + rise) * loss.value).toPrecision(3));
  return {
    diverged,
    text: diverged
      ? `Measured: in a trial of 50 steps from here the loss rises from ${Number(loss.value.toPrecision(3))} to ${peak} or more.`
      : `In a trial of 50 steps from here the loss did not rise by more than ${Math.round(100 * RISE)} %: training leaves the sharp place by itself, or hovers at it.`,
  };
}
