import { kolmogorov } from './marchenkoPastur';

export interface PowerLawTail {
  /** α of the density ∝ x^(−α) above `from`. */
  readonly exponent: number;
  readonly from: number;
  /** Values in the tail. */
  readonly count: number;
  /** (α − 1)/√n */
  readonly standardError: number;
  /** Kolmogorov distance between the tail and the law. */
  readonly distance: number;
}

/** Fewer values have no exponent. */
const FEWEST = 10;

/**
 * A power law fitted to the upper tail of positive values (Clauset, Shalizi, Newman 2009): for every possible start the exponent of largest likelihood (Hill 1975), α = 1 +
 * n/Σ ln(x/x₀); the start is the one whose law lies nearest to the data. Undefined for too few values.
 */
export function powerLawTail(values: ArrayLike<number>): PowerLawTail | undefined {
  const sorted = Float64Array.from(values)
    .filter((value) => value > 0)
    .sort();
  let best: PowerLawTail | undefined;
  let logSum = 0;
  for (let start = sorted.length - 1; start >= 0; start--) {
    const from = sorted[start] as number;
    logSum += Math.log(from);
    const count = sorted.length - start;
    if (count < FEWEST) continue;
    const excess = logSum - count * Math.log(from);
    if (!(excess > 0)) continue;
    const exponent = 1 + count / excess;
    const distance = kolmogorov(sorted.subarray(start), (x) => 1 - (x / from) ** (1 - exponent));
    if (best === undefined || distance < best.distance)
      best = { exponent, from, count, standardError: (exponent - 1) / Math.sqrt(count), distance };
  }
  return best;
}
