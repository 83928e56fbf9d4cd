import { describe, expect, test } from 'vitest';
import { hessianVectorProduct } from '../../../server/src/autodiff/hessianVectorProduct';
import { partialEvaluate } from '../../../server/src/autodiff/partialEvaluate';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import type { Graph, Node } from '../../../server/src/graph/node';
import { dependents, elementCount, topologicalOrder } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';
import type { ConstantData, Primitive } from '../../../server/src/graph/primitives';
import { simplify } from '../../../server/src/graph/simplify/simplify';
import { allPrimitives, createRng, exampleFor } from '../../support/randomGraphs';
import { expectClose, feedsOf, randomDirections, randomVector } from './numericDerivative';

/** Direct evaluation, and the same through setup and apply. */
function expectSplitAgrees(
  graph: Graph,
  varying: readonly Node<'input'>[],
  feeds: Map<Node, ConstantData>,
  what: string,
): void {
  const { setup, apply, residuals } = partialEvaluate(graph, varying);
  expect(setup.outputs).toEqual(residuals);
  expect(new Set(residuals).size, 'no residual twice').toBe(residuals.length);
  expect(apply.inputs.slice(residuals.length)).toEqual(varying);
  expect(setup.inputs).toEqual(graph.inputs.filter((x) => !varying.includes(x)));
  const kept = evaluate([...setup.outputs], new Map(setup.inputs.map((x) => [x, feeds.get(x) ?? new Float64Array()])));
  const known = feedsOf(apply.inputs.slice(0, residuals.length), kept);
  for (const x of varying) known.set(x, feeds.get(x) ?? new Float64Array());
  const reached = topologicalOrder(apply.outputs).filter((node) => node.primitive === 'input');
  for (const x of reached) expect(apply.inputs, `${what}: apply reads only its inputs`).toContain(x);
  const [direct, split] = [evaluate([...graph.outputs], feeds), evaluate([...apply.outputs], known)];
  direct.forEach((data, i) => expectClose(Array.from(split[i] ?? []), Array.from(data), 1e-11, what));
}

describe.each(allPrimitives.filter((primitive) => primitive !== 'digamma' && primitive !== 'lgamma'))(
  '%s',
  (primitive: Primitive) => {
    test('setup and apply of its Hessian-vector product equal the direct evaluation', () => {
      for (let seed = 1; seed <= 6; seed++) {
        const rng = createRng(313 * seed + allPrimitives.indexOf(primitive));
        const { node, inputs, differentiableInputs, ...example } = exampleFor(primitive, rng);
        const variables = inputs.filter((_, i) => differentiableInputs[i]);
        if (variables.length === 0) continue;
        const weights = op.constant(
          randomVector(
            node.shape.reduce((a, b) => a * b, 1),
            rng,
          ),
          node.shape,
        );
        const loss = op.reduceSum(
          op.mul(weights, op.sin(node)),
          node.shape.map((_, axis) => axis),
        );
        const v = variables.map((x) => op.input('v', x.shape));
        const graph: Graph = { inputs: [...inputs, ...v], outputs: hessianVectorProduct(loss, variables, v) };
        const feeds = feedsOf(graph.inputs, [...example.data(rng, 'smooth'), ...randomDirections(v, rng)]);
        expectSplitAgrees(graph, v, feeds, `${primitive}, seed ${seed}`);
        expectSplitAgrees(simplify(graph), v, feeds, `${primitive}, seed ${seed}, simplified`);
      }
    });
  },
);

/** What apply computes, besides repeating values. */
const varyingPrimitives = (graph: Graph, varying: readonly Node<'input'>[]): Primitive[] =>
  topologicalOrder(partialEvaluate(graph, varying).apply.outputs)
    .map(({ primitive }) => primitive)
    .filter((primitive) => !['input', 'constant', 'broadcast'].includes(primitive));

/** Elements written by arithmetic. */
const arithmeticOf = (nodes: readonly Node[]): number =>
  nodes
    .filter(({ primitive }) => ['add', 'sub', 'mul', 'div', 'neg', 'select'].includes(primitive))
    .reduce((sum, { shape }) => sum + elementCount(shape), 0);

