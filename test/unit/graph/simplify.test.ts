import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import type { Graph, Node } from '../../../server/src/graph/node';
import { elementCount, topologicalOrder } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';
import type { ConstantData, Primitive } from '../../../server/src/graph/primitives';
import { simplify } from '../../../server/src/graph/simplify/simplify';
import type { Rng } from '../../support/randomGraphs';
import { allPrimitives, createRng, exampleFor } from '../../support/randomGraphs';

const simplifyNode = (node: Node): Node => {
  const [result] = simplify({ inputs: [], outputs: [node] }).outputs;
  if (result === undefined) throw new Error('no output');
  return result;
};

const primitivesOf = (node: Node): Primitive[] =>
  topologicalOrder([node])
    .map(({ primitive }) => primitive)
    .filter((primitive) => primitive !== 'input' && primitive !== 'constant');

/** Equal to a few units in the last place; NaN, infinities and integers exactly. */
function expectEqualData(actual: ConstantData, expected: ConstantData, what: string): void {
  expect(actual.length, what).toBe(expected.length);
  expected.forEach((truth, i) => {
    const value = actual[i] ?? NaN;
    if (Number.isFinite(truth) && Number.isFinite(value))
      expect(Math.abs(value - truth), `${what}, element ${i}: ${value} for ${truth}`).toBeLessThanOrEqual(
        1e-13 * (1 + Math.abs(truth)),
      );
    else expect(value, `${what}, element ${i}`).toEqual(truth);
  });
}

const special = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 1e300, 1e-300];

function specialData(data: ConstantData, rng: Rng): ConstantData {
  return data instanceof Float64Array && rng() < 0.7
    ? data.map((value) => (rng() < 0.4 ? (special[Math.floor(rng() * special.length)] ?? value) : value))
    : data;
}

function expectSameValues(graph: Graph, feeds: Map<Node, ConstantData>, what: string): void {
  const simplified = simplify(graph);
  expect(simplified.inputs).toEqual(graph.inputs);
  const [before, after] = [evaluate([...graph.outputs], feeds), evaluate([...simplified.outputs], feeds)];
  graph.outputs.forEach((output, i) => {
    expect(simplified.outputs[i]?.shape, what).toEqual(output.shape);
    expect(simplified.outputs[i]?.dtype, what).toBe(output.dtype);
    expectEqualData(after[i] ?? new Float64Array(), before[i] ?? new Float64Array(), what);
  });
}

describe('values are preserved, NaN and infinities too', () => {
  test.each(allPrimitives)('%s on edge and special data, variables and constants', (primitive) => {
    for (let seed = 1; seed <= 12; seed++) {
      const rng = createRng(seed * 57 + allPrimitives.indexOf(primitive));
      const { node, inputs, ...example } = exampleFor(primitive, rng);
      const values = example.data(rng, 'edge').map((x) => specialData(x, rng));
      const feeds = new Map<Node, ConstantData>(inputs.map((x, i) => [x, values[i] ?? new Float64Array()]));
      expectSameValues({ inputs, outputs: [node] }, feeds, `${primitive}, seed ${seed}`);
      if (node.inputs.length === 0) continue;
      const constants = inputs.map((x, i) => op.constant(values[i] ?? new Float64Array(), x.shape));
      const folded = op.emit(node.primitive, constants, node.parameters);
      expectSameValues({ inputs: [], outputs: [folded] }, new Map(), `${primitive} of constants`);
    }
  });

  /** Random programs over one shape, with constants 0, ±1, 2, repeated operands, broadcasts and shape changes. */
  function randomProgram(rng: Rng): { graph: Graph; feeds: Map<Node, ConstantData> } {
    const shape = [2, 3];
    const [x, row, column] = [op.input('x', shape), op.input('row', [3]), op.input('column', [2, 1])];
    const mask = op.input('mask', [3], 'bool');
    const pool: Node[] = [x, op.broadcastTo(row, shape), op.broadcastTo(column, shape)];
    for (const value of [0, 1, -1, 2, 0.5, 3]) pool.push(op.full(value, shape));
    const draw = (): Node => pool[Math.floor(rng() * pool.length)] ?? x;
    const steps: (() => Node)[] = [
      () => op.add(draw(), draw()),
      () => op.sub(draw(), draw()),
      () => op.mul(draw(), draw()),
      // Divisors are never zero: the sign of a zero is not kept.
      () => op.div(draw(), op.exp(draw())),
      () => op.neg(draw()),
      () => op.pow(draw(), op.full(Math.floor(rng() * 3))),
      () => op.max(draw(), draw()),
      () => op.tanh(draw()),
      () => op.select(op.broadcast(mask, shape, [1]), draw(), draw()),
      () => op.select(op.not(op.lt(draw(), draw())), draw(), draw()),
      () => op.reshape(op.transpose(op.reshape(draw(), [3, 2]), [1, 0]), shape),
      () => op.transpose(op.transpose(draw(), [1, 0]), [1, 0]),
      () => op.broadcast(op.reduceSum(draw(), [0]), shape, [1]),
      () => op.broadcast(op.reduceSum(op.reduceSum(draw(), [1]), [0]), shape, []),
      () => op.broadcastTo(op.reshape(op.reduceSum(draw(), [1]), [2, 1]), shape),
      () => op.sliceAxis(op.concat([draw(), draw()], 1), 1, 3, 6),
      () => op.sliceAxis(op.pad(draw(), [0, 1], [0, 0]), 1, 1, 4),
      () => op.convert(op.convert(op.lt(draw(), draw()), 'int'), 'float'),
    ];
    for (let i = 0; i < 14; i++) pool.push((steps[Math.floor(rng() * steps.length)] ?? draw)());
    const floats = (count: number): ConstantData =>
      specialData(
        Float64Array.from({ length: count }, () => 4 * rng() - 2),
        rng,
      );
    const feeds = new Map<Node, ConstantData>([
      [x, floats(6)],
      [row, floats(3)],
      [column, floats(2)],
      [mask, Uint8Array.of(1, 0, 1)],
    ]);
    return { graph: { inputs: [x, row, column, mask], outputs: pool.slice(-6) }, feeds };
  }

  test('random programs', () => {
    for (let seed = 1; seed <= 400; seed++) {
      const { graph, feeds } = randomProgram(createRng(seed));
      for (const [node, data] of feeds) expect(data.length).toBe(elementCount(node.shape));
      expectSameValues(graph, feeds, `seed ${seed}`);
    }
  });

  test('simplifying twice changes nothing', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const once = simplify(randomProgram(createRng(seed)).graph);
      expect(topologicalOrder(simplify(once).outputs).length, `seed ${seed}`).toBe(
        topologicalOrder(once.outputs).length,
      );
    }
  });
});

