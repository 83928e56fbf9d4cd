/** Loops with a number of rounds that the graph fixes: the same values as ONNX Runtime's. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { MemoryByteSource } from '../../../../server/src/checkpoint/byteSource';
import { readOnnxModelFile } from '../../../../server/src/checkpoint/onnx/onnxModelFile';
import type { TracedModel } from '../../../../server/src/frontend/model';
import { readInitializers } from '../../../../server/src/frontend/onnx/initializers';
import { traceOnnx } from '../../../../server/src/frontend/onnx/traceOnnx';
import { evaluate } from '../../../../server/src/graph/evaluate/evaluate';
import type { Node } from '../../../../server/src/graph/node';
import type { ConstantData } from '../../../../server/src/graph/primitives';
import { noSources } from './fixtures';
import { modelBytes, type TestModel, type TestNode } from './writer';

const w = { name: 'w', dims: [3], values: [0.5, -0.7, 0.9] };
const x = Float32Array.from([0.3, -0.2, 0.8, 1.1, 0.4, -0.6]);

async function traced(model: TestModel): Promise<TracedModel> {
  const file = 'loop.onnx';
  const structure = await readOnnxModelFile(new MemoryByteSource(file, modelBytes(model)));
  const initializers = await readInitializers(structure, file);
  return traceOnnx({ file, structure, initializers }, { file, source: '', sources: noSources, batch: 2 });
}

async function expectSame(model: TestModel): Promise<void> {
  const found = await traced(model);
  if (found.stopped !== null) throw new Error(found.stopped.reason);
  const feeds = new Map<Node, ConstantData>(found.inputs.map(({ node }) => [node, Float64Array.from(x)]));
  for (const { node, initial } of found.parameters) feeds.set(node, initial());
  const entries = found.output?.kind === 'mapping' ? found.output.entries : [];
  const nodes = entries.flatMap(([, tree]) => (tree.kind === 'tensor' ? [tree.node] : []));
  const values = evaluate(nodes, feeds);
  const session = await InferenceSession.create(modelBytes(model));
  const truth = await session.run({ x: new Tensor('float32', x, [2, 3]) });
  model.outputs.forEach((name, i) => {
    expect(nodes[i]?.shape).toEqual(truth[name]?.dims);
    const numbers = Array.from(truth[name]?.data as Float32Array);
    numbers.forEach((number, k) => expect(values[i]?.[k]).toBeCloseTo(number, 5));
  });
}

const step: readonly TestNode[] = [
  { op: 'Mul', input: ['state', 'w'], output: ['product'] },
  { op: 'Tanh', input: ['product'], output: ['next'] },
];

const loop = (rounds: number, condition: TestNode): TestModel => ({
  opset: 16,
  weights: [w, { name: 'rounds', dims: [], values: [rounds], type: 'int64' }],
  inputs: { x: ['batch', 3] },
  outputs: ['last', 'all'],
  nodes: [
    {
      op: 'Loop',
      input: ['rounds', '', 'x'],
      output: ['last', 'all'],
      attributes: {
        body: {
          graph: {
            nodes: [...step, condition],
            inputs: { round: 'int64', open: 'bool', state: 'float' },
            outputs: { again: 'bool', next: 'float', product: 'float' },
          },
        },
      },
    },
  ],
});
const always: TestNode = { op: 'Identity', input: ['open'], output: ['again'] };

const scan = (attributes: TestNode['attributes']): TestModel => ({
  opset: 16,
  weights: [w, { name: 'start', dims: [2], values: [0.2, -0.4] }],
  inputs: { x: ['batch', 3] },
  outputs: ['last', 'sums'],
  nodes: [
    {
      op: 'Scan',
      input: ['start', 'x', 'x'],
      output: ['last', 'sums'],
      attributes: {
        num_scan_inputs: 2,
        scan_input_axes: [1, 1],
        scan_output_axes: [1],
        ...attributes,
        body: {
          graph: {
            nodes: [
              { op: 'Add', input: ['state', 'one'], output: ['sum'] },
              { op: 'Mul', input: ['sum', 'other'], output: ['result'] },
            ],
            inputs: { state: 'float', one: 'float', other: 'float' },
            outputs: { sum: 'float', result: 'float' },
          },
        },
      },
    },
  ],
});

describe('loops of a graph', () => {
  it('Loop hands values on and collects others', () => expectSame(loop(4, always)));

  it('Loop ends where its condition does', () => {
    const model = loop(9, { op: 'Less', input: ['round', 'limit'], output: ['again'] });
    return expectSame({
      ...model,
      weights: [...(model.weights ?? []), { name: 'limit', dims: [], values: [2], type: 'int64' }],
    });
  });

  it('Scan goes through several inputs, also backwards', async () => {
    await expectSame(scan({}));
    await expectSame(scan({ scan_input_directions: [0, 1], scan_output_directions: [1] }));
  });

  it('is refused where the data decide, or for too many rounds', async () => {
    const byData = loop(4, { op: 'Greater', input: ['next', 'next'], output: ['again'] });
    expect((await traced(byData)).stopped?.reason).toMatch(/whether it goes on depends on the data/);
    expect((await traced(loop(1e6, always))).stopped?.reason).toMatch(/rounds are too many/);
  });
});
