import { withInterval, type Circumstances } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import type { Probed } from '../estimators/hutchPlusPlus';
import type { Quantity } from '../quantity';

/** What the charts of C6 show of `PairedNoise`. */
export const SERIES = [
  ['SVRG', 'left'],
  ['best weight', 'best'],
] as const;

/** A number of `PairedNoise`, its interval within the values that it can have. */
export function pairedQuantity(
  id: QuantityId,
  { value, halfWidth }: Probed,
  [least, most]: readonly [number, number | null],
  method: string,
  circumstances: Circumstances,
  part?: string,
): Quantity {
  const interval = {
    low: Math.max(least, value - halfWidth),
    high: most === null ? value + halfWidth : Math.min(most, value + halfWidth),
    estimator: halfWidth,
    sampling: null,
  };
  return withInterval(id, value, interval, { method }, circumstances, part);
}
