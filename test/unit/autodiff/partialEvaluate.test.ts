import { describe, expect, test } from 'vitest';
import { hessianVectorProduct } from '../../../server/src/autodiff/hessianVectorProduct';
import { partialEvaluate } from '../../../server/src/autodiff/partialEvaluate';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import type { Graph, Node } from '../../../server/src/graph/node';
import { topologicalOrder } from '../../../server/src/graph/node';
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
