/** A number with everything that is needed to trust it. */

/**
 * 95 % interval. `estimator` and `sampling` are half-widths of its two independent parts: error of the numerical
 * estimate for the analysed samples (probes, Krylov iterations, rounding), and error of the analysed samples as a sample of
 * the data's distribution. Null `sampling`: not known, and then not in the interval. Null `low` or `high`: unbounded.
 */
export interface Interval {
  readonly low: number | null;
  readonly high: number | null;
  readonly estimator: number;
  readonly sampling: number | null;
}

export interface Estimate {
  readonly id: string;
  readonly value: number;
  readonly unit: string;
  readonly interval: Interval;
  readonly method: string;
  /** Hessian-vector products spent on it (shared ones are counted in each quantity that uses them). */
  readonly hvps: number;
  /** Samples it was computed on. */
  readonly samples: number;
  /** Paper. */
  readonly source: string;
  /** Where the interval is wider than was asked for when the budget ended. */
  readonly notResolved?: string;
}

export interface NotComputed {
  readonly id: string;
  readonly notComputed: string;
}

export type Quantity = Estimate | NotComputed;

export const isComputed = (quantity: Quantity): quantity is Estimate => 'value' in quantity;

/** The value, or undefined where it was not computed. */
export const valueOf = (quantity: Quantity | undefined): number | undefined =>
  quantity !== undefined && isComputed(quantity) ? quantity.value : undefined;

/** A 95 % error: the truth lies in value + shift − below … value + shift + above. Both lengths are ≥ 0. */
export interface Spread {
  /** Correction for bias. */
  readonly shift: number;
  readonly below: number;
  readonly above: number;
}

export const symmetricSpread = (half: number): Spread => ({ shift: 0, below: half, above: half });

/** Half the length of the interval. */
const halfWidth = (spread: Spread): number => (spread.below + spread.above) / 2;

/**
 * The interval that holds two independent errors: on each side lengths add in squares (the MOVER rule of Zou and Donner 2008,
 * Statistics in Medicine 27). A correction for bias moves the interval, but the reported value, which is the truth for
 * the analysed samples, stays inside.
 */
export function combinedInterval(value: number, estimator: Spread, sampling: Spread | null): Interval {
  const other = sampling ?? symmetricSpread(0);
  const centre = value + estimator.shift + other.shift;
  return {
    low: Math.min(value, centre - Math.hypot(estimator.below, other.below)),
    high: Math.max(value, centre + Math.hypot(estimator.above, other.above)),
    estimator: halfWidth(estimator),
    sampling: sampling === null ? null : halfWidth(sampling),
  };
}
