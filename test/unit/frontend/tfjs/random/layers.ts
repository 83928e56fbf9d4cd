/** One layer for an input of some rank, as text of JavaScript: `tf.layers.dense({units: 3})`. */
import { recurrentLayers } from './recurrentLayers';
import { spatialLayers } from './spatialLayers';
import type { Draw } from './draw';
import { activation, constraint, initializer, kernelSettings, regularizer, settingsText } from './settings';

export type Maker = (draw: Draw, sample: readonly number[]) => string;

const dense: Maker = (draw) =>
  `tf.layers.dense(${settingsText(draw, { units: () => String(draw.integer(1, 5)) }, kernelSettings(draw))})`;

const batchNormalization: Maker = (draw) =>
  `tf.layers.batchNormalization(${settingsText(
    draw,
    {},
    {
      axis: () => '-1',
      momentum: () => '0.9',
      epsilon: () => draw.pick(['0.01', '1e-5']),
      center: () => String(draw.chance(0.5)),
      scale: () => String(draw.chance(0.5)),
      betaInitializer: () => initializer(draw),
      gammaRegularizer: () => regularizer(draw),
      betaConstraint: () => constraint(draw),
    },
  )})`;

const layerNormalization: Maker = (draw, sample) =>
  `tf.layers.layerNormalization(${settingsText(
    draw,
    {},
    {
      axis: () => draw.pick(sample.length > 1 ? ['-1', '[-1]', '[1, 2]', '1'] : ['-1', '1']),
      epsilon: () => '0.01',
      center: () => String(draw.chance(0.5)),
      scale: () => String(draw.chance(0.5)),
      gammaInitializer: () => initializer(draw),
      betaRegularizer: () => regularizer(draw),
    },
  )})`;

const withoutWeights: Maker = (draw, sample) =>
  draw.pick([
    () => `tf.layers.activation({activation: ${activation(draw)}})`,
    () => `tf.layers.dropout({rate: ${draw.pick(['0', '0.3', '0.5'])}})`,
    () => `tf.layers.gaussianNoise({stddev: 0.2})`,
    () => `tf.layers.gaussianDropout({rate: 0.3})`,
    () => `tf.layers.alphaDropout({rate: 0.2})`,
    () => `tf.layers.reLU(${settingsText(draw, {}, { maxValue: () => '0.5' })})`,
    () => `tf.layers.leakyReLU(${settingsText(draw, {}, { alpha: () => '0.1' })})`,
    () => `tf.layers.elu(${settingsText(draw, {}, { alpha: () => '0.7' })})`,
    () => `tf.layers.thresholdedReLU(${settingsText(draw, {}, { theta: () => '0.1' })})`,
    () => `tf.layers.softmax(${settingsText(draw, {}, { axis: () => draw.pick(['-1', '1']) })})`,
    () => `tf.layers.rescaling({scale: ${draw.pick(['0.5', '1 / 3'])}${draw.pick(['', ', offset: -0.2'])}})`,
    () => `tf.layers.masking(${settingsText(draw, {}, { maskValue: () => '0.1' })})`,
    () => `tf.layers.flatten()`,
    () => `tf.layers.reshape({targetShape: ${reshaped(draw, sample)}})`,
  ])();

/** The same numbers in another shape. */
function reshaped(draw: Draw, sample: readonly number[]): string {
  const count = sample.reduce((product, size) => product * size, 1);
  const divisors = [1, 2, 3, 4, 5, 6].filter((size) => count % size === 0);
  const first = draw.pick(divisors);
  return draw.pick([
    `[${count}]`,
    `[${first}, -1]`,
    `[${first}, ${count / first}]`,
    `[-1, ${first}]`,
    `[1, ${first}, ${count / first}]`,
  ]);
}

const prelu: Maker = (draw, sample) =>
  `tf.layers.prelu(${settingsText(
    draw,
    {},
    {
      alphaInitializer: () => initializer(draw),
      alphaRegularizer: () => regularizer(draw),
      alphaConstraint: () => constraint(draw),
      sharedAxes: () => draw.pick(sample.length > 2 ? ['[1, 2]', '[1]', '[2, 3]'] : ['[1]']),
    },
  )})`;

const repeatVector: Maker = (draw) => `tf.layers.repeatVector({n: ${draw.integer(2, 4)}})`;

const permute: Maker = (draw, sample) =>
  `tf.layers.permute({dims: ${draw.pick(sample.length === 2 ? ['[2, 1]'] : ['[2, 1, 3]', '[3, 1, 2]', '[2, 3, 1]'])}})`;

const ofAnyRank = [dense, dense, withoutWeights, withoutWeights, batchNormalization, layerNormalization, prelu];

/** What takes samples [features], [steps, features], [height, width, channels] or [depth, height, width, channels]. */
const byRank: Readonly<Record<number, readonly Maker[]>> = {
  1: [...ofAnyRank, dense, repeatVector],
  2: [...ofAnyRank, permute, ...recurrentLayers, ...spatialLayers[2]],
  3: [...ofAnyRank, permute, ...spatialLayers[3]],
  4: [batchNormalization, withoutWeights, dense, ...spatialLayers[4]],
};

/** A layer that may fit samples of this shape: TensorFlow.js decides whether it does. */
export const layerText: Maker = (draw, sample) => {
  const text = draw.pick(byRank[sample.length] ?? [withoutWeights])(draw, sample);
  return draw.chance(0.1) ? named(text, `part${draw.integer(1, 1e6)}`) : text;
};

/** `tf.layers.dense({units: 3})` with `name` as its first setting. */
const named = (text: string, name: string): string =>
  text.replace(
    /^([^(]*)\(\{?(.*?)\}?\)$/s,
    (_, maker: string, settings: string) => `${maker}({${[`name: '${name}'`, settings].filter(Boolean).join(', ')}})`,
  );
