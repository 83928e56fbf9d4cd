/** Which runs are tried from every starting point. */
import type { FoundOptimizer } from '../../server/src/curvature/analysis/stability';
import { ADAM } from '../../server/src/curvature/estimators/trialOptimizers';

const plain = { momentum: 0, nesterov: false, dampening: 0, weightDecay: 0 };

type Optimizer = Omit<FoundOptimizer, 'learningRate' | 'batchSize'>;

export const optimizers: readonly Optimizer[] = [
  { ...plain, kind: 'SGD', description: 'SGD' },
  { ...plain, kind: 'SGD', momentum: 0.9, description: 'SGD, momentum 0.9' },
  { ...plain, kind: 'SGD', momentum: 0.9, nesterov: true, description: 'SGD, Nesterov 0.9' },
  { ...plain, kind: 'Adam', adaptive: ADAM, description: 'Adam' },
  { ...plain, kind: 'AdamW', weightDecay: 0.1, adaptive: { ...ADAM, decoupled: true }, description: 'AdamW' },
  {
    ...plain,
    kind: 'RMSprop',
    adaptive: { rule: 'RMSprop', alpha: 0.99, eps: 1e-8, momentum: 0, centered: false },
    description: 'RMSprop',
  },
];

/** Of the limit that B1 or B2 gives. */
export const manyMultiples: readonly number[] = [1 / 8, 1 / 4, 1 / 2, 0.8, 1, 1.25, 2, 4, 8];
/** For models whose runs take seconds. */
export const fewMultiples: readonly number[] = [1 / 8, 1 / 2, 1, 2, 8];
