/** Every primitive on TensorFlow.js against the float64 evaluation, to float32 rounding. */
import { describe, expect, it } from 'vitest';
import type { ArrayValue, Engine } from '../../../server/src/engine/engine';
import { createTfjsEngine } from '../../../server/src/engine/tfjs/tfjsEngine';
import type { TfjsBackend } from '../../../server/src/engine/tfjs/tfjsEngine';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import type { Node } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';
import type { ConstantData } from '../../../server/src/graph/primitives';
import { allPrimitives, createRng, exampleFor } from '../../support/randomGraphs';

const backends: readonly TfjsBackend[] = ['tensorflow', 'wasm', 'cpu'];

/** The engine, or undefined where that build of the library is not installed (the native one is optional). */
const available = async (backend: TfjsBackend): Promise<Engine | undefined> => {
  try {
    return await createTfjsEngine(backend);
  } catch {
    return undefined;
  }
};

/** Inputs rounded to float32, so that both sides compute from the same numbers. */
const rounded = (data: ConstantData): ConstantData => (data instanceof Float64Array ? data.map(Math.fround) : data);

const largest = (data: ArrayLike<number>): number =>
  Array.from(data).reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);

function expectClose(actual: ArrayValue | undefined, expected: ArrayLike<number>): void {
  const scale = Math.max(1, largest(expected));
  Array.from(expected).forEach((value, i) => {
    const ours = actual?.data[i] ?? NaN;
    if (Number.isFinite(Math.fround(value))) expect(Math.abs(ours - value) / scale).toBeLessThan(1e-4);
    else expect(ours).toBe(Math.fround(value));
  });
}

// One after the other: the library has one current backend for the whole process.
const engines: [TfjsBackend, Engine | undefined][] = [];
for (const backend of backends) engines.push([backend, await available(backend)]);

describe.each(engines)('tfjs engine on %s', (_backend, engine) => {
  it.runIf(engine !== undefined).each(allPrimitives)('computes %s as the reference does', async (primitive) => {
    for (let seed = 0; seed < 12; seed++) {
      const rng = createRng(seed);
      const { node, inputs, data } = exampleFor(primitive, rng);
      const values = data(rng, 'smooth').map(rounded);
      const feeds = new Map<Node, ConstantData>(inputs.map((input, i) => [input, values[i] ?? new Float64Array()]));
      const [expected = new Float64Array()] = evaluate([node], feeds);
      const executable = await engine?.compile({ inputs, outputs: [node] });
      const arrays = inputs.map(({ shape, dtype }, i) => ({ shape, dtype, data: values[i] ?? new Float64Array() }));
      const [actual] = (await executable?.run(arrays)) ?? [];
      expect(actual?.shape).toEqual(node.shape);
      expect(actual?.dtype).toBe(node.dtype);
      expectClose(actual, expected);
      executable?.dispose();
    }
  });

  it.runIf(engine !== undefined)('lets NaN and infinities through arithmetic', async () => {
    const x = op.input('x', [3]);
    const graph = { inputs: [x], outputs: [op.mul(op.tanh(x), x), op.max(x, op.full(0)), op.reduceMax(x, 0)] };
    const executable = await engine?.compile(graph);
    const results =
      (await executable?.run([{ shape: [3], dtype: 'float', data: Float64Array.of(NaN, Infinity, -2) }])) ?? [];
    expect(Array.from(results[0]?.data ?? [])).toEqual([NaN, Infinity, expect.closeTo(1.928, 3)]);
    expect(Array.from(results[1]?.data ?? [])).toEqual([NaN, Infinity, 0]);
    expect(Array.from(results[2]?.data ?? [])).toEqual([NaN]);
  });
});

it('names the builds it tried when none loads', async () => {
  await expect(createTfjsEngine('absent' as TfjsBackend)).rejects.toThrow(/absent/);
});
