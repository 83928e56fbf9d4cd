/** Two analyses against each other: which quantities differ by more than their errors. */
import { isComputed } from '../../../server/src/curvature/quantity';
import type { Estimate, Quantity } from '../../../server/src/curvature/quantity';
import type { AnalysisResult } from '../../../server/src/curvature/result';

export type Verdict = 'larger' | 'smaller' | 'within their errors' | 'sampling error not known' | 'not comparable';

export interface Difference {
  readonly id: string;
  readonly unit: string;
  readonly first: Quantity;
  readonly second: Quantity;
  /** second − first. */
  readonly difference: number | null;
  /** Null: unbounded. */
  readonly low: number | null;
  readonly high: number | null;
  /** second/first; null where it says nothing (a zero, or different signs). */
  readonly ratio: number | null;
  readonly verdict: Verdict;
}

/**
 * The difference of two estimates with independent errors; lengths of their intervals add in squares on each side (the MOVER rule, as
 * for a quantity's own two errors). Errors that are shared, as of the same samples, make this interval too wide, never too narrow where
 * they are positively related.
 */
export function difference(first: Estimate, second: Estimate): Pick<Difference, 'difference' | 'low' | 'high'> {
  const length = (from: number | null, to: number | null): number | null =>
    from === null || to === null ? null : Math.max(0, to - from);
  const joined = (one: number | null, other: number | null): number | null =>
    one === null || other === null ? null : Math.hypot(one, other);
  const value = second.value - first.value;
  const below = joined(length(second.interval.low, second.value), length(first.value, first.interval.high));
  const above = joined(length(second.value, second.interval.high), length(first.interval.low, first.value));
  return {
    difference: value,
    low: below === null ? null : value - below,
    high: above === null ? null : value + above,
  };
}

function compareQuantities(id: string, first: Quantity, second: Quantity, sameSamples: boolean): Difference {
  if (!isComputed(first) || !isComputed(second)) {
    const unit = isComputed(first) ? first.unit : isComputed(second) ? second.unit : '';
    return { id, unit, first, second, difference: null, low: null, high: null, ratio: null, verdict: 'not comparable' };
  }
  const found = difference(first, second);
  const { low, high } = found;
  // On other samples, a difference beyond the errors of the estimates may be nothing but the samples.
  const known = sameSamples || (first.interval.sampling !== null && second.interval.sampling !== null);
  const beyond = low !== null && low > 0 ? 'larger' : high !== null && high < 0 ? 'smaller' : undefined;
  const verdict: Verdict = beyond === undefined ? 'within their errors' : known ? beyond : 'sampling error not known';
  const ratio = first.value * second.value > 0 ? second.value / first.value : null;
  return { id, unit: first.unit, first, second, ...found, ratio, verdict };
}

/** Whether both analyses evaluated the very same samples, so that no sampling error stands between them. */
export const sharesSamples = ({ provenance: a }: AnalysisResult, { provenance: b }: AnalysisResult): boolean =>
  a.dataHash === b.dataHash && a.data === b.data && a.samples === b.samples && a.seed === b.seed;

/** Every quantity that either result has, in the order of the first. */
export function compareResults(first: AnalysisResult, second: AnalysisResult): Difference[] {
  const ids = [...new Set([...Object.keys(first.quantities), ...Object.keys(second.quantities)])];
  const same = sharesSamples(first, second);
  const missing = (id: string): Quantity => ({ id, notComputed: 'not in this result' });
  return ids.map((id) =>
    compareQuantities(id, first.quantities[id] ?? missing(id), second.quantities[id] ?? missing(id), same),
  );
}
