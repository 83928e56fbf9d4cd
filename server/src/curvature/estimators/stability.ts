/**
 * Largest stable learning rate of SGD-type optimizers on a quadratic with largest curvature λ (catalogue B1). With s = ηh, h = λ + ω (ω weight
 * decay, which adds ω to every eigenvalue), momentum β and dampening δ as in torch.optim.SGD
 *     g ← hθ,  v ← βv + (1 − δ)g,  θ ← θ − ηv            (plain and heavy ball)
 *     g ← hθ,  v ← βv + g,         θ ← θ − η(g + βv)     (Nesterov)
 * the recursion is a 2 × 2 matrix with trace T and determinant D, stable exactly if |D| < 1 and |T| < 1 + D (Jury's conditions):
 *     heavy ball  T = 1 + β − (1 − δ)s, D = β             →  η < 2(1 + β)/((1 − δ)h)
 *     Nesterov    T = 1 + β − (1 + β)s, D = β(1 − s)      →  η < 2(1 + β)/((1 + 2β)h)
 * (Cohen et al. 2021, "Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability", appendix B, for ω = δ = 0).
 */
export interface MomentumSettings {
  /** β, 0 ≤ β < 1. */
  readonly momentum: number;
  readonly nesterov: boolean;
  /** δ; 0 with Nesterov. */
  readonly dampening: number;
  /** ω, as an L2 term added to the gradient. */
  readonly weightDecay: number;
}

/** What η·(λ + ω) may be at most: the limit of s. */
export function stableProduct({ momentum, nesterov, dampening }: MomentumSettings): number {
  // Dampening acts only on the momentum buffer; without momentum there is none.
  const damping = momentum === 0 ? 1 : 1 - dampening;
  return nesterov ? (2 * (1 + momentum)) / (1 + 2 * momentum) : (2 * (1 + momentum)) / damping;
}

/** η is stable exactly if η·(λ + shift) < product. */
export interface Threshold {
  readonly product: number;
  readonly shift: number;
}

export const momentumThreshold = (settings: MomentumSettings): Threshold => ({
  product: stableProduct(settings),
  shift: settings.weightDecay,
});

/** Largest stable η; Infinity where no direction is curved upwards, so that no learning rate is too large for this reason. */
export const largestStableRate = ({ product, shift }: Threshold, lambdaMax: number): number =>
  lambdaMax + shift > 0 ? product / (lambdaMax + shift) : Infinity;

/** η/limit: 1 is the edge of stability. */
export const marginAt = ({ product, shift }: Threshold, learningRate: number, lambdaMax: number): number =>
  (learningRate * Math.max(0, lambdaMax + shift)) / product;
