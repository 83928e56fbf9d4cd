/**
 * Largest stable learning rate of adaptive optimizers with their preconditioner P = diag(…) held fixed, on a quadratic (catalogue B2). In coordinates
 * P^½θ the step is that of momentum on P^(−½)HP^(−½); with κ an eigenvalue of that matrix, s = ηκ, w = ηω for decoupled weight decay ω and otherwise 0,
 *     M ← β₁M + (1 − β₁)κx,  x ← (1 − w)x − η(μM + (1 − μ)κx)
 * (μ = 1 for Adam, its own for NAdam, which looks ahead) has trace T = 1 − w + β₁ − s(1 − μβ₁) and determinant D = β₁(1 − w) − sβ₁(1 − μ) for μ < 1; Jury's
 * condition T > −1 − D gives
 *     η(κ·c + ω(1 + β₁)) < 2(1 + β₁),   c = 1 − β₁ for Adam, 1 + β₁ − 2μβ₁ for NAdam,
 * which is ηκ < (2 + 2β₁)/(1 − β₁) = 38 at β₁ = 0.9 (Cohen et al. 2022, "Adaptive Gradient Methods at the Edge of Stability").
 */
import { derivedOperator, type LinearOperator } from '../linearAlgebra/linearOperator';
import type { Vector } from '../linearAlgebra/vector';
import type { Threshold } from './stability';

/** Adam, AdamW and NAdam as in torch.optim. */
export interface AdamSettings {
  readonly rule: 'Adam';
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly amsgrad: boolean;
  /** Weight decay acts on the weights, not through the gradient. */
  readonly decoupled: boolean;
  /** NAdam's ψ in μ = β₁(1 − ½·0.96^(ψt)); null for the others. */
  readonly momentumDecay: number | null;
}

export interface RmspropSettings {
  readonly rule: 'RMSprop';
  /** Decay of the mean square. */
  readonly alpha: number;
  readonly eps: number;
  readonly momentum: number;
  readonly centered: boolean;
}

export interface AdagradSettings {
  readonly rule: 'Adagrad';
  readonly eps: number;
  readonly learningRateDecay: number;
  readonly initialAccumulator: number;
}

export type AdaptiveSettings = AdamSettings | RmspropSettings | AdagradSettings;

/** What an adaptive optimizer remembers, in the order of θ. */
export interface AdaptiveMoments {
  /** Adam's exp_avg_sq (max_exp_avg_sq with amsgrad), RMSprop's square_avg, Adagrad's sum. */
  readonly second: Vector;
  /** RMSprop's grad_avg, where it is centred. */
  readonly mean?: Vector;
  /** Steps taken; Infinity: bias corrections are over. */
  readonly step: number;
}

/** NAdam's μ after `step` steps. */
export const lookAhead = ({ beta1, momentumDecay }: AdamSettings, step: number): number =>
  momentumDecay === null ? 1 : beta1 * (1 - 0.5 * 0.96 ** (step * momentumDecay));

/** `weightDecay`: only where it is decoupled does it count here; else it is part of the curvature. */
export function adaptiveThreshold(settings: AdaptiveSettings, weightDecay: number, step: number): Threshold {
  if (settings.rule === 'RMSprop') return { product: 2 * (1 + settings.momentum), shift: 0 };
  if (settings.rule === 'Adagrad') {
    const decay = settings.learningRateDecay;
    return { product: 2 * (decay === 0 ? 1 : 1 + Math.max(0, step - 1) * decay), shift: 0 };
  }
  const { beta1, momentumDecay, decoupled } = settings;
  const own = momentumDecay === null ? 1 - beta1 : 1 + beta1 - 2 * lookAhead(settings, step) * beta1;
  return {
    product: (2 * (1 + beta1)) / own,
    shift: decoupled ? (weightDecay * (1 + beta1)) / own : 0,
  };
}

/** The diagonal of P: the step is η·P⁻¹·(gradient or its moving average). */
export function preconditioner(settings: AdaptiveSettings, { second, mean, step }: AdaptiveMoments): Float64Array {
  const { eps } = settings;
  if (settings.rule !== 'Adam')
    return Float64Array.from(second, (v, i) => Math.sqrt(Math.max(0, v - (mean?.[i] ?? 0) ** 2)) + eps);
  const first = 1 - settings.beta1 ** step;
  const correction = 1 - settings.beta2 ** step;
  return Float64Array.from(second, (v) => first * (Math.sqrt(v / correction) + eps));
}

/** P^(−½)(H + ωI)P^(−½) for a diagonal P > 0; shares the products of `hessian`. */
export function preconditionedOperator(hessian: LinearOperator, diagonal: Vector, weightDecay: number): LinearOperator {
  const root = Float64Array.from(diagonal, (p) => 1 / Math.sqrt(p));
  return derivedOperator(hessian, async (vectors) => {
    const inner = vectors.map((v) => product(root, v));
    const products = await hessian.applyBlock(inner);
    return products.map((image, k) => {
      const own = inner[k] as Float64Array;
      return image.map((value, i) => (root[i] as number) * (value + weightDecay * (own[i] as number)));
    });
  });
}

/** Componentwise. */
const product = (a: Vector, b: Vector): Float64Array => Float64Array.from(a, (value, i) => value * (b[i] as number));
