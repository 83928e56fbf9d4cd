/** Makes quantities of the catalogue. */
import { catalogue, type QuantityId } from '../catalogue';
import { insideRange } from '../catalogue/ranges';
import {
  combinedInterval,
  symmetricSpread,
  type Estimate,
  type Interval,
  type NotComputed,
  type Quantity,
  type Spread,
} from '../quantity';
import type { Limited } from '../statistics/jackknifeLimits';

/** What all quantities of one step share. */
export interface Circumstances {
  readonly hvps: number;
  readonly samples: number;
}

export interface EstimateDetails {
  readonly method: string;
  readonly estimator: Spread;
  /** Null: not known. */
  readonly sampling: Spread | null;
  readonly notResolved?: string;
}

/** `part` names a layer or tensor: its quantities share one definition. */
const idOf = (id: QuantityId, part: string | undefined): string => (part === undefined ? id : `${id}[${part}]`);

export function estimate(
  id: QuantityId,
  value: number,
  details: EstimateDetails,
  { hvps, samples }: Circumstances,
  part?: string,
): Estimate {
  const interval = combinedInterval(value, details.estimator, details.sampling);
  return withInterval(id, value, interval, details, { hvps, samples }, part);
}

/** An estimate whose interval is known as such. */
export function withInterval(
  id: QuantityId,
  value: number,
  interval: Interval,
  { method, notResolved }: Pick<EstimateDetails, 'method' | 'notResolved'>,
  { hvps, samples }: Circumstances,
  part?: string,
): Estimate {
  const { unit, source } = catalogue[id];
  return {
    id: idOf(id, part),
    ...insideRange(id, value, interval),
    unit,
    method,
    hvps,
    samples,
    source,
    ...(notResolved === undefined ? {} : { notResolved }),
  };
}

export const notComputed = (id: QuantityId, reason: string, part?: string): NotComputed => ({
  id: idOf(id, part),
  notComputed: reason,
});

export const exactly: Spread = symmetricSpread(0);

/** An interval that holds the choice of samples alone. */
export const overSamples = ({ low, high }: Pick<Limited, 'low' | 'high'>): Interval => ({
  low,
  high,
  estimator: 0,
  sampling: (high - low) / 2,
});

/** A quantity computed from another by multiplication with a positive number. */
export function scaledQuantity(id: QuantityId, of: Quantity, factor: number, part?: string): Quantity {
  if ('notComputed' in of) return notComputed(id, of.notComputed, part);
  const { low, high, estimator, sampling } = of.interval;
  const interval: Interval = {
    low: low === null ? null : low * factor,
    high: high === null ? null : high * factor,
    estimator: estimator * factor,
    sampling: sampling === null ? null : sampling * factor,
  };
  return { ...of, id: idOf(id, part), value: of.value * factor, unit: catalogue[id].unit, interval };
}
