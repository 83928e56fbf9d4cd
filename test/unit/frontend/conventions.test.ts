/** docs/conventions.md row by row: the same small thing in Keras, TensorFlow.js and PyTorch. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LossSpec, TracedModel } from '../../../server/src/frontend/model';
import { traceModel } from '../../../server/src/frontend/torch/traceModel';
import { readTrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import { elementCount, type Node } from '../../../server/src/graph/node';
import type { ConstantData } from '../../../server/src/graph/primitives';
import { noSources } from './onnx/fixtures';

const traced = (file: string, source: string, sample: readonly number[], loss?: LossSpec): TracedModel => {
  const model = traceModel({
    file,
    source,
    sources: noSources,
    model: 'model()',
    inputs: [{ kind: 'shape', sample }],
    batch: 1,
    precision: 'float64',
    ...(loss === undefined ? {} : { loss }),
  });
  if (model.stopped !== null) throw new Error(model.stopped.reason);
  return model;
};

/** A model of one layer, or of the layers of an expression. */
const keras = (layer: string, sample: readonly number[]): TracedModel =>
  traced(
    'model.py',
    `import keras\nfrom keras import layers\ndef model():\n    return keras.Sequential([keras.Input((${sample.join(', ')},)), ${layer}])\n`,
    sample,
  );
const torch = (layer: string, sample: readonly number[]): TracedModel =>
  traced('model.py', `import torch\nfrom torch import nn\ndef model():\n    return ${layer}\n`, sample);
const tfjs = (layer: string, options: string, sample: readonly number[]): TracedModel =>
  traced(
    'model.js',
    `import * as tf from '@tensorflow/tfjs';\nexport function model() {\n  return tf.sequential({ layers: [tf.layers.${layer}({ inputShape: [${sample.join(', ')}], ${options} })] });\n}\n`,
    sample,
  );

const shapes = ({ parameters }: TracedModel): number[][] => parameters.map(({ shape }) => [...shape]);
const names = ({ parameters }: TracedModel): string[] => parameters.map(({ name }) => name.split(/[./]/).pop() ?? '');
const outputShape = ({ outputNode }: TracedModel): number[] => [...(outputNode?.shape ?? [])];

type Values = (name: string, i: number, initial: number) => number;

/** Output (or loss) at an input, with parameters and buffers as `values` has them, else as they begin. */
function result(model: TracedModel, x: readonly number[], values: Values = (_, __, initial) => initial): number[] {
  const feeds = new Map<Node, ConstantData>();
  const fill = (name: string, initial: ArrayLike<number>): Float64Array =>
    Float64Array.from(initial, (value, i) => values(name.split(/[./]/).pop() ?? '', i, value));
  for (const { name, node, initial } of model.parameters) feeds.set(node, fill(name, initial()));
  for (const { name, node, initial } of model.buffers)
    if (node.primitive === 'input' && node.dtype === 'float') feeds.set(node, fill(name, Float64Array.from(initial())));
  for (const { node } of model.inputs) feeds.set(node, Float64Array.from(x));
  for (const { node } of model.loss?.targets ?? [])
    feeds.set(node, node.dtype === 'int' ? Int32Array.of(1) : new Float64Array(elementCount(node.shape)));
  const output = model.loss?.node ?? model.outputNode;
  return Array.from(evaluate(output === undefined ? [] : [output], feeds)[0] ?? [], Number);
}

const ones: Values = (name, _, initial) => (/kernel|weight/.test(name) ? 1 : /bias/.test(name) ? 0 : initial);
const close = (found: readonly number[], expected: readonly number[]): void => {
  expect(found).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 6));
};

/** All weights zero but the bias of one gate, which is large: the output after one step. */
const openGate = (model: TracedModel, gate: number, bias: RegExp): number =>
  result(model, [1], (name, i) => (bias.test(name) && i === gate ? 50 : name.startsWith('bias') ? 0.3 : 0))[0] ?? NaN;

const epsilonOf = (model: TracedModel, x: readonly number[]): number => {
  const [first = NaN] = result(model, x, (name, _, initial) => (/var/.test(name) ? 0 : initial));
  // x/√ε of a value of 1 where its variance is 0.
  return 1 / first ** 2;
};

const optimizerFact = (file: string, source: string): unknown =>
  readTrainingFacts({ file, source, sources: noSources }).optimizers[0]?.arguments['eps']?.value;

