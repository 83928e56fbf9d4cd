import type { Rule } from '../rule';
import { marginFinding } from '../stabilityMargin';

export const adaptiveRateAboveLimit: Rule = {
  code: 'HL103',
  title: 'The learning rate is above the stable limit of an adaptive optimizer',
  documentation: `An adaptive optimizer divides every component of its step by a running size of the gradient. What it meets is the preconditioned Hessian P^(−½)HP^(−½); its largest eigenvalue times the
learning rate exceeds (2 + 2β₁)/(1 − β₁) for Adam and AdamW (38 at β₁ = 0.9), 2(1 + β) for RMSprop with momentum β, or 2 for Adagrad.

**How it is computed.** P comes from the optimizer's state in the checkpoint, with its bias corrections and eps; without a state, from the mean square of mini-batch gradients at these parameters. The eigenvalue
comes from Lanczos with a residual bound (quantity B2); the finding appears when the margin of B1 is above 1.

**When it is wrong.** P is held fixed: when gradients grow, P grows within about 1/(1 − β₂) steps and the optimizer becomes stable again. So a spike of the loss is likelier than a divergence. Without a state in the checkpoint
(and at the start of training) P is a guess.

**What to do.** Lower the learning rate below the limit in the message, warm up, or lower β₂ so that P follows faster.

**Source.** Cohen et al. 2022, Adaptive Gradient Methods at the Edge of Stability.`,
  check: (result, facts) =>
    marginFinding(result, facts, {
      code: 'HL103',
      severity: 'warning',
      adaptive: true,
      applies: (margin) => margin > 1,
      advice: 'Spikes of the loss are likely: lower the learning rate or warm up.',
    }),
};
