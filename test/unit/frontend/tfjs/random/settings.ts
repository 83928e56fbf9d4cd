/** Settings that several layers share, as text of JavaScript, and objects with some of them left out. */
import type { Draw } from './draw';

/** Text of a value by the name of its setting. */
export type Settings = Readonly<Record<string, () => string>>;

/** `{units: 3, useBias: false}`: all that is needed, and each other setting or not. */
export function settingsText(draw: Draw, needed: Settings, other: Settings, share = 0.3): string {
  const entries = [...Object.entries(needed), ...Object.entries(other).filter(() => draw.chance(share))].map(
    ([name, text]) => `${name}: ${text()}`,
  );
  return entries.length === 0 && draw.chance(0.5) ? '' : `{${entries.join(', ')}}`;
}

const activations = [
  'elu',
  'gelu',
  'gelu_new',
  'hardSigmoid',
  'linear',
  'logSoftmax',
  'mish',
  'relu',
  'relu6',
  'selu',
  'sigmoid',
  'softmax',
  'softplus',
  'softsign',
  'swish',
  'tanh',
];

export const activation = (draw: Draw): string => `'${draw.pick(activations)}'`;

/** Of recurrent layers, whose states stay small. */
export const smoothActivation = (draw: Draw): string =>
  draw.pick(["'tanh'", "'sigmoid'", "'hardSigmoid'", "'softsign'", "'linear'", "'relu'"]);

export const initializer = (draw: Draw): string =>
  draw.pick([
    "'zeros'",
    "'ones'",
    "'glorotNormal'",
    "'heUniform'",
    "'leCunNormal'",
    "'randomUniform'",
    "'GlorotUniform'",
    'tf.initializers.constant({value: 0.2})',
    'tf.initializers.randomNormal({mean: 0.1, stddev: 0.3})',
    'tf.initializers.randomUniform({minval: -0.1, maxval: 0.1, seed: 3})',
    'tf.initializers.truncatedNormal({stddev: 0.2})',
    "tf.initializers.varianceScaling({scale: 2, mode: 'fanOut', distribution: 'uniform'})",
    'tf.initializers.heNormal({seed: 7})',
    'tf.initializers.zeros()',
  ]);

export const regularizer = (draw: Draw): string =>
  draw.pick([
    "'l1l2'",
    'tf.regularizers.l1()',
    'tf.regularizers.l2({l2: 0.03})',
    'tf.regularizers.l1l2({l1: 0.01, l2: 0.02})',
    'tf.regularizers.l1l2({l2: 0.05})',
    'tf.regularizers.l1({l1: 0.02})',
  ]);

export const constraint = (draw: Draw): string =>
  draw.pick([
    "'nonNeg'",
    "'unitNorm'",
    'tf.constraints.maxNorm({maxValue: 1.5, axis: 0})',
    'tf.constraints.minMaxNorm({minValue: 0.2, maxValue: 0.9, rate: 0.7})',
    'tf.constraints.unitNorm({axis: 0})',
    'tf.constraints.nonNeg()',
  ]);

/** What layers with a kernel take besides their sizes. */
export const kernelSettings = (draw: Draw, kernel = 'kernel'): Settings => ({
  activation: () => activation(draw),
  useBias: () => String(draw.chance(0.6)),
  [`${kernel}Initializer`]: () => initializer(draw),
  biasInitializer: () => initializer(draw),
  [`${kernel}Regularizer`]: () => regularizer(draw),
  biasRegularizer: () => regularizer(draw),
  [`${kernel}Constraint`]: () => constraint(draw),
  trainable: () => 'true',
});

/** One number for all axes, or one for each. */
export function sizes(draw: Draw, rank: number, low: number, high: number): string {
  if (draw.chance(0.5)) return String(draw.integer(low, high));
  return `[${Array.from({ length: rank }, () => draw.integer(low, high)).join(', ')}]`;
}

export const padding = (draw: Draw): string => draw.pick(["'same'", "'valid'"]);
