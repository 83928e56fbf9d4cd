import { afterAll, describe, expect, it } from 'vitest';
import { createReferenceEngine } from '../../../server/src/engine/reference/referenceEngine';
import type { ArrayValue } from '../../../server/src/engine/engine';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import type { Graph, Node } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';
import type { ConstantData } from '../../../server/src/graph/primitives';
import type { Rng } from '../../support/randomGraphs';
import { allPrimitives, createRng, exampleFor, randomData } from '../../support/randomGraphs';

const engine = createReferenceEngine();
afterAll(() => engine.dispose());

const valueOf = (node: Node, data: ConstantData): ArrayValue => ({ shape: node.shape, dtype: node.dtype, data });

/** A random program of elementwise, structural and contracting nodes that share operands, with several outputs. */
function randomProgram(rng: Rng, size: number): Graph {
  const shape = [3, 4];
  const inputs = [0, 1, 2].map((i) => op.input(`x${i}`, shape));
  const values: Node[] = [...inputs, op.full(0.5, shape), op.constant(Float64Array.from({ length: 12 }, rng), shape)];
  const any = (): Node => values[Math.floor(rng() * values.length)] ?? op.full(0);
  const makers: readonly (() => Node)[] = [
    () => op.add(any(), any()),
    () => op.mul(any(), any()),
    () => op.tanh(any()),
    () => op.sub(any(), op.stopGradient(any())),
    () => op.select(op.lt(any(), any()), any(), any()),
    () => op.convert(op.le(any(), any()), 'float'),
    () => op.reshape(op.transpose(op.reshape(any(), [4, 3]), [1, 0]), shape),
    () => op.broadcast(op.reduceSum(any(), [0]), shape, [1]),
    () => op.tanh(op.dot(any(), op.tanh(op.dot(any(), any(), contractRows)), contractColumns)),
    () => op.concat([op.sliceAxis(any(), 0, 1, 3), op.sliceAxis(any(), 0, 0, 1)], 0),
  ];
  for (let i = 0; i < size; i++) values.push((makers[Math.floor(rng() * makers.length)] ?? any)());
  // Outputs include inputs, constants, aliases and the same node twice.
  const last = values.at(-1) ?? op.full(0);
  const outputs = [any(), any(), any(), op.reshape(any(), [12]), op.reshape(last, [2, 6]), last, last];
  return { inputs, outputs };
}
const contractRows = { lhsContract: [0], rhsContract: [0], lhsBatch: [], rhsBatch: [] };
const contractColumns = { lhsContract: [1], rhsContract: [1], lhsBatch: [], rhsBatch: [] };

