/**
 * How far the quadratic model of the loss can be trusted along a line (catalogue B9): the largest t up to which the decrease it predicts for a step t·d is off by at most a share of itself,
 *     |L(θ + td) − L(θ) − q(t)| ≤ share·|q(t)|,   q(t) = t·gᵀd + ½t²·dᵀHd.
 */
import { GRID, outwardSearch } from './outwardSearch';

const MOST_STEPS = 60;

export interface TrustRadius {
  /** Largest trusted t; 0 where not even the smallest tried one is. */
  readonly length: number;
  /** Smallest t seen not to be trusted; null where all tried were. */
  readonly beyond: number | null;
}

/** `lossAt(t)` = L(θ + td); `start`: a length to begin with, positive. The search goes outwards, so that it stops at the first length that is not trusted. */
export async function trustRadius(
  lossAt: (t: number) => Promise<number>,
  model: { readonly loss: number; readonly slope: number; readonly curvature: number },
  start: number,
  share: number,
): Promise<TrustRadius> {
  const isTrusted = async (t: number): Promise<boolean> => {
    const predicted = t * model.slope + 0.5 * t * t * model.curvature;
    const actual = (await lossAt(t)) - model.loss;
    return Number.isFinite(actual) && Math.abs(actual - predicted) <= share * Math.abs(predicted);
  };
  let trusted = start;
  let tried = 0;
  while (!(await isTrusted(trusted))) {
    if (++tried > MOST_STEPS) return { length: 0, beyond: trusted };
    trusted /= 4;
  }
  const { holds, fails } = await outwardSearch(isTrusted, { known: trusted, first: trusted * GRID, most: MOST_STEPS });
  return { length: holds, beyond: fails };
}
