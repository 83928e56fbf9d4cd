import { short } from '../../curvature/numberText';
import { valueOf } from '../../curvature/quantity';
import type { Rule } from '../rule';

/** Schedules that may begin with small learning rates. */
const WARMING = /warm|onecycle|linearlr|sequentiallr|lambdalr|cycliclr|noam/i;

export const warmUpNeeded: Rule = {
  code: 'HL107',
  title: 'A warm-up would keep the loss from rising',
  documentation: `From these parameters the script's learning rate makes the loss rise, and no schedule with a warm-up was found in the script. With a linear warm-up of the length in the message it does not rise: the weights first move to
where the loss is flatter.

**How it is computed.** The study B6 tries linear ramps of 10, 20, 40 and 80 steps from half of the stable limit to the script's learning rate, each followed by 50 steps at the full one, on batches drawn from the analysed samples.

**When it is wrong.** A warm-up that the script writes by hand (changing the learning rate inside the loop) is not seen. The trial sees the analysed samples only, in eval mode.

**What to do.** Add the warm-up, for instance with torch.optim.lr_scheduler.LinearLR, or lower the learning rate.

**Source.** Gilmer et al. 2021, A Loss Curvature Perspective on Training Instability.`,
  check: ({ quantities, stability, provenance }, facts) => {
    const steps = valueOf(quantities['B6.steps']);
    const start = valueOf(quantities['B6.startRate']);
    const { learningRate } = stability;
    if (steps === undefined || start === undefined || steps === 0 || learningRate === null) return [];
    if (facts.schedules?.some((kind) => WARMING.test(kind)) === true) return [];
    return [
      {
        ...(facts.learningRateAt ?? facts.modelAt),
        code: 'HL107',
        severity: 'information',
        message: `Without a warm-up the loss rises at learning rate ${short(learningRate)}; a linear one of ${steps} steps from ${short(start)} (factor ${short(start / learningRate)}) keeps it from rising.`,
        related: [{ ...facts.modelAt, message: `the model whose loss was analysed: ${provenance.model}` }],
      },
    ];
  },
};
