import type { Random } from '../random';
import { jackknifeHalfWidth } from './jackknife';
import { kurtosisOf, mean } from './moments';
import { NORMAL95, studentT95 } from './studentT';
import { studentisedBootstrap } from './studentisedBootstrap';

/** A scale on which the errors of a statistic are more even, and its range. */
export interface Scale {
  readonly to: (value: number) => number;
  readonly from: (value: number) => number;
  readonly least: number;
  readonly most: number;
}

/** Of positive numbers. */
export const LOGARITHM: Scale = { to: Math.log, from: Math.exp, least: 0, most: Infinity };
/** Of shares. */
export const LOGIT: Scale = {
  to: (share) => Math.log(share / (1 - share)),
  from: (value) => 1 / (1 + Math.exp(-value)),
  least: 0,
  most: 1,
};

/** An estimate with 95 % limits that hold it. */
export interface Limited {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/**
 * 95 % limits of a smooth statistic of independent samples, from its values without each of them: its jackknife pseudo-values nT − (n − 1)T₋ᵢ are nearly independent with the statistic as their mean (Tukey 1958), so
 * that the bootstrap of Student's statistic of a mean holds for them. Where a few of them are far out, their sample variance is known poorly: the interval is longer by as much as Student's with the degrees of freedom
 * of that variance (Satterthwaite 1946). Where the scale has no finite value, at the ends of its range, the plain jackknife within the range.
 */
export function jackknifeLimits(
  value: number,
  samples: number,
  without: (sample: number) => number,
  scale: Scale,
  random: Random,
): Limited {
  const left = Float64Array.from({ length: samples }, (_, i) => without(i));
  const whole = scale.to(value);
  const pseudo = left.map((each) => samples * whole - (samples - 1) * scale.to(each));
  if (!pseudo.every(Number.isFinite)) {
    const half = jackknifeHalfWidth(samples, (i) => left[i] as number);
    // Rounding may put the value itself a little out of the range.
    const [low, high] = [Math.max(scale.least, value - half), Math.min(scale.most, value + half)];
    return { value, low: Math.min(value, low), high: Math.max(value, high) };
  }
  const centre = mean(pseudo);
  const spread = studentisedBootstrap(pseudo, random);
  const longer = studentT95(Math.max(1, Math.floor(degreesOfVariance(pseudo)))) / NORMAL95;
  const [below, above] = [longer * spread.below, longer * spread.above];
  return {
    value,
    low: Math.min(value, scale.from(centre - below)),
    high: Math.max(value, scale.from(centre + above)),
  };
}

/** ν with Var(s²)/E[s²]² = 2/ν; n − 1 for normal values. */
function degreesOfVariance(values: Float64Array): number {
  const n = values.length;
  const excess = kurtosisOf(values);
  return Number.isNaN(excess) ? n - 1 : 2 / (Math.max(0, excess) / n + 2 / (n - 1));
}
