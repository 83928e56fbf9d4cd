import { withInterval, type Circumstances } from '../analysis/quantities';
import type { QuantityId } from '../catalogue';
import { pairedNoise, type PairedNoise } from '../estimators/pairedNoise';
import { pairedSampling } from '../estimators/pairedNoiseSampling';
import { combinedInterval, symmetricSpread, type Quantity } from '../quantity';
import type { Random } from '../random';

/** What the charts of C6 show of `PairedNoise`. */
export const SERIES = [
  ['SVRG', 'left'],
  ['best weight', 'best'],
] as const;

export interface Paired {
  readonly noise: PairedNoise;
  readonly sampling: ReturnType<typeof pairedSampling>;
}

/** `here[k][i]` = zₖ·gᵢ, `there[k][i]` = zₖ·gᵢ′. */
export const pairedOf = (here: readonly Float64Array[], there: readonly Float64Array[], random: Random): Paired => ({
  noise: pairedNoise(here, there),
  sampling: pairedSampling(here, there, random),
});

/** The values that each number can have. */
const ranges: Readonly<Record<keyof PairedNoise, readonly [least: number, most: number]>> = {
  correlation: [-1, 1],
  left: [0, Infinity],
  best: [0, 1],
};

export function pairedQuantity(
  id: QuantityId,
  { noise, sampling }: Paired,
  key: keyof PairedNoise,
  method: string,
  circumstances: Circumstances,
  part?: string,
): Quantity {
  const { value, halfWidth } = noise[key];
  const [least, most] = ranges[key];
  const interval = combinedInterval(value, symmetricSpread(halfWidth), sampling[key]);
  const within = {
    ...interval,
    low: Math.max(least, interval.low ?? least),
    high: Math.min(most, interval.high ?? most),
  };
  return withInterval(id, value, within, { method }, circumstances, part);
}
