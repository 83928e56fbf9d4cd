import { covariance } from './moments';
import { NORMAL95 } from './studentT';

/** (Co)variance of two statistics of n independent samples from their values without each of them: (n − 1)/n·Σ(a₋ᵢ − ā)(b₋ᵢ − b̄) (Efron and Stein 1981). */
export function jackknifeCovariance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  return ((n - 1) ** 2 / n) * covariance(a, b);
}

/** Half-width of the 95 % interval of a smooth statistic of n independent samples, from its values without each of them. */
export function jackknifeHalfWidth(samples: number, without: (sample: number) => number): number {
  const values = Float64Array.from({ length: samples }, (_, i) => without(i));
  return NORMAL95 * Math.sqrt(jackknifeCovariance(values, values));
}
