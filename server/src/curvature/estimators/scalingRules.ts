/**
 * How the settings of an optimizer follow the batch size so that training stays alike (catalogue B5), κ = new batch/old batch. SGD: η′ = κη (Goyal et al. 2017; Granziol et al. 2022). Adam and RMSprop: η′ = √κ·η,
 * 1 − β′ = κ(1 − β) for both β, ε′ = ε/√κ (Malladi et al. 2022, "On the SDEs and Scaling Rules for Adaptive Gradient Algorithms").
 */

export interface ScaledSettings {
  readonly learningRate: number;
  /** Adam's β₁ and β₂, RMSprop's α; absent for SGD. Null where the rule would make one negative. */
  readonly betas?: readonly number[] | null;
  readonly eps?: number;
}

export interface ScalableSettings {
  readonly learningRate: number;
  /** Of an adaptive optimizer. */
  readonly adaptive?: { readonly betas: readonly number[]; readonly eps: number };
}

/** `ratio`: κ. */
export function scaledSettings({ learningRate, adaptive }: ScalableSettings, ratio: number): ScaledSettings {
  if (adaptive === undefined) return { learningRate: ratio * learningRate };
  const betas = adaptive.betas.map((beta) => 1 - ratio * (1 - beta));
  return {
    learningRate: Math.sqrt(ratio) * learningRate,
    betas: betas.some((beta) => beta < 0) ? null : betas,
    eps: adaptive.eps / Math.sqrt(ratio),
  };
}

/** The learning rate alone, for quick fixes. */
export const scaledLearningRate = (
  isAdaptive: boolean,
  learningRate: number,
  fromBatch: number,
  toBatch: number,
): number => (isAdaptive ? Math.sqrt(toBatch / fromBatch) : toBatch / fromBatch) * learningRate;
