/** What an exporter computed while it wrote a file is told from what is trained. */
import { describe, expect, test } from 'vitest';
import { MemoryByteSource } from '../../../../server/src/checkpoint/byteSource';
import { readOnnxModelFile } from '../../../../server/src/checkpoint/onnx/onnxModelFile';
import { readInitializers } from '../../../../server/src/frontend/onnx/initializers';
import type { TracedModel } from '../../../../server/src/frontend/model';
import { traceOnnx } from '../../../../server/src/frontend/onnx/traceOnnx';
import { evaluate } from '../../../../server/src/graph/evaluate/evaluate';
import type { Node } from '../../../../server/src/graph/node';
import type { ConstantData } from '../../../../server/src/graph/primitives';
import { wave, weight } from './againstRuntime';
import { noSources } from './fixtures';
import { modelBytes, type TestModel } from './writer';

async function traced(model: TestModel, batch = 2): Promise<TracedModel> {
  const file = 'model.onnx';
  const structure = await readOnnxModelFile(new MemoryByteSource(file, modelBytes(model)));
  const initializers = await readInitializers(structure, file);
  const found = traceOnnx({ file, structure, initializers }, { file, source: '', sources: noSources, batch });
  expect(found.stopped).toBeNull();
  return found;
}

const namesOf = ({ parameters }: TracedModel): string[] => parameters.map(({ name }) => name);

function outputOf(model: TracedModel, x: readonly number[]): ConstantData {
  const feeds = new Map<Node, ConstantData>(model.inputs.map(({ node }) => [node, Float64Array.from(x)]));
  for (const { node, initial } of model.parameters) feeds.set(node, initial());
  return evaluate(model.outputNode === undefined ? [] : [model.outputNode], feeds)[0] ?? new Float64Array(0);
}

const table = { ...weight('wte.weight', [5, 3]), name: 'wte.weight' };
const turned = {
  name: 'val_7',
  dims: [3, 5],
  values: Array.from({ length: 15 }, (_, i) => table.values[(i % 5) * 3 + Math.floor(i / 5)] ?? 0),
};
const up = { op: 'MatMul', input: ['x', 'wte.weight'], output: ['h'] };
const tied: TestModel = {
  opset: 17,
  nodes: [up, { op: 'MatMul', input: ['h', 'val_7'], output: ['y'] }],
  weights: [table, turned],
  inputs: { x: ['batch', 5] },
  outputs: ['y'],
};

