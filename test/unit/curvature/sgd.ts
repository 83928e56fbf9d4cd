import type { FoundOptimizer } from '../../../server/src/curvature/analysis/stability';

/** Plain SGD as a training script has it. */
export const sgd = (changes: Partial<FoundOptimizer> = {}): FoundOptimizer => ({
  kind: 'SGD',
  learningRate: 0.1,
  momentum: 0,
  nesterov: false,
  dampening: 0,
  weightDecay: 0,
  batchSize: 8,
  description: 'SGD',
  ...changes,
});
