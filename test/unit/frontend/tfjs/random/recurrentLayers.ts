/** Recurrent layers, cells and wrappers, for samples [steps, features]. */
import type { Draw } from './draw';
import { activation, constraint, initializer, padding, regularizer, settingsText, smoothActivation } from './settings';
import type { Settings } from './settings';

const cellSettings = (draw: Draw, gated: boolean): Settings => ({
  activation: () => smoothActivation(draw),
  ...(gated ? { recurrentActivation: () => draw.pick(["'sigmoid'", "'hardSigmoid'", "'tanh'"]) } : {}),
  useBias: () => String(draw.chance(0.5)),
  kernelInitializer: () => initializer(draw),
  recurrentInitializer: () => draw.pick(["'orthogonal'", "'glorotUniform'"]),
  biasInitializer: () => initializer(draw),
  kernelRegularizer: () => regularizer(draw),
  recurrentRegularizer: () => regularizer(draw),
  biasConstraint: () => constraint(draw),
  dropout: () => '0.2',
});

const kinds = ['simpleRNN', 'lstm', 'gru'] as const;
type Kind = (typeof kinds)[number];

const kindSettings = (draw: Draw, kind: Kind): Settings => ({
  ...cellSettings(draw, kind !== 'simpleRNN'),
  ...(kind === 'lstm' ? { unitForgetBias: () => String(draw.chance(0.5)) } : {}),
  ...(kind === 'simpleRNN' ? {} : { implementation: () => draw.pick(['1', '2']) }),
});

const units = (draw: Draw): Settings => ({ units: () => String(draw.integer(1, 4)) });

function recurrent(draw: Draw): string {
  const kind = draw.pick(kinds);
  const settings = settingsText(
    draw,
    units(draw),
    {
      returnSequences: () => 'true',
      goBackwards: () => 'true',
      unroll: () => 'true',
      ...kindSettings(draw, kind),
    },
    0.25,
  );
  return `tf.layers.${kind}(${settings})`;
}

function cell(draw: Draw): string {
  const kind = draw.pick(kinds);
  return `tf.layers.${kind}Cell(${settingsText(draw, units(draw), kindSettings(draw, kind), 0.25)})`;
}

function ofCells(draw: Draw): string {
  const cells = draw.pick([
    () => cell(draw),
    () => `[${cell(draw)}, ${cell(draw)}]`,
    () => `tf.layers.stackedRNNCells({cells: [${cell(draw)}, ${cell(draw)}]})`,
  ])();
  const settings = { returnSequences: () => String(draw.chance(0.7)), goBackwards: () => 'true' };
  return `tf.layers.rnn(${settingsText(draw, { cell: () => cells }, settings)})`;
}

const bidirectional = (draw: Draw): string =>
  `tf.layers.bidirectional(${settingsText(
    draw,
    { layer: () => recurrent(draw) },
    { mergeMode: () => draw.pick(["'concat'", "'sum'", "'mul'", "'ave'"]) },
    0.8,
  )})`;

const timeDistributed = (draw: Draw): string =>
  `tf.layers.timeDistributed({layer: tf.layers.dense({units: ${draw.integer(1, 4)}, activation: ${activation(draw)}})})`;

const conv1d = (draw: Draw): string =>
  `tf.layers.conv1d(${settingsText(
    draw,
    { filters: () => String(draw.integer(1, 4)), kernelSize: () => draw.pick(['1', '2', '3', '[2]']) },
    {
      padding: () => draw.pick([padding(draw), "'causal'"]),
      strides: () => draw.pick(['1', '2', '[2]']),
      dilationRate: () => draw.pick(['1', '2', '[2]']),
      activation: () => activation(draw),
      useBias: () => String(draw.chance(0.5)),
      kernelRegularizer: () => regularizer(draw),
    },
    0.35,
  )})`;

export const recurrentLayers = [recurrent, recurrent, ofCells, bidirectional, timeDistributed, conv1d];
