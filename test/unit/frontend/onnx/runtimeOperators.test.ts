/** Operators of ONNX Runtime's own set, which optimised exports have, against ONNX Runtime. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runtimeNames } from '../../../../server/src/frontend/onnx/operators/table';
import { expectSameAsRuntime, weight, type Case } from './againstRuntime';
import type { TestTensor } from './writer';

const domain = 'com.microsoft';
const int32 = (name: string, values: readonly number[], dims: readonly number[] = [values.length]): TestTensor => ({
  name,
  dims,
  values,
  type: 'int32',
});
const sequence = [2, 3, 8];
const epsilon = { epsilon: { float: 1e-5 } };
const ones = (name: string, size: number): TestTensor => weight(name, [size], 0.3);

/** Batch 2, 3 positions, width 8. */
const skips: readonly Case[] = [
  { op: 'SkipLayerNormalization', x: sequence, weights: [weight('skip', sequence), ones('gamma', 8), ones('beta', 8)] },
  {
    op: 'SkipLayerNormalization',
    x: sequence,
    weights: [weight('skip', [1, 3, 8]), ones('gamma', 8), ones('bias', 8)],
    input: ['x', 'skip', 'gamma', '', 'bias'],
    attributes: epsilon,
  },
  { op: 'SkipSimplifiedLayerNormalization', x: sequence, weights: [weight('skip', sequence), ones('gamma', 8)] },
  {
    op: 'SkipSimplifiedLayerNormalization',
    x: sequence,
    weights: [weight('skip', sequence), ones('gamma', 8), ones('bias', 8)],
    attributes: epsilon,
  },
  {
    op: 'EmbedLayerNormalization',
    x: [7, 8],
    outputs: 2,
    input: ['ids', 'segments', 'x', 'positions', 'kinds', 'gamma', 'beta', 'mask'],
    weights: [
      int32('ids', [1, 6, 0, 3, 3, 5], [2, 3]),
      int32('segments', [0, 1, 1, 0, 0, 1], [2, 3]),
      weight('positions', [5, 8], 2),
      weight('kinds', [2, 8], 3),
      ones('gamma', 8),
      ones('beta', 8),
      int32('mask', [1, 1, 0, 1, 1, 1], [2, 3]),
    ],
  },
  {
    op: 'EmbedLayerNormalization',
    x: [7, 8],
    outputs: 2,
    input: ['ids', '', 'x', 'positions', '', 'gamma', 'beta', '', 'places'],
    weights: [
      int32('ids', [1, 6, 0, 3, 3, 5], [2, 3]),
      weight('positions', [5, 8], 2),
      ones('gamma', 8),
      ones('beta', 8),
      int32('places', [4, 1, 0, 2, 2, 3], [2, 3]),
    ],
    attributes: epsilon,
  },
];

const activations: readonly Case[] = [
  { op: 'Gelu' },
  { op: 'FastGelu' },
  { op: 'FastGelu', weights: [weight('bias', [6])] },
  { op: 'BiasGelu', weights: [weight('bias', [6])] },
  { op: 'QuickGelu' },
  { op: 'QuickGelu', attributes: { alpha: { float: 1.2 } } },
  ...[
    { activation: 'Relu' },
    { activation: 'Sigmoid' },
    { activation: 'Tanh' },
    { activation: 'LeakyRelu', activation_params: { floats: [0.2] } },
    { activation: 'Clip', activation_params: { floats: [-0.5, 0.7] } },
    { activation: 'HardSigmoid', activation_params: { floats: [0.3, 0.4] } },
  ].map((attributes): Case => ({
    op: 'FusedConv',
    weights: [weight('w', [3, 4, 3, 3]), weight('b', [3], 2)],
    attributes: { ...attributes, kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 1] },
  })),
  {
    op: 'FusedConv',
    weights: [weight('w', [3, 4, 1, 1]), weight('b', [3], 2), weight('z', [2, 3, 5, 6], 3)],
    attributes: { activation: 'Relu' },
  },
  ...['Relu', 'LeakyRelu', 'Tanh'].map((activation): Case => ({
    op: 'FusedGemm',
    x: [3, 4],
    weights: [weight('w', [5, 4]), weight('b', [5], 2)],
    attributes: {
      activation,
      transB: 1,
      alpha: { float: 0.7 },
      ...(activation === 'LeakyRelu' ? { activation_alpha: { float: 0.3 } } : {}),
    },
  })),
  { op: 'FusedMatMul', x: [2, 4, 3], weights: [weight('w', [4, 5])], attributes: { transA: 1, alpha: { float: 0.5 } } },
];

const projection = [weight('w', [8, 24]), weight('b', [24], 2)];
const masks: readonly (readonly [string, TestTensor])[] = [
  ['of lengths', int32('mask', [3, 2])],
  ['of lengths and beginnings', int32('mask', [3, 2, 1, 0])],
  ['of keys', int32('mask', [1, 1, 0, 1, 0, 1], [2, 3])],
  ['of queries and keys', int32('mask', [1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 1, 0, 1, 1, 1], [2, 3, 3])],
];

