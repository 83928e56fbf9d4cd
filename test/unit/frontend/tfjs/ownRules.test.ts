/** Where TensorFlow.js goes its own way: masks, penalties and layers of the code. Its own numbers (4.22) are the truth. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { differences } from './random/differences';
import { tracedSaved, tracedSource } from './random/traced';
import { truthOf } from './random/truth';

beforeAll(async () => {
  await tf.setBackend('cpu');
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});

const EMBEDDING = 'tf.layers.embedding({inputDim: 4, outputDim: 2, maskZero: true, inputShape: [3]})';
const LSTM = 'tf.layers.lstm({units: 2})';
const DENSE = `tf.layers.dense({units: 3, inputShape: [4], kernelRegularizer: tf.regularizers.l2({l2: 0.3})})`;
const sequential = (...layers: string[]): string =>
  `function build() { return tf.sequential({layers: [${layers.join(', ')}]}); }`;
const trained = (statements: string): string =>
  `function build() { ${statements} model.compile({optimizer: 'sgd', loss: 'meanSquaredError'}); return model; }`;
const trainedList = (...layers: string[]): string =>
  trained(`const model = tf.sequential({layers: [${layers.join(', ')}]});`);

const masked: Readonly<Record<string, string>> = {
  'a mask reaches a recurrent layer behind a convolution': sequential(
    EMBEDDING,
    'tf.layers.conv1d({filters: 2, kernelSize: 1})',
    LSTM,
  ),
  'and behind a layer that makes other steps, of which it has the first': sequential(
    EMBEDDING,
    'tf.layers.permute({dims: [2, 1]})',
    LSTM,
  ),
  'or the last, where it runs backwards': sequential(
    EMBEDDING,
    'tf.layers.permute({dims: [2, 1]})',
    'tf.layers.gru({units: 2, goBackwards: true})',
  ),
  'and a decoder behind an encoder': sequential(EMBEDDING, LSTM, 'tf.layers.repeatVector({n: 3})', LSTM),
  'a mean over steps does not look at it': sequential(EMBEDDING, 'tf.layers.globalAveragePooling1d()'),
};

const others: Readonly<Record<string, string>> = {
  'a penalty of both kinds has 0.01 for the one that is left out': trainedList(
    'tf.layers.dense({units: 3, inputShape: [4], kernelRegularizer: tf.regularizers.l1l2({l2: 0.05})})',
  ),
  'a penalty by the name of its class': trainedList(
    "tf.layers.dense({units: 3, inputShape: [4], kernelRegularizer: 'L1L2'})",
  ),
  'penalties of cells do not count': trainedList(
    "tf.layers.lstm({units: 3, inputShape: [4, 2], kernelRegularizer: 'l1l2', recurrentRegularizer: 'l1l2'})",
  ),
  'nor those of both ways of a sequence': trainedList(
    "tf.layers.bidirectional({layer: tf.layers.gru({units: 3, kernelRegularizer: 'l1l2'}), inputShape: [4, 2]})",
  ),
  'those of a layer at every step do': trainedList(
    "tf.layers.timeDistributed({layer: tf.layers.dense({units: 3, kernelRegularizer: 'l1l2'}), inputShape: [4, 2]})",
  ),
  'a shared layer is penalised as often as it is called': trained(
    `const x = tf.input({shape: [4]}), shared = tf.layers.dense({units: 4, kernelRegularizer: 'l1l2'}); const model = tf.model({inputs: x, outputs: shared.apply(shared.apply(x))});`,
  ),
  'a model as a layer, too': trained(
    `const inner = tf.sequential({layers: [${DENSE}, ${DENSE.replace('inputShape: [4], ', '').replace('3,', '4,')}]}), x = tf.input({shape: [4]}); const model = tf.model({inputs: x, outputs: inner.apply(inner.apply(x))});`,
  ),
  'logLoss does not keep predictions between 0 and 1': `function build() { const model = tf.sequential({layers: [tf.layers.dense({units: 3, inputShape: [4], activation: 'softplus'})]}); model.compile({optimizer: 'sgd', loss: tf.losses.logLoss}); return model; }`,
  'a softmax has no logits for a binary loss': trained(
    `const model = tf.sequential({layers: [tf.layers.dense({units: 2, activation: 'softmax', inputShape: [4]})]});`,
  ).replace('meanSquaredError', 'binaryCrossentropy'),
  'and a sigmoid none for a categorical one': trained(
    `const model = tf.sequential({layers: [tf.layers.dense({units: 3, activation: 'sigmoid', inputShape: [4]})]});`,
  ).replace('meanSquaredError', 'categoricalCrossentropy'),
  'probabilities are logits where a loss is told so': trained(
    `const model = tf.sequential({layers: [tf.layers.dense({units: 3, activation: 'softmax', inputShape: [4]})]});`,
  ).replace("'meanSquaredError'", 'tf.losses.softmaxCrossEntropy'),
  'also those of a sigmoid': trained(
    `const model = tf.sequential({layers: [tf.layers.dense({units: 3, activation: 'sigmoid', inputShape: [4]})]});`,
  ).replace("'meanSquaredError'", 'tf.losses.sigmoidCrossEntropy'),
  'stacked cells': sequential(
    'tf.layers.rnn({cell: [tf.layers.lstmCell({units: 3}), tf.layers.gruCell({units: 2})], inputShape: [4, 2], name: "stack"})',
  ),
  'one cell': sequential(
    'tf.layers.rnn({cell: tf.layers.lstmCell({units: 3}), returnSequences: true, inputShape: [4, 2]})',
  ),
};

describe('rules of TensorFlow.js', () => {
  test.each(Object.entries(masked))('%s', async (_, source) => {
    const truth = truthOf({ source, vocabularies: [4] });
    expect(differences(tracedSource(source), truth)).toEqual([]);
    expect(differences(await tracedSaved(truth.model), truth)).toEqual([]);
  });

  test.each(Object.entries(others))('%s', async (_, source) => {
    const { loss, gradient, ...saved } = truthOf({ source, vocabularies: [undefined] });
    expect(
      differences(tracedSource(source), { ...saved, ...(loss && { loss }), ...(gradient && { gradient }) }),
    ).toEqual([]);
    expect(differences(await tracedSaved(saved.model), saved)).toEqual([]);
  });

  test('a layer of the code has settings of any name', () => {
    const source = `class Own extends tf.layers.Layer {
      constructor(config) { super(config); this.rate = config.rate; this.units = config.units; }
      build(shape) { this.kernel = this.addWeight('kernel', [shape[shape.length - 1], this.units], 'float32', tf.initializers.glorotNormal({})); }
      call(inputs) { return tf.matMul(inputs[0], this.kernel.read()).mul(this.rate); }
      computeOutputShape(shape) { return [shape[0], this.units]; }
      static get className() { return 'Own'; }
    }
    ${sequential('tf.layers.dense({units: 3, inputShape: [4]})', 'new Own({rate: 2, units: 5, activation: 7})')}`;
    expect(differences(tracedSource(source), truthOf({ source, vocabularies: [undefined] }))).toEqual([]);
  });
});
