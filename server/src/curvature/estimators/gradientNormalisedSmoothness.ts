/**
 * Gradient-normalised smoothness along a line (Semenov, Jaggi and Doikov 2025): the largest γ with
 *     ‖∇L(θ + h) − ∇L(θ) − Hh‖ ≤ ‖∇L(θ)‖·‖h‖/γ   for all h = t·d, 0 ≤ t ≤ γ, ‖d‖ = 1,
 * so that within γ linearising the gradient is wrong by less than the gradient itself. A Newton step with damping ‖∇L(θ)‖/γ then decreases the loss. The γ of a ball is the least over its lines. The paper asks
 * this only of the h of its ball that also lie in an ellipsoid about θ, so that its γ is no smaller. Where H is Lipschitz with constant M, γ ≥ √(2‖∇L‖/M); a quadratic has no largest γ.
 */
import { outwardSearch } from './outwardSearch';

const MOST_STEPS = 34;

export interface SmoothnessRadius {
  /** Largest γ seen to hold; 0 where not even the smallest tried one does. */
  readonly radius: number;
  /** Smallest γ seen not to hold; null where all tried did. */
  readonly beyond: number | null;
}

/**
 * `deviation(t)` = ‖∇L(θ + td) − ∇L(θ) − tHd‖; `gradientNorm` = ‖∇L(θ)‖; `start`: a length to begin with, positive. Deviations are looked at on a geometric grid from start/1000 on: what happens between its points is
 * not seen.
 */
export async function smoothnessRadius(
  deviation: (t: number) => Promise<number>,
  gradientNorm: number,
  start: number,
): Promise<SmoothnessRadius> {
  // sup over t ≤ γ of deviation(t)/t, which only grows with γ.
  let slope = 0;
  const holds = async (t: number): Promise<boolean> => {
    const own = (await deviation(t)) / t;
    if (!(Math.max(slope, own) * t <= gradientNorm)) return false;
    slope = Math.max(slope, own);
    return true;
  };
  const reach = await outwardSearch(holds, { known: 0, first: start / 1000, most: MOST_STEPS });
  return { radius: reach.holds, beyond: reach.fails };
}
