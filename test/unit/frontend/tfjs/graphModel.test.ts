/** Graph models: the same predictions as TensorFlow.js's own loadGraphModel, operator by operator and as a network. */
import * as tf from '@tensorflow/tfjs';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { CheckpointError } from '../../../../server/src/checkpoint/checkpointError';
import type { TracedModel } from '../../../../server/src/frontend/model';
import { openModelFile } from '../../../../server/src/frontend/modelFiles';
import { evaluate } from '../../../../server/src/graph/evaluate/evaluate';
import { elementCount, type Node } from '../../../../server/src/graph/node';
import type { ConstantData } from '../../../../server/src/graph/primitives';
import { DiskDataFiles } from '../../../../server/src/project/diskDataFiles';
import { loadState } from '../../../../server/src/worker/loadParameters';
import { noSources } from '../onnx/fixtures';
import { damaged } from './damaged';
import { GraphFile } from './graphFile';

const folder = mkdtempSync(join(tmpdir(), 'hessian-lens-graph-'));
const batch = 3;

beforeAll(async () => {
  await tf.setBackend('cpu');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function traced(graph: GraphFile): Promise<{ model: TracedModel; weights: string }> {
  const file = graph.write(folder);
  const files = new DiskDataFiles();
  try {
    const opened = await openModelFile(files, file);
    return { model: opened.trace({ file, source: '', sources: noSources, batch }), weights: opened.ownWeights };
  } finally {
    await files.close();
  }
}

const wave = (count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, i) => Math.fround(1.5 * Math.sin(0.7 * i + 0.3)));

async function predicted(graph: GraphFile): Promise<{ y: ConstantData; shape: readonly number[]; model: TracedModel }> {
  const { model, weights } = await traced(graph);
  if (model.stopped !== null) throw new Error(model.stopped.reason);
  const state = await loadState(model, weights);
  const feeds = new Map<Node, ConstantData>();
  for (const { name, node } of model.parameters) feeds.set(node, state.parameters.get(name) ?? new Float64Array());
  for (const { name, node } of model.buffers)
    if (node.primitive === 'input') feeds.set(node, Float64Array.from(state.buffers.get(name)?.data ?? []));
  for (const { node } of model.inputs) feeds.set(node, wave(elementCount(node.shape)));
  const { outputNode } = model;
  const [y] = evaluate(outputNode === undefined ? [] : [outputNode], feeds);
  return { y: y ?? new Float64Array(), shape: outputNode?.shape ?? [], model };
}

async function expectSame(graph: GraphFile): Promise<TracedModel> {
  const { y, shape, model } = await predicted(graph);
  const original = await tf.loadGraphModel(tf.io.fromMemory(graph.artifacts()));
  const [input] = model.inputs;
  const x = tf.tensor([...wave(elementCount(input?.shape ?? []))], [...(input?.shape ?? [])], 'float32');
  const output = original.predict(x) as tf.Tensor;
  const truth = output.dataSync<'float32'>();
  expect(shape).toEqual(output.shape);
  const largest = Math.max(1e-3, ...Array.from(truth, Math.abs));
  truth.forEach((value, i) => expect(Math.abs((y[i] ?? NaN) - value) / largest).toBeLessThan(1e-5));
  return model;
}

type Build = (g: GraphFile, x: string) => void;
const nhwc = { strides: [1, 2, 2, 1], padding: 'SAME', data_format: 'NHWC', dilations: [1, 1, 1, 1] } as const;
const channels = (g: GraphFile) => [g.weight([3], 1), g.weight([3]), g.weight([3]), g.weight([3], 2)];

/** By name: shape of a sample, and what is computed from it. */
const cases: Readonly<Record<string, readonly [readonly number[], Build]>> = {
  'Conv2D, SAME, strides': [[7, 6, 3], (g, x) => g.node('Conv2D', [x, g.weight([3, 3, 3, 4])], nhwc)],
  'Conv2D, VALID, dilated': [
    [7, 6, 3],
    (g, x) =>
      g.node('Conv2D', [x, g.weight([2, 3, 3, 4])], {
        ...nhwc,
        padding: 'VALID',
        strides: [1, 1, 1, 1],
        dilations: [1, 2, 2, 1],
      }),
  ],
  'Conv2D, EXPLICIT': [
    [7, 6, 3],
    (g, x) =>
      g.node('Conv2D', [x, g.weight([3, 3, 3, 4])], {
        ...nhwc,
        padding: 'EXPLICIT',
        explicit_paddings: [0, 0, 2, 1, 0, 1, 0, 0],
      }),
  ],
  '_FusedConv2D with bias and Relu6': [
    [7, 6, 3],
    (g, x) =>
      g.node('_FusedConv2D', [x, g.weight([3, 3, 3, 4]), g.weight([4])], {
        ...nhwc,
        num_args: 1,
        fused_ops: ['BiasAdd', 'Relu6'],
      }),
  ],
  '_FusedConv2D with Prelu': [
    [7, 6, 3],
    (g, x) =>
      g.node('_FusedConv2D', [x, g.weight([3, 3, 3, 4]), g.weight([4]), g.weight([4])], {
        ...nhwc,
        num_args: 2,
        fused_ops: ['BiasAdd', 'Prelu'],
      }),
  ],
  '_FusedConv2D with LeakyRelu': [
    [7, 6, 3],
    (g, x) =>
      g.node('_FusedConv2D', [x, g.weight([3, 3, 3, 4]), g.weight([4])], {
        ...nhwc,
        num_args: 1,
        fused_ops: ['BiasAdd', 'LeakyRelu'],
        leakyrelu_alpha: { float: 0.25 },
      }),
  ],
  DepthwiseConv2dNative: [[7, 6, 3], (g, x) => g.node('DepthwiseConv2dNative', [x, g.weight([3, 3, 3, 2])], nhwc)],
  FusedDepthwiseConv2dNative: [
    [7, 6, 3],
    (g, x) =>
      g.node('FusedDepthwiseConv2dNative', [x, g.weight([3, 3, 3, 1]), g.weight([3])], {
        ...nhwc,
        num_args: 1,
        fused_ops: ['BiasAdd', 'Relu'],
      }),
  ],
  Conv2DBackpropInput: [
    [4, 3, 3],
    (g, x) => g.node('Conv2DBackpropInput', [g.ints(3, 8, 6, 5), g.weight([3, 3, 5, 3]), x], nhwc),
  ],
  'Conv2DBackpropInput, VALID': [
    [4, 3, 3],
    (g, x) =>
      g.node('Conv2DBackpropInput', [g.ints(3, 9, 7, 5), g.weight([3, 3, 5, 3]), x], { ...nhwc, padding: 'VALID' }),
  ],
  'MaxPool, SAME': [
    [7, 6, 3],
    (g, x) => g.node('MaxPool', [x], { ksize: [1, 3, 3, 1], strides: [1, 2, 2, 1], padding: 'SAME' }),
  ],
  'AvgPool, SAME': [
    [7, 6, 3],
    (g, x) => g.node('AvgPool', [x], { ksize: [1, 3, 3, 1], strides: [1, 2, 2, 1], padding: 'SAME' }),
  ],
  FusedBatchNormV3: [
    [5, 4, 3],
    (g, x) =>
      g.node('FusedBatchNormV3', [x, ...channels(g)], {
        epsilon: { float: 0.001 },
        data_format: 'NHWC',
        is_training: false,
      }),
  ],
  'MatMul, transposed': [
    [6],
    (g, x) => g.node('MatMul', [x, g.weight([4, 6])], { transpose_a: false, transpose_b: true }),
  ],
  _FusedMatMul: [
    [6],
    (g, x) =>
      g.node('_FusedMatMul', [x, g.weight([6, 4]), g.weight([4])], {
        transpose_a: false,
        transpose_b: false,
        num_args: 1,
        fused_ops: ['BiasAdd', 'Elu'],
      }),
  ],
  BatchMatMulV2: [[4, 6], (g, x) => g.node('BatchMatMulV2', [x, x], { adj_x: false, adj_y: true })],
  BiasAdd: [[5, 3], (g, x) => g.node('BiasAdd', [x, g.weight([3])], { data_format: 'NHWC' })],
  'Mean over pixels': [[5, 4, 3], (g, x) => g.node('Mean', [x, g.ints(1, 2)], { keep_dims: false })],
  'Sum, kept': [[5, 4, 3], (g, x) => g.node('Sum', [x, g.ints(-1)], { keep_dims: true })],
  Max: [[5, 4], (g, x) => g.node('Max', [x, g.ints(1)], { keep_dims: false })],
  Softmax: [[5], (g, x) => g.node('Softmax', [x])],
  'Reshape with the batch from Shape': [
    [4, 3],
    (g, x) => {
      const rows = g.node(
        'StridedSlice',
        [g.node('Shape', [x], { out_type: 'DT_INT32' }), g.ints(0), g.ints(1), g.ints(1)],
        { shrink_axis_mask: 1, begin_mask: 0, end_mask: 0, ellipsis_mask: 0, new_axis_mask: 0 },
      );
      g.node('Reshape', [x, g.node('Pack', [rows, g.int(12)], { axis: 0, N: 2 })]);
    },
  ],
  'StridedSlice: masks': [
    [5, 4, 3],
    (g, x) =>
      g.node('StridedSlice', [x, g.ints(0, 1, 0, 2), g.ints(0, 4, 3, 3), g.ints(1, 1, 1, 1)], {
        begin_mask: 1,
        end_mask: 1,
        ellipsis_mask: 0,
        new_axis_mask: 0,
        shrink_axis_mask: 8,
      }),
  ],
  'StridedSlice: new axis, backwards': [
    [5, 4],
    (g, x) =>
      g.node('StridedSlice', [x, g.ints(0, 0, 4), g.ints(0, 0, 0), g.ints(1, 1, -2)], {
        begin_mask: 1,
        end_mask: 5,
        ellipsis_mask: 0,
        new_axis_mask: 2,
        shrink_axis_mask: 0,
      }),
  ],
  'ConcatV2 and SplitV': [
    [6, 2],
    (g, x) => {
      const parts = g.node('SplitV', [x, g.ints(2, -1), g.int(1)], { num_split: 2 });
      g.node('ConcatV2', [`${parts}:1`, parts, g.int(1)], { N: 2 });
    },
  ],
  'Split and AddN': [
    [6, 2],
    (g, x) => {
      const parts = g.node('Split', [g.int(1), x], { num_split: 3 });
      g.node('AddN', [parts, `${parts}:1`, `${parts}:2`], { N: 3 });
    },
  ],
  'Unpack and Pack': [
    [2, 3],
    (g, x) => {
      const parts = g.node('Unpack', [x], { num: 2, axis: 1 });
      g.node('Pack', [`${parts}:1`, parts], { N: 2, axis: 2 });
    },
  ],
  Pad: [[4, 3, 2], (g, x) => g.node('Pad', [x, g.node('Reshape', [g.ints(0, 0, 1, 2, 0, 1, 0, 0), g.ints(4, 2)])])],
  MirrorPad: [
    [4, 3, 2],
    (g, x) =>
      g.node('MirrorPad', [x, g.node('Reshape', [g.ints(0, 0, 1, 2, 0, 1, 0, 0), g.ints(4, 2)])], { mode: 'REFLECT' }),
  ],
  Slice: [[4, 3], (g, x) => g.node('Slice', [x, g.ints(0, 1, 0), g.ints(-1, 2, 2)])],
  Transpose: [[4, 3], (g, x) => g.node('Transpose', [x, g.ints(0, 2, 1)])],
  'ExpandDims and Squeeze': [
    [4, 1, 3],
    (g, x) => g.node('Squeeze', [g.node('ExpandDims', [x, g.int(-1)])], { squeeze_dims: [2] }),
  ],
  Tile: [[4, 3], (g, x) => g.node('Tile', [x, g.ints(1, 2, 2)])],
  GatherV2: [[4, 3], (g, x) => g.node('GatherV2', [x, g.ints(2, 0), g.int(1)])],
  'ResizeBilinear, centred': [
    [4, 3, 2],
    (g, x) => g.node('ResizeBilinear', [x, g.ints(8, 7)], { align_corners: false, half_pixel_centers: true }),
  ],
  'ResizeBilinear, corners': [
    [4, 3, 2],
    (g, x) => g.node('ResizeBilinear', [x, g.ints(8, 7)], { align_corners: true, half_pixel_centers: false }),
  ],
  ResizeNearestNeighbor: [
    [4, 3, 2],
    (g, x) => g.node('ResizeNearestNeighbor', [x, g.ints(8, 7)], { align_corners: false, half_pixel_centers: false }),
  ],
  'SpaceToBatchND and BatchToSpaceND': [
    [4, 5, 2],
    (g, x) => {
      const margins = g.node('Reshape', [g.ints(1, 1, 0, 1), g.ints(2, 2)]);
      const apart = g.node('SpaceToBatchND', [x, g.ints(2, 2), margins]);
      g.node('BatchToSpaceND', [g.node('Relu', [apart]), g.ints(2, 2), margins]);
    },
  ],
  'SquaredDifference, Rsqrt': [
    [4],
    (g, x) => g.node('Rsqrt', [g.node('AddV2', [g.node('SquaredDifference', [x, g.weight([4])]), g.number(0.1)])]),
  ],
  'Maximum, Minimum, RealDiv': [
    [4],
    (g, x) =>
      g.node('RealDiv', [g.node('Minimum', [g.node('Maximum', [x, g.number(-0.5)]), g.number(0.7)]), g.weight([4], 2)]),
  ],
  'SelectV2, Greater': [
    [4],
    (g, x) => g.node('SelectV2', [g.node('Greater', [x, g.number(0.2)]), g.node('Square', [x]), g.node('Neg', [x])]),
  ],
  'LeakyRelu, Selu, Softplus, Sigmoid, Tanh': [
    [4],
    (g, x) =>
      g.node('LeakyRelu', [g.node('Selu', [g.node('Softplus', [g.node('Sigmoid', [g.node('Tanh', [x])])])])], {
        alpha: { float: 0.1 },
      }),
  ],
  Prelu: [[4, 3], (g, x) => g.node('Prelu', [x, g.weight([3])])],
  'ClipByValue, Exp, Log1p, Sqrt': [
    [4],
    (g, x) =>
      g.node('Sqrt', [g.node('Log1p', [g.node('Exp', [g.node('ClipByValue', [x, g.number(-0.5), g.number(0.5)])])])]),
  ],
};

describe('operators of graph models', () => {
  test.each(Object.keys(cases))('%s', async (name) => {
    const [sample, build] = cases[name] ?? [[], () => undefined];
    const graph = new GraphFile();
    build(graph, graph.input(sample));
    await expectSame(graph);
  });
});

/** With a step other than 1, TensorFlow.js 4.22 drops another axis than its result's shape says: the truth is written out. */
test('an ellipsis before an axis that is dropped: x[:, 1:4:2, ..., 2]', async () => {
  const g = new GraphFile();
  const x = g.input([5, 4, 3]);
  const bounds = [g.ints(0, 1, 0, 2), g.ints(0, 4, 0, 3), g.ints(1, 2, 1, 1)];
  g.node('StridedSlice', [x, ...bounds], { begin_mask: 1, end_mask: 1, ellipsis_mask: 4, shrink_axis_mask: 8 });
  const { y, shape } = await predicted(g);
  expect(shape).toEqual([batch, 2, 4]);
  const values = wave(batch * 60);
  const truth = [0, 1, 2].flatMap((n) =>
    [1, 3].flatMap((i) => [0, 1, 2, 3].map((j) => values[60 * n + 12 * i + 3 * j + 2])),
  );
  expect(Array.from(y)).toEqual(truth);
});

describe('a converted network', () => {
  const network = (): GraphFile => {
    const g = new GraphFile();
    const x = g.input([8, 8, 3]);
    const stem = g.node('_FusedConv2D', [x, g.weight([3, 3, 3, 4]), g.weight([4])], {
      ...nhwc,
      num_args: 1,
      fused_ops: ['BiasAdd', 'Relu6'],
    });
    const deep = g.node('DepthwiseConv2dNative', [stem, g.weight([3, 3, 4, 1])], { ...nhwc, strides: [1, 1, 1, 1] });
    const normal = g.node(
      'FusedBatchNormV3',
      [deep, g.weight([4], 1), g.weight([4]), g.weight([4]), g.weight([4], 2)],
      { epsilon: { float: 1e-3 }, is_training: false },
    );
    const joined = g.node('AddV2', [stem, g.node('Relu6', [normal])]);
    const pooled = g.node('Mean', [joined, g.ints(1, 2)], { keep_dims: false });
    const logits = g.node('_FusedMatMul', [pooled, g.weight([4, 5]), g.weight([5])], {
      num_args: 1,
      fused_ops: ['BiasAdd'],
    });
    g.node('Softmax', [logits]);
    return g;
  };

  it('has its weights as parameters, and running statistics apart', async () => {
    const model = await expectSame(network());
    expect(model.totalParameters).toBe(3 * 3 * 3 * 4 + 4 + 3 * 3 * 4 + 4 + 4 + 4 * 5 + 5);
    expect(model.buffers.filter(({ node }) => node.primitive === 'input').map(({ shape }) => shape)).toEqual([
      [4],
      [4],
    ]);
    expect(model.layers.map(({ type }) => type)).toContain('_FusedConv2D');
  });

  it('names the operator that is not read', async () => {
    const g = new GraphFile();
    g.node('NonMaxSuppressionV5', [g.input([4])]);
    const { model } = await traced(g);
    expect(model.stopped?.reason).toMatch(/NonMaxSuppressionV5 is not read: it looks for boxes/);
    expect(model.stopped?.hint).toMatch(/docs\/tensorflowjs\.md/);
  });
});

describe('a hostile graph', () => {
  const open = async (content: object): Promise<string> => {
    const file = join(folder, 'model.json');
    writeFileSync(file, JSON.stringify(content));
    const files = new DiskDataFiles();
    try {
      const { trace } = await openModelFile(files, file);
      return trace({ file, source: '', sources: noSources, batch }).stopped?.reason ?? '';
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      return error.message;
    } finally {
      await files.close();
    }
  };

  test.each([null, -1, 1e300, '', '../../x', [], {}, [[[]]]])(
    'with %j anywhere gives an error or a model',
    async (bad) => {
      const g = new GraphFile();
      const x = g.input([4, 4, 2]);
      const y = g.node('_FusedConv2D', [x, g.weight([3, 3, 2, 2]), g.weight([2])], {
        ...nhwc,
        num_args: 1,
        fused_ops: ['BiasAdd', 'Relu'],
      });
      g.node('Reshape', [y, g.ints(-1, 8)]);
      const content: unknown = JSON.parse(readFileSync(g.write(folder), 'utf8'));
      for (const changed of damaged(content, bad))
        if (typeof changed === 'object' && changed !== null) await open(changed);
    },
  );

  it('whose nodes wait for each other, or for nothing, says so', async () => {
    const node = (name: string, input: string[]): object => ({ name, op: 'Relu', input });
    const content = (nodes: object[]): object => ({ modelTopology: { node: nodes }, weightsManifest: [] });
    expect(await open(content([node('a', ['b']), node('b', ['a'])]))).toMatch(/wait for each other/);
    expect(await open(content([node('a', ['c'])]))).toMatch(/nothing gives its input 'c'/);
    expect(await open(content([]))).toMatch(/a graph of 0 nodes/);
  });
});
