/**
 * How far an eigenspace has turned: with orthonormal bases U and V of two k-dimensional spaces, ‖UᵀV‖_F²/k = mean cos² of the principal angles, 1 for the same space and k/p for a random one (Gur-Ari,
 * Roberts and Dyer 2018). Computed eigenvectors with residuals R span a space within ‖sin Θ‖_F ≤ ‖R‖_F/gap of the true one (Davis and Kahan 1970), where the gap is the distance
 * of their eigenvalues to the rest of the spectrum; tr(PQ) then moves by √(2k)·‖sin Θ‖_F at most.
 */
import { dot } from '../linearAlgebra/vector';
import type { Probed } from './hutchPlusPlus';
import type { RitzPair } from './lanczos';

/** Leading eigenvectors, and the first eigenvalue that is not among them. */
export interface Eigenspace {
  readonly pairs: readonly Pick<RitzPair, 'value' | 'vector' | 'residual'>[];
  readonly next: number;
}

/** Overlap of two spaces of the same dimension k ≥ 1; the half-width is at most 1. */
export function subspaceOverlap(a: Eigenspace, b: Eigenspace): Probed {
  const k = a.pairs.length;
  let sum = 0;
  for (const { vector: u } of a.pairs) for (const { vector: v } of b.pairs) sum += dot(u, v) ** 2;
  const error = Math.sqrt(2 / k) * (turn(a) + turn(b));
  return { value: Math.min(1, sum / k), halfWidth: Math.min(1, error) };
}

/** Bound of ‖sin Θ‖_F between the computed and the true space. */
function turn({ pairs, next }: Eigenspace): number {
  const residual = Math.hypot(...pairs.map(({ residual: own }) => own));
  const gap = Math.min(...pairs.map(({ value }) => value)) - next;
  return residual === 0 ? 0 : gap > 0 ? residual / gap : Infinity;
}

/** Squared cosines of the k leading directions of `a` with the space of `b`, in their order: which of them are kept. */
export const keptDirections = (a: Eigenspace, b: Eigenspace): number[] =>
  a.pairs.map(({ vector: u }) =>
    Math.min(
      1,
      b.pairs.reduce((sum, { vector: v }) => sum + dot(u, v) ** 2, 0),
    ),
  );
