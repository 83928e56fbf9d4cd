import { short } from '../../curvature/numberText';
import { isComputed } from '../../curvature/quantity';
import type { Rule } from '../rule';

/** How many times the batch may be beyond the interval of the critical batch size. */
const ABOVE = 4;
const BELOW = 16;

export const batchFarFromCritical: Rule = {
  code: 'HL201',
  title: 'The batch size is far from the critical one',
  documentation: `The noise of the gradient sets a critical batch size. Far above it, averaging more samples hardly improves a step: the same progress is to be had from a smaller batch with as many
steps, at less cost. Far below it, steps are nearly all noise, and a larger batch (with a larger learning rate) reaches the same loss in fewer steps at hardly more samples.

**How it is computed.** The noise scale of C1 with its interval: the curvature-weighted one where it is defined, else tr C/‖g‖². The finding appears when the batch size of the script is more than 4 times above the
whole interval, or more than 16 times below it.

**When it is wrong.** The noise scale grows as training goes on: a batch that is too large for an early checkpoint may be right for a late one. Small batches may be chosen for memory, or for the
regularisation of their noise. A batch made of accumulated steps is counted whole, one spread over several devices is not.

**What to do.** Nothing must be done: training works either way. To save compute, move the batch size towards the critical one and scale the learning rate with it.

**Source.** McCandlish, Kaplan, Amodei et al. 2018, An Empirical Model of Large-Batch Training.`,
  check: (result, facts) => {
    const { batchSize } = result.stability;
    const critical = result.quantities['C1.criticalBatch'];
    if (batchSize === null || critical === undefined || !isComputed(critical)) return [];
    const { low, high } = critical.interval;
    const above = high !== null && batchSize > ABOVE * high;
    const below = low !== null && batchSize * BELOW < low;
    if (!above && !below) return [];
    const limits = `[${short(low ?? 0)}, ${high === null ? '∞' : short(high)}]`;
    return [
      {
        ...(facts.batchSizeAt ?? facts.modelAt),
        code: 'HL201',
        severity: 'information',
        message:
          `Batch size ${batchSize} is far ${above ? 'above' : 'below'} the critical one at this checkpoint, ${short(critical.value)} ${limits}. ` +
          (above
            ? 'Larger batches than that hardly improve a step; a smaller one reaches the same loss with fewer samples.'
            : 'A larger batch, with a larger learning rate, would reach the same loss in fewer steps at hardly more samples.'),
        related: [{ ...facts.modelAt, message: `the model whose gradient was analysed: ${result.provenance.model}` }],
      },
    ];
  },
};
