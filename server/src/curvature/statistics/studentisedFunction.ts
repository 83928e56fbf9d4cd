import type { Spread } from '../quantity';
import { symmetricSpread } from '../quantity';
import { dot } from '../linearAlgebra/vector';
import type { Random } from '../random';
import { jackknifeHalfWidth } from './jackknife';
import { mean, quantile } from './moments';
import { NORMAL95, studentT95 } from './studentT';

const RESAMPLES = 500;
/** Below this many samples the bootstrap of t has ties and gaps; Student's interval takes over. */
const FEWEST = 20;
/** Relative step of the central differences of f. */
const STEP = 1e-5;

type FunctionOfMeans = (means: readonly number[]) => number;

/**
 * 95 % error of a smooth function f of the means of rows of values per sample (samples independent, the values of one sample not) by the bootstrap of Student's statistic, its standard error by
 * the linear term of f (Efron 1981; Hall 1988). That error is too small on average where f is curved, and the jackknife's too large (Efron and Stein 1981): the interval is as long as the latter says.
 * f should be on a scale where its errors are even: the logarithm of a ratio rather than the ratio.
 */
export function studentisedFunction(rows: readonly Float64Array[], f: FunctionOfMeans, random: Random): Spread {
  const n = rows[0]?.length ?? 0;
  const all = Int32Array.from({ length: n }, (_, i) => i);
  const whole = estimated(rows, all, f);
  if (n < 2) return symmetricSpread(Infinity);
  if (n < FEWEST || !(whole.error > 0)) return symmetricSpread(studentT95(n - 1) * whole.error);
  const picks = new Int32Array(n);
  const statistics = Float64Array.from({ length: RESAMPLES }, () => {
    for (let i = 0; i < n; i++) picks[i] = random.integer(n);
    const { value, error } = estimated(rows, picks, f);
    return error > 0 ? (value - whole.value) / error : 0;
  })
    .filter(Number.isFinite)
    .sort();
  const [high, low] = [quantile(statistics, 0.975), quantile(statistics, 0.025)];
  const error = Math.max(whole.error, jackknifeError(rows, f));
  return { shift: 0, below: Math.max(0, high * error), above: Math.max(0, -low * error) };
}

/** The jackknife's standard error of f; 0 where f is not finite without some sample. */
function jackknifeError(rows: readonly Float64Array[], f: FunctionOfMeans): number {
  const n = rows[0]?.length ?? 0;
  const means = rows.map((row) => mean(row));
  const half = jackknifeHalfWidth(n, (i) =>
    f(rows.map((row, r) => (n * (means[r] as number) - (row[i] as number)) / (n - 1))),
  );
  return Number.isFinite(half) ? half / NORMAL95 : 0;
}

/** 95 % limits of a positive function of means, from the error of its logarithm. */
export function positiveLimits(
  rows: readonly Float64Array[],
  f: FunctionOfMeans,
  random: Random,
): { readonly low: number; readonly high: number } {
  const value = f(rows.map((row) => mean(row)));
  const { below, above } = studentisedFunction(rows, (means) => Math.log(f(means)), random);
  return { low: value * Math.exp(-below), high: value * Math.exp(above) };
}

/** f of the picked samples' means, and its standard error. */
function estimated(
  rows: readonly Float64Array[],
  picks: Int32Array,
  f: FunctionOfMeans,
): { readonly value: number; readonly error: number } {
  const n = picks.length;
  const means = rows.map((row) => pickedMean(row, picks));
  const slopes = means.map((centre, r) => {
    const step = STEP * (Math.abs(centre) || 1);
    const at = (shift: number): number => f(means.map((other, k) => (k === r ? other + shift : other)));
    return (at(step) - at(-step)) / (2 * step);
  });
  const linear = new Float64Array(n);
  rows.forEach((row, r) => {
    const [slope, centre] = [slopes[r] as number, means[r] as number];
    for (let i = 0; i < n; i++)
      linear[i] = (linear[i] as number) + slope * ((row[picks[i] as number] as number) - centre);
  });
  return { value: f(means), error: Math.sqrt(dot(linear, linear) / (n - 1) / n) };
}

function pickedMean(row: Float64Array, picks: Int32Array): number {
  let sum = 0;
  for (let i = 0; i < picks.length; i++) sum += row[picks[i] as number] as number;
  return sum / picks.length;
}
