/** Catalogue, section B. Stability of training. */
import { MEAN_LOSS, QUADRATIC, curvature, rate, type Section } from './definition';

const EDGE =
  'Cohen, Kaur, Li, Kolter and Talwalkar 2021; Gilmer et al. 2021, A Loss Curvature Perspective on Training Instability';

const ADAPTIVE = 'Cohen, Ghorbani, Krishnan et al. 2022, Adaptive Gradient Methods at the Edge of Stability';

const TRIAL =
  'Training goes on from here with a constant learning rate, without clipping; dropout is off and BatchNorm keeps its statistics.';

export const stability = {
  'B1.limit': {
    title: "Largest stable learning rate of the script's optimizer",
    unit: rate,
    formula:
      'GD 2/h, heavy ball 2(1 + β)/((1 − δ)h), Nesterov 2(1 + β)/((1 + 2β)h), with h = λmax + weight decay; adaptive optimizers as B2.preconditionedSharpness says',
    estimator:
      'From B1.sharpness, or B2.preconditionedSharpness for an adaptive optimizer; the interval is that of the eigenvalue.',
    assumptions: QUADRATIC,
    source: EDGE,
  },
  'B1.margin': {
    title: 'Learning rate in units of its limit',
    unit: '1 = edge of stability',
    formula: 'η / B1.limit',
    estimator: 'From B1.limit and the learning rate in the training script.',
    assumptions: QUADRATIC,
    source: EDGE,
  },
  'B1.sharpness': {
    title: 'Sharpness that training meets',
    unit: curvature,
    formula: 'λmax of the Hessian in train mode (batch statistics, no dropout noise), else A1.lambdaMax',
    estimator: 'As A1.lambdaMax.',
    assumptions: MEAN_LOSS,
    source: EDGE,
  },
  'B1.limitGradientDescent': {
    title: 'Limit for plain gradient descent',
    unit: rate,
    formula: '2/(λmax + weight decay)',
    estimator: 'From B1.sharpness.',
    assumptions: QUADRATIC,
    source: EDGE,
  },
  'B1.limitHeavyBall': {
    title: 'Limit for momentum',
    unit: rate,
    formula: '2(1 + β)/(λmax + weight decay)',
    estimator: 'From B1.sharpness; β of the script, 0.9 where it has none.',
    assumptions: QUADRATIC,
    source: EDGE,
  },
  'B1.limitNesterov': {
    title: 'Limit for Nesterov momentum',
    unit: rate,
    formula: '2(1 + β)/((1 + 2β)(λmax + weight decay))',
    estimator: 'From B1.sharpness; β of the script, 0.9 where it has none.',
    assumptions: QUADRATIC,
    source: EDGE,
  },
  'B2.preconditionedSharpness': {
    title: 'Sharpness that an adaptive optimizer meets',
    unit: '1 / learning rate',
    formula:
      'κ = λmax of P^(−½)HP^(−½), P = (1 − β₁ᵗ)·(√(v/(1 − β₂ᵗ)) + ε) for Adam and AdamW (stable below (2 + 2β₁)/((1 − β₁)κ)) and NAdam (2 + 2β₁)/((1 + β₁ − 2μβ₁)κ); √v + ε for RMSprop (2(1 + β)/κ) and Adagrad (2/κ); L2 weight decay ω adds ωI to H',
    estimator:
      'Lanczos. v from the optimizer state in the checkpoint, else E[g_B²] = g² + C/B of the analysed samples, the value that v tends to when the weights stand still.',
    assumptions:
      'P moves slowly compared with the weights; at the very start of training, when P is that of a few steps, the limit says little.',
    source: ADAPTIVE,
  },
  'B10.rise': {
    title: 'Rise of the loss in a trial run',
    unit: 'share of the loss at the start',
    formula: '(largest loss within 50 steps − loss at the start)/|loss at the start|, at least 0',
    estimator:
      "Steps of the optimizer on batches drawn with replacement from the analysed samples; the loss of all samples is measured after each of the first four steps and after every fourth. Without a part: the script's optimizer at its learning rate.",
    assumptions: TRIAL,
    source: EDGE,
  },
  'B10.largestStable': {
    title: 'Largest learning rate that held in trial runs',
    unit: rate,
    formula:
      'largest rate tried below the first one at which the loss rose by more than a fifth; the interval reaches to that one',
    estimator: "Trial runs of 50 steps at ¼ … 4 times the script's learning rate and at its limit.",
    assumptions: TRIAL,
    source: EDGE,
  },
} as const satisfies Section;
