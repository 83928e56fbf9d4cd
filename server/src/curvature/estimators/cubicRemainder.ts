/**
 * What the quadratic model of the loss leaves out along a step δ. With a = g·δ, b₀ = δᵀH(θ)δ and b₁ = δᵀH(θ + ½δ)δ,
 *     L(θ + δ) − L(θ) = a + ∫₀¹ (1 − t)·δᵀH(θ + tδ)δ dt ≈ a + b₀/6 + b₁/3,
 * the Gauss–Radau rule of the weight 1 − t with a node at t = 0: exact where the loss along δ is a polynomial of degree 4. It differs from a + ½b₀ by (b₁ − b₀)/3, which is the
 * cubic term where the curvature changes linearly. Gradients on the way would be no prediction: they cost more than the loss at its end.
 */

interface Line {
  /** a */
  readonly slope: number;
  /** b₀ */
  readonly curvature: number;
}

/** (b₁ − b₀)/3 */
export const cubicRemainder = ({ curvature }: Line, halfway: number): number => (halfway - curvature) / 3;

/**
 * The largest t up to which the cubic term of t·δ is within a share of what the quadratic model predicts, |c|·t³ ≤ share·|a·t + ½b₀·t²|; Infinity where there is no cubic term, 0 where
 * c is no number or nothing is predicted.
 */
export function trustedLength({ slope, curvature }: Line, remainder: number, share: number): number {
  if (!Number.isFinite(remainder)) return 0;
  if (remainder === 0) return Infinity;
  // |c|t² = ±share·(a + ½b₀t): the smallest positive root of the two.
  const roots = [1, -1].flatMap((sign) =>
    positiveRoots(Math.abs(remainder), (-sign * share * curvature) / 2, -sign * share * slope),
  );
  return roots.length === 0 ? 0 : Math.min(...roots);
}

/** Of p·t² + q·t + r, p > 0. */
function positiveRoots(p: number, q: number, r: number): number[] {
  const square = q * q - 4 * p * r;
  if (square < 0) return [];
  // Without cancellation: the larger root in magnitude first.
  const far = (-q - (q < 0 ? -1 : 1) * Math.sqrt(square)) / (2 * p);
  const near = far === 0 ? 0 : r / (p * far);
  return [far, near].filter((t) => t > 0);
}
