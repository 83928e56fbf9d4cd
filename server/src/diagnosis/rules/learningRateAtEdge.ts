import type { Rule } from '../rule';
import { marginFinding } from '../stabilityMargin';

/** Share of the limit from which a learning rate counts as at the edge. */
const EDGE = 0.8;

export const learningRateAtEdge: Rule = {
  code: 'HL102',
  title: 'The learning rate is at the edge of stability',
  documentation: `The learning rate is between 0.8 and 1 of its stable limit at this checkpoint (see HL101 for the limit). Full-batch training drifts towards this edge by itself and then
hovers there; with mini-batches, noise makes the usable limit lower, so that spikes of the loss become likely.

**How it is computed.** As HL101.

**When it is wrong.** Training at the edge is common and often works: this is information, not an error.

**What to do.** Watch for spikes; if they come, lower the learning rate, lengthen the warm-up or clip the gradient.

**Source.** Cohen et al. 2021, Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability.`,
  check: (result, facts) =>
    marginFinding(result, facts, {
      code: 'HL102',
      severity: 'information',
      adaptive: false,
      applies: (margin) => margin >= EDGE && margin <= 1,
      advice: 'Spikes of the loss are likely; a lower learning rate or a longer warm-up gives room.',
    }),
};
