import { expect } from 'vitest';
import type { ArrayData, ArrayValue } from '../../../../server/src/engine/engine';
import { evaluate } from '../../../../server/src/graph/evaluate/evaluate';
import type { Graph, Node } from '../../../../server/src/graph/node';
import type { ConstantData } from '../../../../server/src/graph/primitives';

/** Numbers that single precision holds exactly, so that both engines start from the same ones. */
export const inFloat32 = (data: ConstantData): ConstantData =>
  data instanceof Float64Array ? Float64Array.from(Float32Array.from(data)) : data;

/** The graph's outputs in double precision. */
export const reference = (graph: Graph, data: readonly ConstantData[]): ConstantData[] =>
  evaluate(
    graph.outputs,
    new Map<Node, ConstantData>(graph.inputs.map((node, i) => [node, data[i] ?? new Float64Array()])),
  );

const same = (actual: number, expected: number, tolerance: number): boolean =>
  Object.is(actual, expected) ||
  actual === expected ||
  Math.abs(actual - expected) <= tolerance ||
  // Beyond the range of single precision.
  (Math.abs(expected) > 3.4e38 && Math.abs(actual) === Infinity && Math.sign(actual) === Math.sign(expected));

/** Floats agree to `relative` of each element or of the largest one; integers and booleans are equal. */
export function expectClose(
  actual: ArrayValue | undefined,
  node: Node,
  expected: ArrayData | undefined,
  label: string,
  relative = 4e-6,
): void {
  expect(actual?.shape, label).toEqual(node.shape);
  expect(actual?.dtype, label).toBe(node.dtype);
  const data: ArrayLike<number> = actual?.data ?? [];
  const wanted: ArrayLike<number> = expected ?? [];
  expect(data.length, label).toBe(wanted.length);
  if (node.dtype !== 'float') {
    expect(data, label).toEqual(wanted);
    return;
  }
  for (let i = 0; i < wanted.length; i++) {
    const [a, e] = [data[i] ?? NaN, wanted[i] ?? NaN];
    if (!same(a, e, relative * Math.max(1, Math.abs(e)))) expect.fail(`${label}: element ${i} is ${a}, expected ${e}`);
  }
}
