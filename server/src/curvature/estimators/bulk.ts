/**
 * Bulk and outliers of a spectrum. Trained classifiers have about as many outliers as classes, the rest of the spectrum is a bulk around zero
 * (Sagun, Bottou, LeCun 2016; Sagun, Evci, Güney, Dauphin, Bottou 2017).
 */
import type { Probed } from './hutchPlusPlus';
import { probedMean, quadratureSum } from './spectralSum';
import type { ProbeQuadrature } from './stochasticLanczosQuadrature';

export interface Bulk {
  /** Upper end of the bulk: the largest eigenvalue below the widest relative gap. */
  readonly edge: number;
  /** Eigenvalues above it. */
  readonly outliers: number;
  /** Ratio of the eigenvalues on both sides of the gap. */
  readonly gap: number;
}

/** A gap narrower than this is not one. */
const SMALLEST_GAP = 1.5;

/**
 * The widest relative gap λᵢ/λᵢ₊₁ between known top eigenvalues (descending); undefined where no gap stands out. Values below `floor` are rounding and end
 * the list.
 */
export function findBulk(top: readonly number[], floor: number): Bulk | undefined {
  let best: Bulk | undefined;
  for (let i = 0; i + 1 < top.length; i++) {
    const [above, below] = [top[i] as number, top[i + 1] as number];
    if (!(above > floor)) break;
    const gap = above / Math.max(below, floor);
    if (gap >= SMALLEST_GAP && gap > (best?.gap ?? 0)) best = { edge: below, outliers: i + 1, gap };
  }
  return best;
}

/** Share of the eigenvalues with `inside(value)`, from the quadrature of each probe; no probe resolves less than one eigenvalue. */
export function shareOf(
  perProbe: readonly ProbeQuadrature[],
  inside: (value: number) => boolean,
  dimension: number,
): Probed {
  const { value, halfWidth } = probedMean(
    perProbe,
    (nodes) => quadratureSum(nodes, (each) => (inside(each) ? 1 : 0)),
    'stepwise',
  );
  return { value, halfWidth: Math.hypot(halfWidth, 1 / dimension) };
}
