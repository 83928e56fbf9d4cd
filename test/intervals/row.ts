/** One quantity whose interval is drawn again and again: how often does it hold the value that it is about? */
import type { Spread } from '../../server/src/curvature/quantity';
import { combinedInterval, symmetricSpread } from '../../server/src/curvature/quantity';

/** Null: no limit on this side. */
export interface Limits {
  readonly low: number | null;
  readonly high: number | null;
}

export interface Row {
  /** Entry of the catalogue. */
  readonly id: string;
  readonly setting: string;
  /**
   * What is drawn anew for every seed: random probes, where the truth is the dense value for the same samples; or samples, where the truth is the value of the distribution behind them.
   */
  readonly drawn: 'probes' | 'samples' | 'batches';
  /** One of 95 %; a bound, which may hold always; or one that the product refuses to state, as it holds too rarely. */
  readonly interval: 'coverage' | 'bound' | 'refused';
  /** Some are about the eigenvectors that the draw has found. */
  readonly truth: (seed: number) => Promise<number> | number;
  readonly draw: (seed: number) => Promise<Limits> | Limits;
}

/** The lowest and highest share of seeds that an interval of 95 % may cover. */
export const BAND = { low: 0.93, high: 0.98 };

export async function coverage({ truth, draw }: Row, seeds: number): Promise<number> {
  let held = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const exact = await truth(seed);
    const { low, high } = await draw(seed);
    if ((low === null || low <= exact) && (high === null || exact <= high)) held++;
    if (seed % 20 === 0) await new Promise(setImmediate);
  }
  return held / seeds;
}

export const within = ({ value, halfWidth }: { readonly value: number; readonly halfWidth: number }): Limits => ({
  low: value - halfWidth,
  high: value + halfWidth,
});

/** As the product reports it: an error of the estimate, of the samples, or of both. */
export const around = (value: number, sampling: Spread | undefined, estimator = symmetricSpread(0)): Limits =>
  combinedInterval(value, estimator, sampling ?? null);

/** Computed when first needed, then kept. */
export function once<T>(make: () => T): () => T {
  let known: { readonly value: T } | undefined;
  return () => (known ??= { value: make() }).value;
}