const attentions: readonly Case[] = [
  { op: 'Attention', x: sequence, weights: projection, attributes: { num_heads: 2 } },
  {
    op: 'Attention',
    x: sequence,
    weights: projection,
    outputs: 2,
    attributes: { num_heads: 2, unidirectional: 1, scale: { float: 0.4 } },
  },
  ...masks.map(([, mask]): Case => ({
    op: 'Attention',
    x: sequence,
    weights: [...projection, mask],
    attributes: { num_heads: 4, mask_filter_value: { float: -50 } },
  })),
  {
    op: 'Attention',
    x: sequence,
    weights: [weight('w', [8, 20]), weight('b', [20], 2), weight('bias', [1, 2, 3, 3], 3)],
    input: ['x', 'w', 'b', '', '', 'bias'],
    attributes: { num_heads: 2, qkv_hidden_sizes: [8, 8, 4] },
  },
  {
    op: 'MultiHeadAttention',
    x: sequence,
    weights: [weight('k', [2, 5, 8], 2), weight('v', [2, 5, 4], 3)],
    attributes: { num_heads: 2 },
  },
  {
    op: 'MultiHeadAttention',
    x: sequence,
    weights: [
      weight('k', [2, 5, 8], 2),
      weight('v', [2, 5, 8], 3),
      weight('b', [24], 4),
      int32('mask', [1, 1, 0, 1, 1, 0, 1, 1, 1, 1], [2, 5]),
      weight('bias', [2, 2, 3, 5], 5),
    ],
    outputs: 3,
    attributes: { num_heads: 2, scale: { float: 0.3 } },
  },
  {
    op: 'MultiHeadAttention',
    x: sequence,
    weights: [weight('k', [2, 3, 8], 2), weight('v', [2, 3, 8], 3)],
    attributes: { num_heads: 4, unidirectional: 1 },
  },
];

const table = (name: string, phase: number): TestTensor => weight(name, [9, 2], phase);
const rotated = [weight('cos', [9, 4], 2), weight('sin', [9, 4], 3)];
const int64 = (name: string, values: readonly number[], dims: readonly number[]): TestTensor => ({
  name,
  dims,
  values,
  type: 'int64',
});

const rotations: readonly Case[] = [
  { op: 'RotaryEmbedding', x: sequence, weights: [int64('at', [1, 5, 0, 2, 8, 3], [2, 3]), ...rotated] },
  {
    op: 'RotaryEmbedding',
    x: [2, 2, 3, 8],
    weights: [int64('at', [4], [1]), ...rotated],
    attributes: { interleaved: 1 },
  },
  {
    op: 'RotaryEmbedding',
    x: sequence,
    weights: [int64('at', [0, 1, 2, 1, 2, 3], [2, 3]), table('cos', 2), table('sin', 3)],
    attributes: { num_heads: 1, rotary_embedding_dim: 4 },
  },
];

/** 4 heads of queries and 2 of keys and values, of width 16. */
const grouped: Case = {
  op: 'GroupQueryAttention',
  x: [2, 5, 64],
  weights: [
    weight('k', [2, 5, 32], 2),
    weight('v', [2, 5, 32], 3),
    int32('last', [4, 4]),
    int32('total', [5], []),
    weight('cos', [9, 8], 4),
    weight('sin', [9, 8], 5),
  ],
  outputs: 3,
};
const groups: readonly Case[] = [
  { ...grouped, input: ['x', 'k', 'v', '', '', 'last', 'total'], attributes: { num_heads: 4, kv_num_heads: 2 } },
  ...[0, 1].map((interleaved): Case => ({
    ...grouped,
    input: ['x', 'k', 'v', '', '', 'last', 'total', 'cos', 'sin'],
    attributes: {
      num_heads: 4,
      kv_num_heads: 2,
      do_rotary: 1,
      rotary_interleaved: interleaved,
      softcap: { float: 3 },
      scale: { float: 0.4 },
    },
  })),
  {
    ...grouped,
    x: [2, 5, 128],
    input: ['x', '', '', '', '', 'last', 'total'],
    attributes: { num_heads: 4, kv_num_heads: 2, local_window_size: 2 },
  },
];

/** 3 columns of 40 numbers in blocks of 16, the last of 8: as many bytes for each. */
const bytes = (name: string, dims: readonly number[], step: number): TestTensor => ({
  name,
  dims,
  values: Array.from({ length: dims.reduce((whole, size) => whole * size, 1) }, (_, i) => (step * i + 11) % 256),
  type: 'uint8',
});
const scales = weight('s', [3 * 3], 0.2);
const products: readonly Case[] = [
  { weights: [bytes('q', [3, 3, 8], 37), scales], attributes: { bits: 4 } },
  { weights: [bytes('q', [3, 3, 8], 37), scales, bytes('z', [3 * 2], 91)], attributes: { bits: 4 } },
  {
    weights: [bytes('q', [3, 3, 8], 53), scales, bytes('z', [3 * 2], 29), weight('bias', [3], 4)],
    input: ['x', 'q', 's', 'z', '', 'bias'],
    attributes: { bits: 4 },
  },
  { weights: [bytes('q', [3, 3, 16], 37), scales, bytes('z', [3 * 3], 91)], attributes: { bits: 8 } },
].map((each): Case => ({
  op: 'MatMulNBits',
  x: [2, 4, 40],
  ...each,
  attributes: { K: 40, N: 3, block_size: 16, ...each.attributes },
}));

const cases = [...products, ...skips, ...activations, ...attentions, ...rotations, ...groups];
const named = cases.map((each, i) => [`${each.op} ${JSON.stringify(each.attributes ?? {})} ${i}`, each] as const);

describe("ONNX Runtime's own operators as it computes them", () => {
  test.each(named)('%s', async (_, each) => expectSameAsRuntime({ ...each, domain }));

  test('stand in the documentation', () => {
    const text = readFileSync('docs/onnx.md', 'utf8').replace(/\s+/g, ' ');
    expect(text).toContain(runtimeNames.join(', '));
  });
});
