/** Operators that few exports have, and less usual attributes of others, against ONNX Runtime. */
import { describe, test } from 'vitest';
import { expectSameAsRuntime, image, ints, scalar, wave, weight, type Case } from './againstRuntime';
import type { TestTensor } from './writer';

const positions = (name: string, dims: readonly number[]): TestTensor => ({
  name,
  dims,
  values: wave(
    dims.reduce((whole, size) => whole * size, 1),
    0.4,
  ).map((value) => 0.7 * value),
});
const recurrent = { x: [3, 2, 4], outputs: 2 } as const;
const lstm = [weight('w', [1, 20, 4]), weight('r', [1, 20, 5], 2), weight('b', [1, 40], 3)];
const gru = [weight('w', [1, 15, 4]), weight('r', [1, 15, 5], 2), weight('b', [1, 30], 3)];
const lengths: TestTensor = { name: 'lengths', dims: [2], values: [3, 1], type: 'int32' };
const attended = { opset: 23, x: [2, 3, 12], outputs: 1 } as const;
const cached = [weight('k', [2, 5, 6], 2), weight('v', [2, 5, 6], 3)];

const cases: readonly Case[] = [
  {
    op: 'InstanceNormalization',
    x: [3, 4, 1],
    weights: [weight('s', [4]), weight('b', [4], 2)],
    attributes: { epsilon: { float: 0.5 } },
  },
  { op: 'LpPool', attributes: { kernel_shape: [2, 2], p: 3 } },
  { op: 'LpPool', opset: 18, attributes: { kernel_shape: [3, 2], pads: [1, 0, 1, 1], strides: [2, 1], p: 1 } },
  { op: 'GlobalLpPool', attributes: { p: 3 } },
  { op: 'MaxPool', outputs: 2, attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
  { op: 'MaxPool', outputs: 2, attributes: { kernel_shape: [2, 2], storage_order: 1 } },
  { op: 'LayerNormalization', weights: [weight('s', [5, 6])], outputs: 3, attributes: { axis: -2 } },
  { op: 'ReduceSumSquare', opset: 18, attributes: { noop_with_empty_axes: 1 } },
  { op: 'Hardmax', attributes: { axis: 1 } },
  { op: 'Hardmax', opset: 11, attributes: { axis: 2 } },
  { op: 'Shrink', attributes: { lambd: { float: 0.3 }, bias: { float: 0.2 } } },
  { op: 'GatherND', x: [2, 3, 4], weights: [ints('index', [2, 0], [2, 1])], attributes: { batch_dims: 1 } },
  { op: 'CenterCropPad', opset: 18, weights: [ints('shape', [3, 9])], attributes: { axes: [2, 3] } },
  { op: 'ReverseSequence', x: [4, 3, 2], weights: [ints('lengths', [2, 4, 1])] },
  {
    op: 'Col2Im',
    opset: 18,
    x: [2, 12, 9],
    weights: [ints('image', [4, 4]), ints('block', [2, 2])],
  },
  {
    op: 'Col2Im',
    opset: 18,
    x: [1, 8, 4],
    weights: [ints('image', [5, 6]), ints('block', [2, 2])],
    attributes: { strides: [3, 3], dilations: [2, 1], pads: [0, 0, 1, 0] },
  },
  ...['linear', 'nearest'].flatMap((mode) =>
    ['zeros', 'border', 'reflection'].map((padding): Case => ({
      op: 'GridSample',
      opset: 20,
      weights: [positions('grid', [2, 3, 4, 2])],
      attributes: { mode, padding_mode: padding, align_corners: Number(padding === 'zeros') },
    })),
  ),
  {
    op: 'AffineGrid',
    opset: 20,
    x: [2, 2, 3],
    weights: [ints('size', [2, 3, 4, 5])],
  },
  {
    op: 'RoiAlign',
    opset: 16,
    weights: [
      { name: 'boxes', dims: [3, 4], values: [0.2, 0.1, 4.3, 3.9, 1, 1, 2, 2.5, 2, 0, 5.5, 4] },
      ints('owner', [0, 1, 1]),
    ],
    attributes: { output_height: 2, output_width: 3, sampling_ratio: 2, spatial_scale: { float: 0.9 } },
  },
  {
    op: 'DeformConv',
    opset: 19,
    weights: [
      weight('w', [6, 2, 2, 3]),
      weight('offset', [2, 24, 3, 4], 2),
      weight('b', [6], 3),
      weight('mask', [2, 12, 3, 4], 4),
    ],
    attributes: { group: 2, offset_group: 2, strides: [2, 1], pads: [1, 0, 1, 0] },
  },
  { op: 'NegativeLogLikelihoodLoss', x: [3, 4], weights: [ints('t', [0, 3, 1]), weight('w', [4])] },
  {
    op: 'NegativeLogLikelihoodLoss',
    x: [2, 4, 3],
    weights: [ints('t', [0, 3, 1, 2, 2, 0], [2, 3])],
    attributes: { ignore_index: 2, reduction: 'sum' },
  },
  {
    op: 'SoftmaxCrossEntropyLoss',
    outputs: 2,
    x: [3, 4],
    weights: [ints('t', [0, 3, 1]), weight('w', [4])],
    attributes: { ignore_index: 3 },
  },
  { op: 'SoftmaxCrossEntropyLoss', x: [3, 4], weights: [ints('t', [0, 3, 1])], attributes: { reduction: 'none' } },
  { op: 'DFT', x: [2, 6, 1], attributes: { axis: 1, onesided: 1 } },
  {
    op: 'DFT',
    opset: 20,
    x: [2, 6, 2],
    input: ['x', 'n', 'axis'],
    weights: [{ ...ints('n', [8], []) }, { ...ints('axis', [1], []) }],
  },
  { op: 'DFT', x: [2, 5, 2], attributes: { axis: 1, inverse: 1 } },
  {
    op: 'STFT',
    x: [2, 16, 1],
    weights: [{ ...ints('step', [3], []) }, weight('window', [6])],
  },
  { op: 'BlackmanWindow', input: ['n'], weights: [{ ...ints('n', [9], []) }] },
  { op: 'HammingWindow', input: ['n'], weights: [{ ...ints('n', [9], []) }], attributes: { periodic: 0 } },
  { op: 'Compress', weights: [{ name: 'c', dims: [4], values: [1, 0, 1, 0], type: 'bool' }], attributes: { axis: 1 } },
  { op: 'EyeLike', x: [3, 4], attributes: { k: -1 } },
  {
    op: 'LSTM',
    ...recurrent,
    input: ['x', 'w', 'r', 'b', 'lengths'],
    weights: [...lstm, lengths],
    attributes: { hidden_size: 5 },
  },
  {
    op: 'LSTM',
    ...recurrent,
    outputs: 3,
    input: ['x', 'w', 'r', 'b', 'lengths', '', '', 'p'],
    weights: [...lstm, lengths, weight('p', [1, 15], 4)],
    attributes: { hidden_size: 5, direction: 'reverse', clip: { float: 0.6 } },
  },
  { op: 'LSTM', ...recurrent, weights: lstm, attributes: { hidden_size: 5, input_forget: 1 } },
  {
    op: 'GRU',
    ...recurrent,
    input: ['x', 'w', 'r', 'b', 'lengths'],
    weights: [...gru, lengths],
    attributes: { hidden_size: 5, clip: { float: 0.5 }, linear_before_reset: 1 },
  },
  ...['not_larger', 'not_smaller'].map((policy): Case => ({
    op: 'Resize',
    opset: 18,
    input: ['x', '', '', 'sizes'],
    weights: [ints('sizes', [7, 9])],
    attributes: { mode: 'linear', axes: [2, 3], keep_aspect_ratio_policy: policy },
  })),
  ...['linear', 'cubic'].map((mode): Case => ({
    op: 'Resize',
    opset: 18,
    input: ['x', '', 'scales'],
    weights: [{ name: 'scales', dims: [4], values: [1, 1, 0.6, 0.5] }],
    attributes: { mode, antialias: 1, exclude_outside: 1 },
  })),
  { op: 'Attention', ...attended, weights: cached, attributes: { q_num_heads: 4, kv_num_heads: 2 } },
  {
    op: 'Attention',
    ...attended,
    input: ['x', 'k', 'v', 'mask'],
    weights: [...cached, weight('mask', [3, 5], 4)],
    attributes: { q_num_heads: 4, kv_num_heads: 2, is_causal: 1, scale: { float: 0.4 }, softcap: { float: 2 } },
  },
  {
    op: 'RotaryEmbedding',
    opset: 23,
    x: [2, 3, 4, 6],
    weights: [weight('cos', [5, 3]), weight('sin', [5, 3], 2), ints('places', [0, 1, 2, 4, 3, 1, 0, 2], [2, 4])],
  },
  {
    op: 'RotaryEmbedding',
    opset: 23,
    x: [2, 4, 18],
    weights: [weight('cos', [2, 4, 2]), weight('sin', [2, 4, 2], 2)],
    attributes: { num_heads: 3, rotary_embedding_dim: 4, interleaved: 1 },
  },
  {
    op: 'DequantizeLinear',
    input: ['q', 's', 'z'],
    weights: [
      { name: 'q', dims: [2, 3], values: [-3, 5, 127, 0, -128, 1], type: 'int8' },
      scalar('s', 0.02),
      { name: 'z', dims: [], values: [3], type: 'int8' },
    ],
  },
  {
    op: 'DequantizeLinear',
    input: ['q', 's', 'z'],
    attributes: { axis: 0 },
    weights: [
      { name: 'q', dims: [2, 3], values: [3, 5, 255, 0, 128, 1], type: 'uint8' },
      weight('s', [2]),
      { name: 'z', dims: [2], values: [3, 128], type: 'uint8' },
    ],
  },
  {
    op: 'DequantizeLinear',
    opset: 21,
    input: ['q', 's'],
    attributes: { axis: 1, block_size: 2 },
    weights: [{ name: 'q', dims: [2, 4], values: [3, 5, 127, 0, 12, 1, -4, -5], type: 'int8' }, weight('s', [2, 2])],
  },
  {
    op: 'DequantizeLinear',
    opset: 21,
    input: ['q', 's', 'z'],
    attributes: { axis: 1, block_size: 2 },
    weights: [
      { name: 'q', dims: [3, 3], values: [3, -5, 7, 0, -8, 1, -4, -1, 6], type: 'int4' },
      weight('s', [3, 2]),
      { name: 'z', dims: [3, 2], values: [1, -2, 0, 3, 7, -8], type: 'int4' },
    ],
  },
  {
    op: 'DequantizeLinear',
    opset: 21,
    input: ['q', 's'],
    attributes: { axis: 0 },
    weights: [{ name: 'q', dims: [2, 3], values: [3, 15, 7, 0, 8, 1], type: 'uint4' }, weight('s', [2])],
  },
];

const named = cases.map((each, i) => [`${each.op} ${JSON.stringify(each.attributes ?? {})} ${i}`, each] as const);

describe('rare operators as ONNX Runtime computes them', () => {
  test.each(named)('%s', async (_, each) => expectSameAsRuntime({ x: image, ...each }));
});
