import { isComputed } from '../../curvature/quantity';
import { short } from '../../curvature/numberText';
import type { Rule } from '../rule';

export const aboveBatchLimit: Rule = {
  code: 'HL105',
  title: 'The learning rate is above what the curvature of a batch allows',
  documentation: `The Hessian of a mini-batch has a larger eigenvalue than that of all samples, the more so the smaller the batch. The learning rate is below the limit of the full gradient, but above the one that the curvature of
single batches sets.

**How it is computed.** The largest eigenvalue is measured for batches of several sizes and fitted to the law of a spiked random matrix, λ_B = λ + c/(Bλ) (quantities B4). The finding appears when the study ran and the
learning rate is above the whole interval of the limit.

**When it is wrong.** The limit is the worst case, in which every step sees the same batch; steps on different batches partly undo each other. So this is information.

**What to do.** Watch for spikes; larger batches or a smaller learning rate give room. The trial run (B10) measures it.

**Source.** Granziol, Zohren and Roberts 2022, Learning Rates as a Function of Batch Size.`,
  check: ({ quantities, stability, provenance }, facts) => {
    const limit = quantities['B4.limitAtBatch'];
    const { learningRate, margin, batchSize } = stability;
    if (limit === undefined || !isComputed(limit) || learningRate === null || batchSize === null) return [];
    const isBelowOwn = isComputed(margin) && margin.value <= 1;
    const { high } = limit.interval;
    if (facts.optimizer?.adaptive !== undefined || !isBelowOwn || high === null || learningRate <= high) return [];
    return [
      {
        ...(facts.learningRateAt ?? facts.modelAt),
        code: 'HL105',
        severity: 'information',
        message: `Learning rate ${short(learningRate)} is below the limit of the full gradient, but above ${short(limit.value)}, what the curvature of batches of ${batchSize} allows. Spikes of the loss are likelier with such batches.`,
        related: [{ ...facts.modelAt, message: `the model whose loss was analysed: ${provenance.model}` }],
      },
    ];
  },
};
