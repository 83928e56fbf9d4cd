/**
 * How heavy the tail of the gradient noise is. For Gaussian noise every projection has an excess kurtosis of 0; a tail P(‖gᵢ − ḡ‖ > r) ~ r^−α has moments below α only, and below α = 2 no variance
 * (Şimşekli, Sagun and Gürbüzbalaban 2019; estimator of α: Hill 1975).
 */
import { kurtosisOf, mean, meanHalfWidth } from '../statistics/moments';
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

/**
 * Mean over directions of the excess kurtosis of projections, `slopes[k][i]` = zₖ·gᵢ, with Student's interval over the directions. What other samples would give is not stated: where tails are heavy, the fourth moment
 * of a few hundred of them says little about the distribution's.
 */
export function excessKurtosis(slopes: readonly Float64Array[]): Probed {
  const each = slopes.map(kurtosisOf);
  return { value: mean(each), halfWidth: meanHalfWidth(each) };
}
