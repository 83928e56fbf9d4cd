/** Catalogue, section B. Stability of training. */
import { MEAN_LOSS, QUADRATIC, curvature, rate, type Section } from './definition';

const EDGE =
  'Cohen, Kaur, Li, Kolter and Talwalkar 2021; Gilmer et al. 2021, A Loss Curvature Perspective on Training Instability';

export const stability = {
  'B1.limit': {
    title: "Largest stable learning rate of the script's optimizer",
    unit: rate,
    formula: 'GD 2/h, heavy ball 2(1 + β)/((1 − δ)h), Nesterov 2(1 + β)/((1 + 2β)h), with h = λmax + weight decay',
    estimator:
      'From A1.lambdaMax (of the training mode where BatchNorm makes it differ); the interval is that of λmax.',
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
} as const satisfies Section;