describe('reference engine', () => {
  it.each(allPrimitives)('computes %s as the evaluation does, with its inputs bound or not', async (primitive) => {
    for (let seed = 0; seed < 8; seed++) {
      const rng = createRng(seed);
      const { node, inputs, data } = exampleFor(primitive, rng);
      const values = data(rng, 'edge');
      const feeds = new Map<Node, ConstantData>();
      inputs.forEach((input, i) => feeds.set(input, values[i] ?? new Float64Array()));
      const expected = evaluate([node], feeds);
      for (let bindings = 0; bindings < 2 ** inputs.length; bindings++) {
        const isBound = (i: number): boolean => (bindings & (1 << i)) !== 0;
        const arrays = inputs.map((input) => valueOf(input, feeds.get(input) ?? new Float64Array()));
        const bound = new Map(
          inputs.flatMap((input, i) => (isBound(i) ? [[input, arrays[i] as ArrayValue] as const] : [])),
        );
        const executable = await engine.compile({ inputs, outputs: [node] }, { bound });
        const [result] = await executable.run(arrays.filter((_, i) => !isBound(i)));
        expect(result).toEqual({ shape: node.shape, dtype: node.dtype, data: expected[0] });
        executable.dispose();
      }
    }
  });

  it('reuses buffers without mixing values up: random programs, run repeatedly with changing inputs', async () => {
    for (let seed = 0; seed < 150; seed++) {
      const rng = createRng(seed);
      const graph = randomProgram(rng, 5 + (seed % 40));
      const [first] = graph.inputs;
      if (first === undefined) throw new Error('the program has inputs');
      const fixed = randomData(first, rng);
      const bound = seed % 2 === 0 ? new Map([[first, valueOf(first, fixed)]]) : new Map<Node<'input'>, ArrayValue>();
      const executable = await engine.compile(graph, { bound });
      const results: ArrayValue[][] = [];
      const expected: ConstantData[][] = [];
      for (let repetition = 0; repetition < 3; repetition++) {
        const feeds = new Map(graph.inputs.map((x) => [x as Node, bound.has(x) ? fixed : randomData(x, rng)]));
        expected.push(evaluate(graph.outputs, feeds).map((data) => data.slice()));
        const unbound = graph.inputs.filter((x) => !bound.has(x));
        results.push(await executable.run(unbound.map((x) => valueOf(x, feeds.get(x) ?? new Float64Array()))));
      }
      // Compared after the last run: results of earlier runs must not have been overwritten.
      expect(results.map((run) => run.map(({ data }) => data))).toEqual(expected);
    }
  });

  // Long enough that each run hands over to the event loop, and so to the others, several times.
  it('keeps overlapping runs apart', async () => {
    const x = op.input('x', [100_000]);
    let y: Node = x;
    for (let i = 0; i < 50; i++) y = op.add(op.tanh(y), x);
    const executable = await engine.compile({ inputs: [x], outputs: [y] });
    const inputs = [1, 2, 3].map((value) => new Float64Array(100_000).fill(value));
    const results = await Promise.all(inputs.map((data) => executable.run([valueOf(x, data)])));
    inputs.forEach((data, i) => {
      const [expected] = evaluate([y], new Map([[x, data]]));
      expect(results[i]?.[0]?.data.every((value, j) => value === expected?.[j])).toBe(true);
    });
  });

  it('computes what depends on bound inputs only once', async () => {
    const [w, x] = [op.input('w', [4]), op.input('x', [4])];
    const graph = { inputs: [w, x], outputs: [op.mul(op.exp(w), x)] };
    const data = Float64Array.of(0, 1, 2, 3);
    const executable = await engine.compile(graph, { bound: new Map([[w, valueOf(w, data)]]) });
    data.fill(NaN);
    const [result] = await executable.run([valueOf(x, Float64Array.of(1, 1, 1, 1))]);
    expect([...(result?.data ?? [])]).toEqual([0, 1, 2, 3].map((value) => Math.exp(value)));
  });

  it('takes float32 data and answers in float64', async () => {
    const x = op.input('x', [2]);
    const executable = await engine.compile({ inputs: [x], outputs: [op.mul(x, x)] });
    const [result] = await executable.run([{ shape: [2], dtype: 'float', data: Float32Array.of(0.1, 3) }]);
    expect(result?.data).toEqual(Float64Array.of(Math.fround(0.1) ** 2, 9));
  });

  it('lets the event loop run during a long program', async () => {
    const x = op.input('x', [200_000]);
    let y: Node = x;
    for (let i = 0; i < 150; i++) y = op.tanh(y);
    const executable = await engine.compile({ inputs: [x], outputs: [y] });
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await executable.run([valueOf(x, new Float64Array(200_000).fill(0.5))]);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  it('names the input that does not fit', async () => {
    const x = op.input('images', [2, 3]);
    const executable = await engine.compile({ inputs: [x], outputs: [op.neg(x)] });
    await expect(executable.run([{ shape: [3, 2], dtype: 'float', data: new Float64Array(6) }])).rejects.toThrow(
      "the input 'images' is float [2, 3], got float [3, 2]",
    );
    await expect(executable.run([])).rejects.toThrow('takes 1 inputs, got 0');
    await expect(executable.run([{ shape: [2, 3], dtype: 'float', data: new Int32Array(6) }])).rejects.toThrow(
      'Int32Array',
    );
  });

  it('names the primitive and the source line of a failing node', async () => {
    const x = op.input('x', [2, 0]);
    const span = { file: 'model.py', line: 7, column: 5, endLine: 7, endColumn: 20 };
    const y = op.withSpan(span, () => op.reduceMax(x, 1));
    await expect(engine.compile({ inputs: [x], outputs: [y] })).rejects.toThrow(/'reduceMax'.* at model\.py:7:5/);
  });
});
