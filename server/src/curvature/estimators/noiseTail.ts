/**
 * How heavy the tail of the gradient noise is. For Gaussian noise every projection has an excess kurtosis of 0; a tail P(‖gᵢ − ḡ‖ > r) ~ r^−α has moments below α only, and below α = 2 no variance
 * (Şimşekli, Sagun and Gürbüzbalaban 2019; estimator of α: Hill 1975).
 */
import { jackknifeHalfWidth } from '../statistics/jackknife';
import { mean, meanHalfWidth } from '../statistics/moments';
import { NORMAL95 } from '../statistics/studentT';
import type { Probed } from './hutchPlusPlus';

/** Share of the largest values behind the tail index, and the fewest of them. */
const TAIL = 0.1;
const FEWEST_IN_TAIL = 10;

/** Hill's α of positive values; undefined for too few of them, or a tail of equal values. */
export function tailIndex(values: ArrayLike<number>): Probed | undefined {
  const sorted = Array.from(values)
    .filter((value) => value > 0)
    .sort((a, b) => b - a);
  const count = Math.floor(TAIL * sorted.length);
  if (count < FEWEST_IN_TAIL) return undefined;
  const threshold = sorted[count] as number;
  const excess = mean(sorted.slice(0, count).map((value) => Math.log(value / threshold)));
  if (!(excess > 0)) return undefined;
  // (k − 1)/k takes out the bias of a ratio; the standard error is α/√k.
  const value = (count - 1) / count / excess;
  return { value, halfWidth: (NORMAL95 * value) / Math.sqrt(count) };
}

export interface Kurtosis {
  readonly value: number;
  /** Over the directions. */
  readonly estimator: number;
  /** Over the samples. */
  readonly sampling: number;
}

/** Mean over directions of the excess kurtosis of projections; `slopes[k][i]` = zₖ·gᵢ. */
export function excessKurtosis(slopes: readonly Float64Array[]): Kurtosis {
  const sums = slopes.map((slope) => powerSums(slope));
  const each = sums.map((sum) => kurtosisOf(sum));
  return {
    value: mean(each),
    estimator: meanHalfWidth(each),
    sampling: jackknifeHalfWidth(slopes[0]?.length ?? 0, (i) =>
      mean(sums.map((sum, k) => kurtosisOf(withoutValue(sum, (slopes[k]?.[i] ?? 0) - sum.origin)))),
    ),
  };
}

/** Sums of the first four powers of x − origin. */
interface PowerSums {
  readonly count: number;
  readonly origin: number;
  readonly powers: readonly [number, number, number, number];
}

function powerSums(values: Float64Array): PowerSums {
  const origin = mean(values);
  const powers: [number, number, number, number] = [0, 0, 0, 0];
  for (const value of values)
    for (let p = 0; p < 4; p++) powers[p] = (powers[p] as number) + (value - origin) ** (p + 1);
  return { count: values.length, origin, powers };
}

function withoutValue({ count, origin, powers: [a, b, c, d] }: PowerSums, x: number): PowerSums {
  return { count: count - 1, origin, powers: [a - x, b - x ** 2, c - x ** 3, d - x ** 4] };
}

/** m₄/m₂² − 3. */
function kurtosisOf({ count, powers }: PowerSums): number {
  const [m1, m2, m3, m4] = powers.map((sum) => sum / count) as [number, number, number, number];
  const variance = m2 - m1 ** 2;
  return (m4 - 4 * m1 * m3 + 6 * m1 ** 2 * m2 - 3 * m1 ** 4) / variance ** 2 - 3;
}