describe('what becomes of', () => {
  const x = op.input('x', [4, 3]);
  const [a, b] = [op.input('a', [3]), op.input('b', [3])];

  test.each<[string, Node, Node]>([
    ['x + 0', op.add(x, op.full(0)), x],
    ['0 + x', op.add(op.full(0), x), x],
    ['x − 0', op.sub(x, op.full(0)), x],
    ['x · 1', op.mul(op.full(1), x), x],
    ['x / 1', op.div(x, op.full(1)), x],
    ['x¹', op.pow(x, op.full(1)), x],
    ['−(−x)', op.neg(op.neg(x)), x],
    ['((x·2)·0.25)·2', op.scale(op.scale(op.scale(x, 2), 0.25), 2), x],
    ['a transposition and its inverse', op.transpose(op.transpose(x, [1, 0]), [1, 0]), x],
    ['a reshape and its inverse', op.reshape(op.reshape(x, [12]), [4, 3]), x],
    ['a choice that is known', op.select(op.full(1, [], 'bool'), x, op.neg(x)), x],
    ['a choice between equals', op.select(op.lt(x, op.full(0)), x, x), x],
    ['a slice of one part of a concatenation', op.sliceAxis(op.concat([op.neg(x), x], 0), 0, 4, 8), x],
    ['a sum over an axis of size 1', op.reshape(op.reduceSum(op.reshape(x, [4, 1, 3]), [1]), [4, 3]), x],
  ])('%s: the operand', (_, node, expected) => expect(simplifyNode(node)).toBe(expected));

  test.each<[string, Node, Primitive[]]>([
    ['x · 0, which is NaN for x = ∞', op.mul(x, op.full(0)), ['broadcast', 'mul']],
    ['x − x, which is NaN for x = ∞', op.sub(x, x), ['sub']],
    ['a · b on repeated operands', op.mul(op.broadcastTo(a, [4, 3]), op.broadcastTo(b, [4, 3])), ['mul', 'broadcast']],
    ['equal subexpressions', op.mul(op.exp(op.add(x, x)), op.exp(op.add(x, x))), ['add', 'exp', 'mul']],
    ['equal up to order', op.div(op.max(op.exp(x), x), op.max(x, op.exp(x))), ['exp', 'max', 'div']],
    ['a sum of sums', op.reduceSum(op.reduceSum(x, [0]), [0]), ['reduceSum']],
    ['a sum of repeated values', op.reduceSum(op.broadcastTo(a, [4, 3]), [0]), ['broadcast', 'mul']],
    ['a + (−b)', op.add(a, op.neg(b)), ['sub']],
    ['a division by a power of two', op.div(a, op.full(4)), ['broadcast', 'mul']],
    ['what is not used', op.select(op.full(0, [], 'bool'), op.exp(x), op.neg(x)), ['neg']],
  ])('%s', (_, node, expected) => expect(primitivesOf(simplifyNode(node)).sort()).toEqual([...expected].sort()));

  test('small constants are folded, large ones are not spelled out', () => {
    const small = op.lt(op.iota([4, 4], 0), op.iota([4, 4], 1));
    expect(simplifyNode(small).primitive).toBe('constant');
    expect(primitivesOf(simplifyNode(op.exp(op.full(0, [100, 100]))))).toEqual(['broadcast']);
    expect(primitivesOf(simplifyNode(op.lt(op.iota([100, 100], 0), op.iota([100, 100], 1))))).toContain('lt');
  });

  test('the source spans', () => {
    const span = { file: 'model.py', line: 3, column: 5, endLine: 3, endColumn: 9 };
    const node = op.withSpan(span, () => op.exp(op.add(op.mul(x, op.full(1)), op.full(1))));
    for (const kept of topologicalOrder([simplifyNode(node)]))
      if (kept !== x) expect(kept.span, kept.primitive).toEqual(span);
  });

  test('inputs that are not used: they stay, in order', () => {
    const graph: Graph = { inputs: [a, x, b], outputs: [op.add(x, op.full(0))] };
    expect(simplify(graph).inputs).toEqual([a, x, b]);
  });

  test('very deep programs: no recursion over depth', () => {
    let node: Node = a;
    for (let i = 0; i < 30_000; i++) node = op.add(op.mul(node, op.full(1)), i % 2 ? b : op.tanh(node));
    expect(topologicalOrder([simplifyNode(node)]).length).toBeLessThan(60_000);
  });
});
