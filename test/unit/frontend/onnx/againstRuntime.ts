/** One operator by our rules and by ONNX Runtime, which is another implementation of the same specification. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect } from 'vitest';
import { MemoryByteSource } from '../../../../server/src/checkpoint/byteSource';
import { readOnnxModelFile } from '../../../../server/src/checkpoint/onnx/onnxModelFile';
import { readInitializers } from '../../../../server/src/frontend/onnx/initializers';
import { traceOnnx } from '../../../../server/src/frontend/onnx/traceOnnx';
import { evaluate } from '../../../../server/src/graph/evaluate/evaluate';
import { elementCount, type Node } from '../../../../server/src/graph/node';
import type { ConstantData } from '../../../../server/src/graph/primitives';
import { noSources } from './fixtures';
import { modelBytes, type TestAttribute, type TestTensor } from './writer';

export interface Case {
  readonly op: string;
  readonly opset?: number;
  /** Of the operator; ONNX's own unless said. */
  readonly domain?: string;
  readonly x?: readonly number[];
  readonly weights?: readonly TestTensor[];
  readonly attributes?: Readonly<Record<string, TestAttribute>>;
  /** Names of operands; `x` first, then the weights, unless said. */
  readonly input?: readonly string[];
  readonly outputs?: number;
  /** Values of x are made positive. */
  readonly positive?: boolean;
}

export const wave = (count: number, phase = 0): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(1.7 * i + phase) * 1.3);
export const weight = (name: string, dims: readonly number[], phase = 1): TestTensor => ({
  name,
  dims,
  values: wave(elementCount(dims), phase),
});
export const ints = (
  name: string,
  values: readonly number[],
  dims: readonly number[] = [values.length],
): TestTensor => ({
  name,
  dims,
  values,
  type: 'int64',
});
export const scalar = (name: string, value: number): TestTensor => ({ name, dims: [], values: [value] });

/** Shape of x unless a case says another. */
export const image = [2, 4, 5, 6];

/** All outputs to 2e-6 of the largest element. */
export async function expectSameAsRuntime({
  op,
  opset = 17,
  domain = '',
  x: shape = image,
  weights = [],
  attributes = {},
  input,
  outputs = 1,
  positive,
}: Case): Promise<void> {
  const names = Array.from({ length: outputs }, (_unused, i) => `y${i}`);
  const bytes = modelBytes({
    opset,
    nodes: [{ op, input: input ?? ['x', ...weights.map(({ name }) => name)], output: names, attributes, domain }],
    weights,
    inputs: { x: ['batch', ...shape.slice(1)] },
    outputs: names,
  });
  const x = wave(elementCount(shape)).map((value) => (positive === true ? Math.abs(value) + 0.1 : value));
  const session = await InferenceSession.create(bytes);
  const expected = await session.run({ x: new Tensor('float32', Float32Array.from(x), [...shape]) });
  const found = await computed(bytes, Float64Array.from(x, Math.fround), shape[0] ?? 0);
  for (const name of names) {
    const [truth, values] = [expected[name], found.get(name)];
    expect(values?.shape, name).toEqual(truth?.dims);
    const numbers = Array.from(truth?.data as Float32Array, Number);
    const size = Math.max(1, ...numbers.map(Math.abs));
    numbers.forEach((number, i) =>
      expect(Math.abs((values?.data[i] ?? NaN) - number) / size, `${name}[${i}]`).toBeLessThan(2e-6),
    );
  }
}

async function computed(bytes: Uint8Array, x: Float64Array, batch: number) {
  const file = 'test.onnx';
  const structure = await readOnnxModelFile(new MemoryByteSource(file, bytes));
  const initializers = await readInitializers(structure, file);
  const traced = traceOnnx({ file, structure, initializers }, { file, source: '', sources: noSources, batch });
  if (traced.stopped !== null) throw new Error(traced.stopped.reason);
  const feeds = new Map<Node, ConstantData>(traced.inputs.map(({ node }) => [node, x]));
  for (const { node, initial } of [...traced.parameters, ...traced.buffers])
    if (node.primitive === 'input') feeds.set(node, initial());
  const entries = traced.output?.kind === 'mapping' ? traced.output.entries : [];
  const nodes = entries.flatMap(([name, tree]) => (tree.kind === 'tensor' ? [{ name, node: tree.node }] : []));
  const values = evaluate(
    nodes.map(({ node }) => node),
    feeds,
  );
  return new Map(nodes.map(({ name, node }, i) => [name, { shape: node.shape, data: values[i] ?? [] }]));
}