describe('initialisers', () => {
  test('a matrix and its transpose, written by an exporter, are one weight', async () => {
    const model = await traced(tied);
    expect(namesOf(model)).toEqual(['wte.weight']);
    const apart = await traced({ ...tied, weights: [table, { ...turned, values: [...turned.values].reverse() }] });
    expect(namesOf(apart)).toEqual(['wte.weight', 'val_7']);
    const x = wave(10);
    const w = (i: number, k: number): number => Math.fround(table.values[i * 3 + k] ?? 0);
    const hidden = (row: number, k: number): number =>
      [0, 1, 2, 3, 4].reduce((sum, i) => sum + (x[row * 5 + i] ?? 0) * w(i, k), 0);
    outputOf(model, x).forEach((value, at) => {
      const [row, j] = [Math.floor(at / 5), at % 5];
      expect(value).toBeCloseTo(
        [0, 1, 2].reduce((sum, k) => sum + hidden(row, k) * w(j, k), 0),
        12,
      );
    });
  });

  test('a matrix and its transpose are one weight, where an exporter made both', async () => {
    const first = { ...table, name: 'val_0' };
    const model = await traced({
      ...tied,
      nodes: [
        { ...up, input: ['x', 'val_0'] },
        { op: 'MatMul', input: ['h', 'val_7'], output: ['y'] },
      ],
      weights: [first, turned],
    });
    expect(namesOf(model)).toEqual(['val_0']);
    expect(model.totalParameters).toBe(15);
  });

  test('a matrix that is written once for every call of a module is one weight; those of copies of a layer are as many', async () => {
    const square = weight('w', [5, 5]);
    const named = (name: string) => ({ ...square, name });
    const chain = (modules: readonly string[]): TestModel => ({
      opset: 17,
      producer: 'pytorch',
      nodes: modules.map((module, i) => ({
        op: 'MatMul',
        name: `/${module}/MatMul`,
        input: [i === 0 ? 'x' : `h${i - 1}`, `onnx::MatMul_${i + 10}`],
        output: [i === modules.length - 1 ? 'y' : `h${i}`],
      })),
      weights: modules.map((_, i) => named(`onnx::MatMul_${i + 10}`)),
      inputs: { x: ['batch', 5] },
      outputs: ['y'],
    });
    expect((await traced(chain(['mix', 'mix_1', 'mix_2']))).totalParameters).toBe(25);
    expect((await traced(chain(['layers.0/mix', 'layers.1/mix']))).totalParameters).toBe(50);
    const other = chain(['mix', 'mix_1']);
    const [first, second = square] = other.weights ?? [];
    const apart = { ...second, values: wave(25, 2) };
    expect((await traced({ ...other, weights: [first ?? square, apart] })).totalParameters).toBe(50);
  });

  test('a mask of scores is no weight, whoever made it; a bias of zeros is one', async () => {
    const mask = { name: 'val_3', dims: [2, 5], values: [0, -Infinity, -3.4e38, 0, 0, 0, 0, 0, -1e9, 0] };
    const bias = { name: 'val_4', dims: [1, 5], values: [0, 0, 0, 0, 0] };
    const model = await traced({
      ...tied,
      nodes: [
        up,
        { op: 'MatMul', input: ['h', 'val_7'], output: ['s'] },
        { op: 'Add', input: ['s', 'val_3'], output: ['t'] },
        { op: 'Add', input: ['t', 'val_4'], output: ['y'] },
      ],
      weights: [table, turned, mask, bias],
    });
    expect(namesOf(model)).toEqual(['wte.weight', 'val_4']);
  });

  test('whole numbers with scales are the weights that they stand for', async () => {
    const kept = {
      opset: 17,
      nodes: [
        { op: 'DequantizeLinear', input: ['w.q', 's', 'z'], output: ['w'], attributes: { axis: 1 } },
        { op: 'MatMul', input: ['x', 'w'], output: ['y'] },
      ],
      weights: [
        { name: 'w.q', dims: [2, 3], values: [1, -128, 3, 127, 0, -7], type: 'int8' as const },
        { name: 's', dims: [3], values: [0.5, 0.25, 2] },
        { name: 'z', dims: [3], values: [1, 0, -1], type: 'int8' as const },
      ],
      inputs: { x: ['batch', 2] },
      outputs: ['y'],
    };
    const model = await traced(kept);
    expect(namesOf(model)).toEqual(['w']);
    expect(model.notes?.join()).toContain('1 weights are kept as whole numbers');
    expect(Array.from(model.parameters[0]?.initial() ?? [])).toEqual([0, -32, 8, 63, 0, -12]);
    expect(Array.from(outputOf(model, [1, 2, 0, -1]))).toEqual([126, -32, -16, -63, 0, 12]);
  });

  test('what rounds activations is refused, with the reason', async () => {
    const file = 'model.onnx';
    const bytes = modelBytes({
      opset: 17,
      nodes: [{ op: 'QuantizeLinear', input: ['x', 's'], output: ['y'] }],
      weights: [{ name: 's', dims: [], values: [0.1] }],
      inputs: { x: ['batch', 2] },
      outputs: ['y'],
    });
    const structure = await readOnnxModelFile(new MemoryByteSource(file, bytes));
    const initializers = await readInitializers(structure, file);
    const { stopped } = traceOnnx({ file, structure, initializers }, { file, source: '', sources: noSources });
    expect(stopped?.reason).toMatch(/QuantizeLinear is not read: it rounds to whole numbers, which has no derivative/);
    expect(stopped?.hint).toMatch(/before quantisation/);
  });

  test('a class token that is written for one sample is spread over all', async () => {
    const token = weight('token', [1, 1, 2]);
    const model = await traced(
      {
        opset: 17,
        nodes: [{ op: 'Concat', input: ['token', 'x'], output: ['y'], attributes: { axis: 1 } }],
        weights: [token],
        inputs: { x: [1, 1, 2] },
        outputs: ['y'],
      },
      3,
    );
    expect(model.outputNode?.shape).toEqual([3, 2, 2]);
    const [a, b] = token.values.map(Math.fround);
    expect(Array.from(outputOf(model, [1, 2, 3, 4, 5, 6]))).toEqual([a, b, 1, 2, a, b, 3, 4, a, b, 5, 6]);
  });
});
