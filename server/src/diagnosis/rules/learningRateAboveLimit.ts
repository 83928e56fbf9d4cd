import type { Rule } from '../rule';
import { marginFinding } from '../stabilityMargin';

export const learningRateAboveLimit: Rule = {
  code: 'HL101',
  title: 'The learning rate is above its stable limit',
  documentation: `At this checkpoint the learning rate times the largest Hessian eigenvalue (plus weight decay) exceeds what the optimizer can bear: 2 for gradient descent,
2(1 + β) for momentum, 2(1 + β)/(1 + 2β) for Nesterov. Along the steepest direction every step then overshoots by more than it gains, and the loss grows until
the weights have moved to a flatter place or to infinity.

**How it is computed.** λmax by Lanczos with a residual bound, in train mode where BatchNorm makes that differ from eval mode (quantity B1). The margin is η/limit; this finding
appears when the margin is above 1.

**When it is wrong.** The limit is that of a quadratic. A network may leave the sharp place within a few steps ("catapult") and go on at a flatter one; a warm-up or a schedule that has
already lowered the rate is not taken into account. Mini-batch noise makes the true limit lower, not higher.

**What to do.** Lower the learning rate below the limit in the message, or start with a warm-up.

**Source.** Cohen et al. 2021, Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability; Gilmer et al. 2021, A Loss Curvature Perspective on Training Instability.`,
  check: (result, facts) =>
    marginFinding(result, facts, {
      code: 'HL101',
      severity: 'warning',
      adaptive: false,
      applies: (margin) => margin > 1,
      advice: 'Steps along the steepest direction overshoot and grow: lower the learning rate or warm up.',
    }),
};
