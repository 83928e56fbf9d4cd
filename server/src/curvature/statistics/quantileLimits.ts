import { quantile } from './moments';
import { NORMAL95 } from './studentT';

/** A quantile of independent values with 95 % limits from the order statistics around it; null where there is none so far out. */
export function quantileLimits(
  values: ArrayLike<number>,
  level: number,
): { readonly value: number; readonly low: number | null; readonly high: number | null } {
  const sorted = Float64Array.from(values).sort();
  const n = sorted.length;
  const spread = NORMAL95 * Math.sqrt(n * level * (1 - level));
  const [below, above] = [Math.floor(n * level - spread), Math.floor(n * level + spread)];
  return { value: quantile(sorted, level), low: sorted[below] ?? null, high: sorted[above] ?? null };
}

/** 95 % limits of a share from `hits` of n independent trials (Wilson 1927). */
export function shareLimits(hits: number, n: number): { readonly low: number; readonly high: number } {
  const z2 = NORMAL95 ** 2;
  const share = hits / n;
  const centre = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = (NORMAL95 * Math.sqrt((share * (1 - share)) / n + z2 / (4 * n * n))) / (1 + z2 / n);
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}
