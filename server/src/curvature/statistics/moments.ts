import { studentT95 } from './studentT';

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/** Σ(x − x̄)(y − ȳ)/(n − 1), unbiased; NaN for fewer than two values. */
export function covariance(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const [mx, my] = [mean(x), mean(y)];
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += ((x[i] as number) - mx) * ((y[i] as number) - my);
  return sum / (x.length - 1);
}

export const variance = (values: ArrayLike<number>): number => covariance(values, values);

/** Excess kurtosis m₄/m₂² − 3 of the central moments; NaN where all values are the same. */
export function kurtosisOf(values: Float64Array): number {
  const centre = mean(values);
  const second = mean(values.map((value) => (value - centre) ** 2));
  return mean(values.map((value) => (value - centre) ** 4)) / second ** 2 - 3;
}

/** Half-width of Student's 95 % interval for the mean of independent values; Infinity for fewer than two. */
export const meanHalfWidth = (values: ArrayLike<number>): number =>
  values.length < 2 ? Infinity : studentT95(values.length - 1) * Math.sqrt(variance(values) / values.length);

/** The value below which a share `level` of the sorted values lies, linear between neighbours. */
export function quantile(sorted: ArrayLike<number>, level: number): number {
  const position = Math.min(Math.max(level, 0), 1) * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (position - below) * (high - low);
}
