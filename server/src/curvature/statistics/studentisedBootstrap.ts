import type { Spread } from '../quantity';
import { symmetricSpread } from '../quantity';
import type { Random } from '../random';
import { mean, meanHalfWidth, quantile, variance } from './moments';

const RESAMPLES = 1000;
/** Below this many values the bootstrap of t has ties and gaps; Student's interval takes over. */
const FEWEST = 20;
/** Resampling more values than this changes nothing: the mean is normal. */
const NORMAL_FROM = 20_000;

/**
 * 95 % error of the mean of independent values by the bootstrap of Student's statistic (Efron 1981; Hall 1988): right to second order, so
 * that skewed values, such as the curvature of single samples, get intervals that cover.
 */
export function studentisedBootstrap(values: Float64Array, random: Random): Spread {
  const n = values.length;
  const error = Math.sqrt(variance(values) / n);
  if (n < FEWEST || n > NORMAL_FROM || !(error > 0)) return symmetricSpread(n < 2 ? Infinity : meanHalfWidth(values));
  const centre = mean(values);
  const statistics = new Float64Array(RESAMPLES);
  for (let b = 0; b < RESAMPLES; b++) statistics[b] = resampledT(values, centre, random);
  statistics.sort();
  // The interval is x̄ − t₀.₉₇₅·s … x̄ − t₀.₀₂₅·s.
  const [high, low] = [quantile(statistics, 0.975), quantile(statistics, 0.025)];
  return { shift: 0, below: Math.max(0, high * error), above: Math.max(0, -low * error) };
}

/** (x̄* − x̄)/s* of one resample. */
function resampledT(values: Float64Array, centre: number, random: Random): number {
  const n = values.length;
  let [sum, squares] = [0, 0];
  for (let i = 0; i < n; i++) {
    const deviation = (values[random.integer(n)] as number) - centre;
    sum += deviation;
    squares += deviation * deviation;
  }
  const error = Math.sqrt(Math.max(0, squares - (sum * sum) / n) / (n * (n - 1)));
  return error > 0 ? sum / n / error : 0;
}
