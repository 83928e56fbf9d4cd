/**
 * How alike the noise of the gradient is at two points: what variance-reduced methods live on (Johnson and Zhang 2013; Defazio and Bottou 2019). With projections on random
 * signs z, E_z Var(z·gᵢ) = tr C and E_z Cov(z·gᵢ, z·gᵢ′) = tr Cov(gᵢ, gᵢ′).
 */
import { covariance, mean, variance } from '../statistics/moments';
import { NORMAL95, studentT95 } from '../statistics/studentT';
import { jackknifeHalfWidth } from '../statistics/jackknife';
import type { Probed } from './hutchPlusPlus';

export interface PairedNoise {
  /** ρ = tr Cov(gᵢ, gᵢ′)/√(tr C·tr C′). */
  readonly correlation: Probed;
  /** tr Var(gᵢ − gᵢ′)/tr C: of SVRG against plain sampling. */
  readonly left: Probed;
  /** 1 − ρ²: with the best weight of the correction. */
  readonly best: Probed;
}

/** `here[k][i]` = zₖ·gᵢ, `there[k][i]` = zₖ·gᵢ′. */
export function pairedNoise(here: readonly Float64Array[], there: readonly Float64Array[]): PairedNoise {
  const own = here.map((slope) => variance(slope));
  const other = there.map((slope) => variance(slope));
  const shared = here.map((slope, k) => covariance(slope, there[k] as Float64Array));
  const correlation = (use: (values: readonly number[]) => number): number =>
    use(shared) / Math.sqrt(use(own) * use(other));
  return {
    correlation: overProbes(here.length, correlation),
    left: overProbes(here.length, (use) => (use(own) + use(other) - 2 * use(shared)) / use(own)),
    best: overProbes(here.length, (use) => 1 - correlation(use) ** 2),
  };
}

/** A function of means over the probes, with its jackknife interval. */
function overProbes(probes: number, statistic: (use: (values: readonly number[]) => number) => number): Probed {
  const student = probes < 2 ? Infinity : studentT95(probes - 1) / NORMAL95;
  return {
    value: statistic(mean),
    halfWidth:
      student * jackknifeHalfWidth(probes, (left) => statistic((values) => mean(values.filter((_, k) => k !== left)))),
  };
}
