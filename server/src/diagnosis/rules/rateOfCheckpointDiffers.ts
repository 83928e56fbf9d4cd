import { short } from '../../curvature/numberText';
import type { Rule } from '../rule';

/** Learning rates closer than this are the same. */
const TOLERANCE = 0.01;

export const rateOfCheckpointDiffers: Rule = {
  code: 'HL106',
  title: 'The learning rate is not the one that the checkpoint was trained with',
  documentation: `The optimizer's state in the checkpoint has the learning rate of the run that wrote it, and the script has another one. Training from this checkpoint then goes on differently.

**How it is computed.** The learning rate of the first parameter group in the checkpoint (where a scheduler was used, the one it started from) against the script's.

**When it is wrong.** A change may be meant. Where the optimizer's own state is loaded afterwards, PyTorch takes the learning rate of the checkpoint, not that of the script.

**What to do.** If the batch size changed, the rules are: learning rate in proportion to it for SGD, to its square root for Adam and RMSprop (study B5). Otherwise compare both rates with the limit (B1) and the trial run (B10).

**Source.** Malladi et al. 2022, On the SDEs and Scaling Rules for Adaptive Gradient Algorithms; Granziol et al. 2022, Learning Rates as a Function of Batch Size.`,
  check: ({ stability, provenance }, facts) => {
    const { learningRate, checkpointLearningRate: before } = stability;
    if (learningRate === null || before === undefined || before <= 0) return [];
    const ratio = learningRate / before;
    if (Math.abs(ratio - 1) <= TOLERANCE) return [];
    const batches = facts.optimizer?.adaptive === undefined ? ratio : ratio ** 2;
    return [
      {
        ...(facts.learningRateAt ?? facts.modelAt),
        code: 'HL106',
        severity: 'information',
        message: `Learning rate ${short(learningRate)} is ${short(ratio)} times the ${short(before)} that the checkpoint was trained with. By the scaling rule this goes with batches ${short(batches)} times as large.`,
        related: [{ ...facts.modelAt, message: `the model whose checkpoint was read: ${provenance.model}` }],
      },
    ];
  },
};
