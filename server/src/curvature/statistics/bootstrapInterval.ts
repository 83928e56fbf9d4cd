import type { Random } from '../random';
import { quantile } from './moments';

const RESAMPLES = 300;

/** 95 % percentile interval of a function of rows of values per sample, the samples resampled together (Efron 1979). Resamples without a finite value are left out. */
export function bootstrapInterval(
  perSample: readonly Float64Array[],
  value: (perSample: readonly Float64Array[]) => number,
  random: Random,
): { readonly low: number; readonly high: number } {
  const samples = perSample[0]?.length ?? 0;
  const found = Float64Array.from({ length: RESAMPLES }, () => {
    const picks = Int32Array.from({ length: samples }, () => random.integer(samples));
    return value(perSample.map((row) => Float64Array.from(picks, (i) => row[i] as number)));
  })
    .filter(Number.isFinite)
    .sort();
  return found.length === 0
    ? { low: -Infinity, high: Infinity }
    : { low: quantile(found, 0.025), high: quantile(found, 0.975) };
}