describe('residuals', () => {
  const residualsOf = (outputs: readonly Node[], varying: readonly Node<'input'>[]): readonly Node[] =>
    partialEvaluate({ inputs: [], outputs }, varying).residuals;

  test('repeated values are kept before they are repeated, constants not at all', () => {
    const [x, v] = [op.input('x', [3]), op.input('v', [2, 3])];
    const repeated = op.broadcast(op.exp(x), [2, 3], [1]);
    const residuals = residualsOf(
      [op.conv(op.reshape(op.max(v, repeated), [2, 3, 1]), op.full(2, [1, 3, 1]), oneTap)],
      [v],
    );
    expect(residuals.map(({ primitive, shape }) => [primitive, shape])).toEqual([['exp', [3]]]);
  });

  test('a mask is kept as a mask', () => {
    const [x, v] = [op.input('x', [3]), op.input('v', [3])];
    const mask = op.lt(x, op.full(0));
    expect(residualsOf([op.max(op.convert(mask, 'float'), v)], [v])).toEqual([mask]);
  });

  test('a product of many fixed factors is one factor', () => {
    const [x, v] = [op.input('x', [3]), op.input('v', [3])];
    const chain = op.neg(op.div(op.mul(op.mul(v, op.exp(x)), op.sin(x)), op.cosh(x)));
    const sum = op.add(op.mul(v, x), op.sub(v, op.mul(v, op.exp(x))));
    const { apply } = partialEvaluate({ inputs: [x, v], outputs: [chain, sum] }, [v]);
    expect(
      topologicalOrder(apply.outputs)
        .filter(({ primitive }) => primitive !== 'input')
        .map(({ primitive }) => primitive),
    ).toEqual(['mul', 'mul']);
    expectSplitAgrees(
      { inputs: [x, v], outputs: [chain, sum] },
      [v],
      feedsOf([x, v], [Float64Array.of(1, -2, 0.5), Float64Array.of(3, 4, 5)]),
      'chain',
    );
  });

  test('a product read by two multiplications goes into both', () => {
    const [x, v] = [op.input('x', [3]), op.input('v', [3])];
    const inner = op.mul(v, op.exp(x));
    const outputs = [op.mul(inner, op.sin(x)), op.mul(inner, op.cos(x))];
    expect(varyingPrimitives({ inputs: [x, v], outputs }, [v])).toEqual(['mul', 'mul']);
    // Read as it is, it has to exist anyway.
    expect(varyingPrimitives({ inputs: [x, v], outputs: [...outputs, inner] }, [v])).toEqual(['mul', 'mul', 'mul']);
  });

  test('a mask goes into the factor of a product, and stays over a bare value', () => {
    const [x, v] = [op.input('x', [3]), op.input('v', [3])];
    const masked = (value: Node): Node => op.select(op.lt(x, op.full(0)), op.full(0), value);
    expect(varyingPrimitives({ inputs: [x, v], outputs: [masked(op.mul(v, x))] }, [v])).toEqual(['mul']);
    expect(varyingPrimitives({ inputs: [x, v], outputs: [masked(v)] }, [v])).toEqual(['select']);
  });

  test('random linear programs: equal values, never more work', () => {
    for (let seed = 1; seed <= 150; seed++) {
      const rng = createRng(seed);
      const shape = [2, 3];
      const [x, row] = [op.input('x', shape), op.input('row', [3])];
      const varying = [op.input('v', shape), op.input('w', [3])];
      const fixed = [x, op.exp(x), op.broadcastTo(row, shape), op.broadcastTo(op.cosh(row), shape), op.full(-2, shape)];
      const linear: Node[] = varying.map((node) => op.broadcastTo(node, shape));
      const pick = (from: readonly Node[]): Node => from[Math.floor(rng() * from.length)] ?? x;
      const recent = (): Node => pick(linear.slice(-4));
      const mask = op.broadcastTo(op.lt(row, op.full(0)), shape);
      const steps: (() => Node)[] = [
        () => op.mul(recent(), pick(fixed)),
        () => op.mul(pick(fixed), recent()),
        () => op.div(recent(), op.exp(pick(fixed))),
        () => op.neg(recent()),
        () => op.add(recent(), recent()),
        () => op.sub(recent(), recent()),
        () => op.select(mask, recent(), op.full(0)),
        () => op.select(mask, op.full(0), recent()),
        () => op.broadcastTo(op.reduceSum(recent(), [0]), shape),
      ];
      for (let i = 0; i < 16; i++) linear.push((steps[Math.floor(rng() * steps.length)] ?? recent)());
      const graph = simplify({ inputs: [x, row, ...varying], outputs: linear.slice(-3) });
      const feeds = feedsOf(graph.inputs, [
        randomVector(6, rng),
        randomVector(3, rng),
        ...randomDirections(varying, rng),
      ]);
      expectSplitAgrees(graph, varying, feeds, `seed ${seed}`);
      const order = topologicalOrder(graph.outputs);
      const varies = dependents(order, varying);
      const before = arithmeticOf(order.filter((node) => varies.has(node)));
      const after = arithmeticOf(topologicalOrder(partialEvaluate(graph, varying).apply.outputs));
      expect(after, `seed ${seed}`).toBeLessThanOrEqual(before);
    }
  });

  test('outputs that do not vary pass through', () => {
    const [x, v] = [op.input('x', [3]), op.input('v', [3])];
    expectSplitAgrees(
      { inputs: [x, v], outputs: [op.exp(x), x, v, op.add(x, v), op.full(2, [2])] },
      [v],
      feedsOf([x, v], [Float64Array.of(1, 2, 3), Float64Array.of(4, 5, 6)]),
      'pass through',
    );
  });
});

const oneTap = { strides: [1], padding: [[0, 0]], dilation: [1], groups: 1 } as const;
