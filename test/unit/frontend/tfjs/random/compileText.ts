/** `model.compile(…)` with a loss that suits the outputs. */
import type { Draw } from './draw';

/** Without the percentage error, whose size for targets of 0 hides the rest of a sum. */
const losses = [
  "'meanSquaredError'",
  "'meanAbsoluteError'",
  "'meanSquaredLogarithmicError'",
  "'hinge'",
  "'squaredHinge'",
  "'categoricalHinge'",
  "'logcosh'",
  "'poisson'",
  "'kullbackLeiblerDivergence'",
  "'cosineProximity'",
  "'binaryCrossentropy'",
  "'categoricalCrossentropy'",
  'tf.losses.meanSquaredError',
  'tf.losses.huberLoss',
  'tf.losses.absoluteDifference',
  'tf.losses.softmaxCrossEntropy',
  'tf.losses.sigmoidCrossEntropy',
  'tf.losses.logLoss',
  'tf.metrics.meanSquaredError',
  'tf.metrics.categoricalCrossentropy',
  '(labels, predictions) => tf.tidy(() => tf.mean(tf.abs(tf.sub(labels, predictions)).add(0.1).pow(1.5)))',
  '(labels, predictions) => predictions.sub(labels).square().mean(-1)',
  'function (yTrue, yPred) { return tf.losses.meanSquaredError(yTrue, yPred).add(yPred.square().mean().mul(0.1)); }',
];

const optimizers = [
  "'sgd'",
  "'adam'",
  'tf.train.adam(0.01)',
  'tf.train.sgd(0.1)',
  "'rmsprop'",
  'tf.train.momentum(0.1, 0.9)',
];

export function compileText(draw: Draw, outputs: readonly (readonly (number | null)[])[]): string {
  const loss = (): string => draw.pick(losses);
  const all =
    outputs.length === 1
      ? draw.pick([loss, () => `[${loss()}]`])()
      : draw.pick([loss, () => `[${outputs.map(loss).join(', ')}]`])();
  const metrics = draw.pick([
    '',
    ", metrics: ['accuracy']",
    ", metrics: 'mse'",
    ', metrics: [tf.metrics.meanAbsoluteError]',
  ]);
  return `model.compile({optimizer: ${draw.pick(optimizers)}, loss: ${all}${metrics}});`;
}
