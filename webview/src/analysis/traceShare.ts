import { isComputed } from '../../../server/src/curvature/quantity';
import type { Quantity } from '../../../server/src/curvature/quantity';

export interface Share {
  readonly value: number;
  /** Null: the whole may be zero, so that the share is not bounded. */
  readonly low: number | null;
  readonly high: number | null;
}

/** A part of a whole, with every combination of the ends of both intervals: too wide rather than too narrow, as errors are shared. */
export function shareOf(part: Quantity, whole: Quantity): Share | null {
  if (!isComputed(part) || !isComputed(whole) || whole.value === 0) return null;
  const value = part.value / whole.value;
  const [low, high] = [whole.interval.low, whole.interval.high];
  const own = [part.interval.low, part.interval.high];
  if (low === null || high === null || low * high <= 0) return { value, low: null, high: null };
  const ends = own.flatMap((end) => (end === null ? [] : [end / low, end / high]));
  return ends.length < 4
    ? { value, low: null, high: null }
    : { value, low: Math.min(...ends), high: Math.max(...ends) };
}
