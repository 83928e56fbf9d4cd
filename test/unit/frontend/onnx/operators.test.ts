/** Every operator against ONNX Runtime, which is another implementation of the same specification. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { refusals, refusalsByReason } from '../../../../server/src/frontend/onnx/operators/refused';
import { operatorNames } from '../../../../server/src/frontend/onnx/operators/table';
import { expectSameAsRuntime, image, ints, scalar, weight, type Case } from './againstRuntime';

const simple = (ops: readonly string[], more: Partial<Case> = {}): Case[] => ops.map((op) => ({ op, ...more }));

const cases: readonly Case[] = [
  ...simple([
    'Abs',
    'Atan',
    'Ceil',
    'Cos',
    'Erf',
    'Exp',
    'Floor',
    'Neg',
    'Round',
    'Sign',
    'Sin',
    'Sinh',
    'Tan',
    'Tanh',
  ]),
  ...simple(['Asinh', 'Cosh', 'Relu', 'Sigmoid', 'Softplus', 'Softsign', 'LeakyRelu', 'Elu', 'Celu', 'Selu', 'Mish'], {
    opset: 18,
  }),
  ...simple(['ThresholdedRelu', 'HardSigmoid', 'HardSwish', 'Identity', 'Gelu'], { opset: 20 }),
  ...simple(['Log', 'Sqrt', 'Reciprocal'], { positive: true }),
  { op: 'Gelu', opset: 20, attributes: { approximate: 'tanh' } },
  { op: 'LeakyRelu', attributes: { alpha: { float: 0.3 } } },
  ...simple(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min', 'Sum', 'Mean'], { weights: [weight('w', [4, 1, 6])] }),
  { op: 'Pow', positive: true, weights: [scalar('w', 2.5)] },
  { op: 'Pow', weights: [scalar('w', 3)] },
  { op: 'Mod', attributes: { fmod: 1 }, weights: [weight('w', image, 2)] },
  { op: 'Clip', weights: [scalar('low', -0.5), scalar('high', 0.7)] },
  { op: 'Clip', opset: 6 + 1, attributes: { min: { float: -0.5 }, max: { float: 0.25 } } },
  { op: 'PRelu', weights: [weight('w', [4, 1, 1])] },
  { op: 'Softmax', attributes: { axis: 1 } },
  { op: 'Softmax', opset: 11, attributes: { axis: 1 } },
  { op: 'LogSoftmax' },
  {
    op: 'Gemm',
    x: [2, 3],
    weights: [weight('w', [4, 3]), weight('b', [4])],
    attributes: { transB: 1, alpha: { float: 0.5 }, beta: { float: 2 } },
  },
  { op: 'MatMul', x: [2, 3, 4], weights: [weight('w', [4, 5])] },
  { op: 'Einsum', x: [2, 3, 4], weights: [weight('w', [4, 5])], attributes: { equation: 'bij,jk->bki' } },
  {
    op: 'Conv',
    x: image,
    weights: [weight('w', [6, 2, 3, 2]), weight('b', [6])],
    attributes: { group: 2, strides: [2, 1], pads: [1, 0, 0, 1], dilations: [1, 2] },
  },
  {
    op: 'Conv',
    x: image,
    weights: [weight('w', [3, 4, 3, 3])],
    attributes: { auto_pad: 'SAME_LOWER', strides: [2, 2] },
  },
  { op: 'Conv', x: [2, 3, 9], weights: [weight('w', [2, 3, 4])], attributes: { auto_pad: 'SAME_UPPER' } },
  {
    op: 'ConvTranspose',
    x: image,
    weights: [weight('w', [4, 3, 3, 3]), weight('b', [6])],
    attributes: { group: 2, strides: [2, 2], pads: [1, 0, 1, 1], output_padding: [1, 0] },
  },
  {
    op: 'ConvTranspose',
    x: image,
    weights: [weight('w', [4, 3, 3, 3])],
    attributes: { strides: [2, 2], output_shape: [10, 12] },
  },
  { op: 'MaxPool', x: image, attributes: { kernel_shape: [3, 2], strides: [2, 2], pads: [1, 0, 0, 1] } },
  { op: 'MaxPool', x: image, attributes: { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1 } },
  { op: 'AveragePool', x: image, attributes: { kernel_shape: [3, 3], strides: [2, 1], pads: [1, 1, 1, 1] } },
  { op: 'AveragePool', x: image, attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 } },
  { op: 'AveragePool', x: image, attributes: { kernel_shape: [2, 2], auto_pad: 'SAME_UPPER' } },
  ...simple(['GlobalAveragePool', 'GlobalMaxPool']),
  { op: 'LpPool', positive: true, attributes: { kernel_shape: [2, 2], p: 2 } },
  {
    op: 'BatchNormalization',
    weights: [
      weight('s', [4]),
      weight('b', [4], 2),
      weight('m', [4], 3),
      { name: 'v', dims: [4], values: [0.5, 1, 2, 0.7] },
    ],
  },
  {
    op: 'LayerNormalization',
    opset: 17,
    weights: [weight('s', [5, 6]), weight('b', [5, 6], 2)],
    attributes: { axis: 2 },
  },
  { op: 'InstanceNormalization', weights: [weight('s', [4]), weight('b', [4], 2)] },
  {
    op: 'GroupNormalization',
    opset: 21,
    weights: [weight('s', [4]), weight('b', [4], 2)],
    attributes: { num_groups: 2 },
  },
  { op: 'LRN', attributes: { size: 3, alpha: { float: 0.1 }, beta: { float: 0.6 }, bias: { float: 1.5 } } },
  { op: 'LpNormalization', attributes: { axis: 1, p: 2 } },
  { op: 'MeanVarianceNormalization' },
  ...simple(
    [
      'ReduceSum',
      'ReduceMean',
      'ReduceMax',
      'ReduceMin',
      'ReduceProd',
      'ReduceL1',
      'ReduceL2',
      'ReduceSumSquare',
      'ReduceLogSumExp',
    ],
    { opset: 18, weights: [ints('axes', [1, -1])], attributes: { keepdims: 0 } },
  ),
  ...simple(['ReduceMean', 'ReduceL2'], { opset: 11, attributes: { axes: [2] } }),
  { op: 'CumSum', weights: [{ ...ints('axis', [2], []) }], attributes: { exclusive: 1, reverse: 1 } },
  { op: 'TopK', weights: [ints('k', [2])], outputs: 2 },
  { op: 'Reshape', weights: [ints('shape', [0, -1, 3])] },
  { op: 'Flatten', attributes: { axis: 2 } },
  { op: 'Transpose', attributes: { perm: [2, 0, 3, 1] } },
  { op: 'Transpose' },
  { op: 'Unsqueeze', weights: [ints('axes', [0, -1])] },
  { op: 'Unsqueeze', opset: 11, attributes: { axes: [1, 3] } },
  { op: 'Squeeze', x: [2, 1, 3, 1], weights: [ints('axes', [1])] },
  { op: 'Squeeze', x: [2, 1, 3, 1] },
  {
    op: 'Slice',
    weights: [
      ints('starts', [-1, 1]),
      ints('ends', [-(2 ** 31), 2 ** 31]),
      ints('axes', [3, 2]),
      ints('steps', [-2, 2]),
    ],
  },
  { op: 'Slice', opset: 9, attributes: { starts: [1], ends: [-1], axes: [2] } },
  { op: 'Split', weights: [ints('split', [1, 3])], attributes: { axis: 1 }, outputs: 2 },
  { op: 'Split', opset: 11, attributes: { axis: 3 }, outputs: 2 },
  { op: 'Concat', input: ['x', 'w', 'x'], weights: [weight('w', image)], attributes: { axis: -1 } },
  { op: 'Tile', weights: [ints('repeats', [1, 2, 1, 2])] },
  { op: 'Expand', x: [2, 1, 3], weights: [ints('shape', [4, 1])] },
  { op: 'Pad', weights: [ints('pads', [0, 0, 1, 2, 0, 0, 2, 1]), scalar('value', 1.5)] },
  { op: 'Pad', weights: [ints('pads', [0, 0, 1, 2, 0, 0, 2, 1])], attributes: { mode: 'reflect' } },
  {
    op: 'Pad',
    opset: 18,
    input: ['x', 'pads', '', 'axes'],
    weights: [ints('pads', [1, 2, 0, 1]), ints('axes', [3, 1])],
    attributes: { mode: 'edge' },
  },
  { op: 'Trilu', weights: [{ ...ints('k', [1], []) }], attributes: { upper: 0 } },
  { op: 'DepthToSpace', attributes: { blocksize: 2 } },
  { op: 'DepthToSpace', attributes: { blocksize: 2, mode: 'CRD' } },
  { op: 'SpaceToDepth', x: [2, 3, 4, 6], attributes: { blocksize: 2 } },
  { op: 'Gather', weights: [ints('index', [0, -1, 2, 1], [2, 2])], attributes: { axis: 1 } },
  { op: 'GatherElements', x: [2, 3], weights: [ints('index', [2, 0, -1, 1], [2, 2])], attributes: { axis: 1 } },
  { op: 'GatherND', x: [2, 3, 4], weights: [ints('index', [0, 1, 1, -1], [2, 2])] },
  { op: 'ScatterND', x: [4, 3], weights: [ints('index', [2, 0], [2, 1]), weight('w', [2, 3])] },
  {
    op: 'ScatterElements',
    x: [2, 4],
    weights: [ints('index', [1, 3, 0, 2], [2, 2]), weight('w', [2, 2])],
    attributes: { axis: 1 },
  },
  {
    op: 'Where',
    input: ['c', 'x', 'w'],
    weights: [{ name: 'c', dims: [6], values: [1, 0, 0, 1, 1, 0], type: 'bool' }, weight('w', [1])],
  },
  {
    op: 'LSTM',
    x: [3, 2, 4],
    outputs: 3,
    weights: [weight('w', [2, 20, 4]), weight('r', [2, 20, 5], 2), weight('b', [2, 40], 3)],
    attributes: { hidden_size: 5, direction: 'bidirectional' },
  },
  {
    op: 'LSTM',
    x: [3, 2, 4],
    outputs: 2,
    input: ['x', 'w', 'r', '', '', 'h', 'c'],
    weights: [weight('w', [1, 20, 4]), weight('r', [1, 20, 5], 2), weight('h', [1, 2, 5]), weight('c', [1, 2, 5], 3)],
    attributes: { hidden_size: 5, direction: 'reverse' },
  },
  {
    op: 'GRU',
    x: [3, 2, 4],
    outputs: 2,
    weights: [weight('w', [1, 15, 4]), weight('r', [1, 15, 5], 2), weight('b', [1, 30], 3)],
    attributes: { hidden_size: 5 },
  },
  {
    op: 'GRU',
    x: [3, 2, 4],
    outputs: 2,
    weights: [weight('w', [1, 15, 4]), weight('r', [1, 15, 5], 2), weight('b', [1, 30], 3)],
    attributes: { hidden_size: 5, linear_before_reset: 1 },
  },
  {
    op: 'RNN',
    x: [3, 2, 4],
    outputs: 2,
    weights: [weight('w', [2, 5, 4]), weight('r', [2, 5, 5], 2), weight('b', [2, 10], 3)],
    attributes: { hidden_size: 5, direction: 'bidirectional' },
  },
  ...['nearest', 'linear', 'cubic'].flatMap((mode): Case[] =>
    ['half_pixel', 'align_corners', 'asymmetric', 'pytorch_half_pixel'].map((coordinate) => ({
      op: 'Resize',
      input: ['x', '', 'scales'],
      weights: [{ name: 'scales', dims: [4], values: [1, 1, 2.5, 0.6] }],
      attributes: { mode, coordinate_transformation_mode: coordinate },
    })),
  ),
  {
    op: 'Resize',
    opset: 18,
    input: ['x', '', '', 'sizes'],
    weights: [ints('sizes', [7, 9])],
    attributes: { mode: 'nearest', nearest_mode: 'ceil', axes: [2, 3] },
  },
  {
    op: 'Upsample',
    opset: 9,
    weights: [{ name: 'scales', dims: [4], values: [1, 1, 2, 3] }],
    attributes: { mode: 'nearest' },
  },
  { op: 'Dropout', opset: 11 },
];

const named = cases.map((each, i) => [`${each.op} ${JSON.stringify(each.attributes ?? {})} ${i}`, each] as const);

describe('operators as ONNX Runtime computes them', () => {
  test.each(named)('%s', async (_, each) => expectSameAsRuntime(each));
});

describe('the operators of ONNX', () => {
  const recorded = JSON.parse(readFileSync('test/fixtures/onnx/operators.json', 'utf8')) as { operators: string[] };

  test('are read, or refused with a reason, all of them', () => {
    const left = recorded.operators.filter((name) => !operatorNames.includes(name) && !refusals.has(name));
    expect(left).toEqual([]);
    expect([...refusals.keys()].filter((name) => operatorNames.includes(name))).toEqual([]);
  });

  test('stand in the documentation', () => {
    const text = readFileSync('docs/onnx.md', 'utf8').replace(/\s+/g, ' ');
    expect(text).toContain(operatorNames.join(', '));
    for (const [reason, names] of refusalsByReason) expect(text).toContain(`| ${reason} | ${names.join(', ')} |`);
  });
});