const lossOf = (library: 'keras' | 'torch', loss: string, size: number): TracedModel =>
  traced(
    'model.py',
    library === 'keras'
      ? `import keras\ndef model():\n    return keras.Sequential([keras.Input((${size},)), keras.layers.Activation("linear")])\n`
      : 'from torch import nn\ndef model():\n    return nn.Identity()\n',
    [size],
    { kind: 'expression', text: loss, target: loss.includes('ross') ? 'classes' : 'values' },
  );

const rows: Readonly<Record<string, () => void>> = {
  'data of images': () => {
    expect(outputShape(keras('layers.Conv2D(3, 2)', [4, 5, 2]))).toEqual([1, 3, 4, 3]);
    expect(outputShape(tfjs('conv2d', 'filters: 3, kernelSize: 2', [4, 5, 2]))).toEqual([1, 3, 4, 3]);
    expect(outputShape(torch('nn.Conv2d(2, 3, 2)', [2, 4, 5]))).toEqual([1, 3, 3, 4]);
  },
  'kernel of a convolution': () => {
    expect(shapes(keras('layers.Conv2D(3, (4, 5))', [6, 6, 2]))[0]).toEqual([4, 5, 2, 3]);
    expect(shapes(tfjs('conv2d', 'filters: 3, kernelSize: [4, 5]', [6, 6, 2]))[0]).toEqual([4, 5, 2, 3]);
    expect(shapes(torch('nn.Conv2d(2, 3, (4, 5))', [2, 6, 6]))[0]).toEqual([3, 2, 4, 5]);
  },
  'kernel of a transposed convolution': () => {
    expect(shapes(keras('layers.Conv2DTranspose(3, (4, 5))', [6, 6, 2]))[0]).toEqual([4, 5, 3, 2]);
    expect(shapes(tfjs('conv2dTranspose', 'filters: 3, kernelSize: [4, 5]', [6, 6, 2]))[0]).toEqual([4, 5, 3, 2]);
    expect(shapes(torch('nn.ConvTranspose2d(2, 3, (4, 5))', [2, 6, 6]))[0]).toEqual([2, 3, 4, 5]);
  },
  'kernel of a depthwise convolution': () => {
    expect(names(keras('layers.DepthwiseConv2D(3)', [6, 6, 2]))).toEqual(['kernel', 'bias']);
    expect(names(tfjs('depthwiseConv2d', 'kernelSize: 3', [6, 6, 2]))).toEqual(['depthwise_kernel', 'bias']);
    expect(shapes(torch('nn.Conv2d(2, 2, 3, groups=2)', [2, 6, 6]))[0]).toEqual([2, 1, 3, 3]);
  },
  'kernel of a dense layer': () => {
    expect(shapes(keras('layers.Dense(3)', [2]))[0]).toEqual([2, 3]);
    expect(shapes(tfjs('dense', 'units: 3', [2]))[0]).toEqual([2, 3]);
    expect(shapes(torch('nn.Linear(2, 3)', [2]))[0]).toEqual([3, 2]);
  },
  'padding "same"': () => {
    const x = [1, 2, 3, 4];
    close(result(keras('layers.Conv1D(1, 3, strides=2, padding="same")', [4, 1]), x, ones), [6, 7]);
    const options = "filters: 1, kernelSize: 3, strides: 2, padding: 'same'";
    close(result(tfjs('conv1d', options, [4, 1]), x, ones), [6, 7]);
    close(result(torch('nn.Conv1d(1, 1, 3, stride=2, padding=1)', [1, 4]), x, ones), [3, 9]);
  },
  'average over padded places': () => {
    close(result(keras('layers.AveragePooling1D(3, 1, "same")', [3, 1]), [3, 3, 3]), [3, 3, 3]);
    close(result(tfjs('averagePooling1d', "poolSize: 3, strides: 1, padding: 'same'", [3, 1]), [3, 3, 3]), [3, 3, 3]);
    close(result(torch('nn.AvgPool1d(3, 1, 1)', [1, 3]), [3, 3, 3]), [2, 3, 2]);
  },
  'gates of LSTM': () => {
    // The third gate is the candidate, which is then 1; the other gates are shares of equal size.
    const half = 1 / (1 + Math.exp(-0.3));
    const candidate = half * Math.tanh(half);
    expect(openGate(keras('layers.LSTM(1, activation="tanh")', [1, 1]), 2, /^bias$/)).toBeCloseTo(candidate, 6);
    const options = "units: 1, recurrentActivation: 'sigmoid'";
    expect(openGate(tfjs('lstm', options, [1, 1]), 2, /^bias$/)).toBeCloseTo(candidate, 6);
    const twice = 1 / (1 + Math.exp(-0.6));
    expect(openGate(torchLast('nn.LSTM(1, 1, batch_first=True)'), 2, /^bias_ih/)).toBeCloseTo(
      twice * Math.tanh(twice),
      6,
    );
  },
  'biases of LSTM': () => {
    const biases = (model: TracedModel): number[][] =>
      model.parameters.filter(({ name }) => /bias/.test(name)).map(({ initial }) => Array.from(initial()));
    expect(biases(keras('layers.LSTM(1)', [1, 1]))).toEqual([[0, 1, 0, 0]]);
    expect(biases(tfjs('lstm', 'units: 1', [1, 1]))).toEqual([[0, 1, 0, 0]]);
    const [first = [], second = []] = biases(torchLast('nn.LSTM(1, 1, batch_first=True)'));
    expect([...first, ...second].filter((value) => value !== 0)).toHaveLength(8);
  },
  'gates of GRU': () => {
    // z near 1 keeps the state, which is 0.
    expect(openGate(keras('layers.GRU(1)', [1, 1]), 0, /^bias$/)).toBeCloseTo(0, 6);
    expect(openGate(tfjs('gru', 'units: 1', [1, 1]), 0, /^bias$/)).toBeCloseTo(0, 6);
    const last = torchLast('nn.GRU(1, 1, batch_first=True)');
    expect(openGate(last, 1, /^bias_ih/)).toBeCloseTo(0, 6);
    expect(openGate(last, 0, /^bias_ih/)).toBeGreaterThan(0.1);
  },
  'reset gate of GRU': () => {
    // Applied after the product, the inner product has a bias of its own.
    expect(shapes(keras('layers.GRU(2)', [1, 1]))[2]).toEqual([2, 6]);
    expect(shapes(tfjs('gru', 'units: 2', [1, 1]))[2]).toEqual([6]);
    expect(shapes(torchLast('nn.GRU(1, 2, batch_first=True)')).slice(2)).toEqual([[6], [6]]);
  },
  'recurrent activation': () => {
    // Only o and the candidate count: r(0.3)·tanh(r(0.3)).
    const output = (share: number): number => share * Math.tanh(share);
    const sigmoid = 1 / (1 + Math.exp(-0.3));
    expect(openGate(keras('layers.LSTM(1)', [1, 1]), 2, /^bias$/)).toBeCloseTo(output(sigmoid), 6);
    expect(openGate(tfjs('lstm', 'units: 1', [1, 1]), 2, /^bias$/)).toBeCloseTo(output(0.56), 6);
  },
  'hard sigmoid': () => {
    close(result(keras('layers.Activation("hard_sigmoid")', [1]), [1]), [2 / 3]);
    close(result(tfjs('activation', "activation: 'hardSigmoid'", [1]), [1]), [0.7]);
    close(result(torch('nn.Hardsigmoid()', [1]), [1]), [2 / 3]);
  },
  'epsilon of batch normalisation': () => {
    expect(epsilonOf(keras('layers.BatchNormalization()', [1]), [1])).toBeCloseTo(1e-3, 9);
    expect(epsilonOf(tfjs('batchNormalization', '', [1]), [1])).toBeCloseTo(1e-3, 9);
    expect(epsilonOf(torch('nn.BatchNorm1d(1)', [1]), [1])).toBeCloseTo(1e-5, 9);
  },
  'epsilon of layer normalisation': () => {
    // Values ±s have variance s²: the output is s / √(s² + ε).
    const s = 0.01;
    const epsilon = (model: TracedModel): number => (s / (result(model, [s, -s])[0] ?? NaN)) ** 2 - s * s;
    expect(epsilon(keras('layers.LayerNormalization()', [2]))).toBeCloseTo(1e-3, 9);
    expect(epsilon(tfjs('layerNormalization', '', [2]))).toBeCloseTo(1e-3, 9);
    expect(epsilon(torch('nn.LayerNorm(2)', [2]))).toBeCloseTo(1e-5, 9);
  },
  'momentum of batch normalisation': () => {
    expect(outputShape(keras('layers.Dense(round(100 * layers.BatchNormalization().momentum))', [1]))).toEqual([1, 99]);
    expect(outputShape(torch('nn.Linear(1, round(100 * nn.BatchNorm1d(1).momentum))', [1]))).toEqual([1, 10]);
  },
  'slope of leaky ReLU': () => {
    close(result(keras('layers.LeakyReLU()', [1]), [-1]), [-0.3]);
    close(result(keras('layers.Activation("leaky_relu")', [1]), [-1]), [-0.2]);
    close(result(tfjs('leakyReLU', '', [1]), [-1]), [-0.3]);
    close(result(torch('nn.LeakyReLU()', [1]), [-1]), [-0.01]);
  },
  'nearest place of a resized image': () => {
    const x = [0, 1, 2, 3, 4];
    close(result(keras('layers.Resizing(1, 2, interpolation="nearest")', [1, 5, 1]), x), [1, 3]);
    close(result(tfjs('resizing', 'height: 1, width: 2, interpolation: "nearest"', [1, 5, 1]), x), [0, 4]);
    close(result(torch('nn.Upsample(size=(1, 2))', [1, 1, 5]), x), [0, 2]);
  },
  'cubic filter of a resized image': () => {
    const first = (values: readonly number[]): number[] => values.slice(0, 1);
    // Keys' filter at distances ¼ and 1¼.
    close(first(result(keras('layers.Resizing(1, 4, interpolation="bicubic")', [1, 2, 1]), [0, 1])), [
      -0.0703125 / 0.796875,
    ]);
    close(first(result(torch("nn.Upsample(size=(1, 4), mode='bicubic')", [1, 1, 2]), [0, 1])), [-0.10546875]);
  },
  GELU: () => {
    close(result(keras('layers.Activation("gelu")', [1]), [1]), [0.8413447]);
    close(result(torch('nn.GELU()', [1]), [1]), [0.8413447]);
  },
  'epsilon of Adam': () => {
    expect(optimizerFact('train.py', 'import keras\nkeras.optimizers.Adam(0.1)\n')).toBe(1e-7);
    const made = 'from torch import nn, optim\noptim.Adam(nn.Linear(1, 1).parameters())\n';
    expect(optimizerFact('train.py', made)).toBe(1e-8);
  },
  'first kernel': () => {
    const largest = ({ parameters: [kernel] }: TracedModel): number =>
      Math.max(...(kernel?.initial() ?? []).map(Math.abs));
    const glorot = Math.sqrt(6 / 600);
    for (const model of [keras('layers.Dense(500)', [100]), tfjs('dense', 'units: 500', [100])]) {
      expect(largest(model)).toBeLessThanOrEqual(glorot);
      expect(largest(model)).toBeGreaterThan(0.99 * glorot);
    }
    // PyTorch has no part for the outputs.
    const own = largest(torch('nn.Linear(400, 100)', [400]));
    expect(own).toBeLessThanOrEqual(0.05);
    expect(own).toBeGreaterThan(0.99 * 0.05);
  },
  'first bias': () => {
    const bias = ({ parameters }: TracedModel): number[] => Array.from(parameters[1]?.initial() ?? []);
    expect(bias(keras('layers.Dense(3)', [2]))).toEqual([0, 0, 0]);
    expect(bias(tfjs('dense', 'units: 3', [2]))).toEqual([0, 0, 0]);
    expect(bias(torch('nn.Linear(2, 3)', [2])).every((value) => value !== 0)).toBe(true);
  },
  'cross entropy': () => {
    const x = [0.2, 0.8];
    const ofLogits = Math.log(1 + Math.exp(-0.6));
    const name = 'keras.losses.SparseCategoricalCrossentropy';
    close(result(lossOf('keras', `${name}()`, 2), x), [-Math.log(0.8)]);
    close(result(lossOf('keras', `${name}(from_logits=True)`, 2), x), [ofLogits]);
    close(result(lossOf('torch', 'nn.CrossEntropyLoss()', 2), x), [ofLogits]);
  },
  'reduction of losses': () => {
    close(result(lossOf('keras', 'keras.losses.MeanSquaredError()', 4), [1, 2, 3, 4]), [7.5]);
    close(result(lossOf('torch', 'nn.MSELoss()', 4), [1, 2, 3, 4]), [7.5]);
  },
};

/** A recurrent network of PyTorch with its last output. */
function torchLast(layer: string): TracedModel {
  const source = `from torch import nn
class Last(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = ${layer}
    def forward(self, x):
        return self.inner(x)[0][:, -1]
def model():
    return Last()
`;
  return traced('model.py', source, [1, 1]);
}

describe('docs/conventions.md', () => {
  it('has a test for each row, and a row for each test', () => {
    const table = readFileSync('docs/conventions.md', 'utf8');
    const found = [...table.matchAll(/^\| ([^|]+?) \|/gm)].map(([, name = '']) => name);
    expect(found).toEqual(Object.keys(rows));
  });

  it.each(Object.entries(rows))('%s', (_, check) => check());
});
