import { isComputed } from '../../curvature/quantity';
import type { Rule } from '../rule';
import { trialOf } from '../trial';

export const unstableTrial: Rule = {
  code: 'HL104',
  title: 'Training is unstable below the limit of the full gradient',
  documentation: `The learning rate is below the limit that the largest Hessian eigenvalue sets (B1, B2), or that limit is not known, and yet the loss rises by more than a fifth within the first 50 steps. Reasons are the noise of
mini-batches, which lowers the limit (quantities B3), the first steps of an adaptive optimizer whose averages are still empty, momentum that builds up, or curvature that grows on the way.

**How it is computed.** The script's optimizer, with its state from the checkpoint if there is one, takes 50 steps from these parameters on batches of the script's size, drawn from the analysed samples; the loss of all of them is measured after each of
the first four steps and after every fourth (quantity B10). The finding appears when it was more than 20 % above its start.

**When it is wrong.** The trial has a constant learning rate: a warm-up that starts lower, or clipping of the gradient, may prevent what it shows. It sees the analysed samples only, in eval mode. A run may recover from such a rise.

**What to do.** Lower the learning rate, warm up, take larger batches, or clip the gradient; the study B10 shows which learning rates hold.

**Source.** Dexter et al. 2024, A Precise Characterization of SGD Stability Using Loss Surface Geometry; Gilmer et al. 2021, A Loss Curvature Perspective on Training Instability.`,
  check: (result, facts) => {
    const trial = trialOf(result);
    const { margin, learningRate, optimizer, batchSize } = result.stability;
    if (trial?.diverged !== true || learningRate === null) return [];
    // Above the limit it is HL101 or HL103 that says so.
    if (isComputed(margin) && margin.value > 1) return [];
    const share = isComputed(margin)
      ? `, ${Number(margin.value.toPrecision(3))} of its limit for the full gradient,`
      : '';
    return [
      {
        ...(facts.learningRateAt ?? facts.modelAt),
        code: 'HL104',
        severity: 'warning',
        message:
          `Learning rate ${Number(learningRate.toPrecision(3))} of ${optimizer ?? 'the optimizer'}${share} is too large for ` +
          `${batchSize === null ? 'its batches' : `batches of ${batchSize}`}. ${trial.text} Lower it, warm up or take larger batches.`,
        related: [{ ...facts.modelAt, message: `the model whose loss was analysed: ${result.provenance.model}` }],
      },
    ];
  },
};
