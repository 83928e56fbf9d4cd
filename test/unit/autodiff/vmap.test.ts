import { describe, expect, test } from 'vitest';
import { batchingRules } from '../../../server/src/autodiff/rules/batchingRules';
import { vmap } from '../../../server/src/autodiff/vmap';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import type { Graph, Node } from '../../../server/src/graph/node';
import { elementCount, topologicalOrder } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';
import type { ConstantData, ConvGeometry, Primitive } from '../../../server/src/graph/primitives';
import { shapeRules } from '../../../server/src/graph/shapes';
import { allPrimitives, createRng, exampleFor } from '../../support/randomGraphs';
import { expectClose, feedsOf } from './numericDerivative';

const size = 3;

/** Rows of a batch, one after the other. */
function stacked(rows: readonly ConstantData[]): ConstantData {
  const values = rows.flatMap((row) => Array.from(row));
  const [first] = rows;
  if (first instanceof Int32Array) return Int32Array.from(values);
  return first instanceof Uint8Array ? Uint8Array.from(values) : Float64Array.from(values);
}

/** Runs `vmap` of the graph and the loop it stands for; `draw` makes data for all inputs. */
function expectEqualToLoop(graph: Graph, batched: readonly boolean[], draw: () => ConstantData[], what: string): void {
  const rows = Array.from({ length: size }, draw);
  const shared = rows[0] ?? [];
  const loop = rows.map((row) =>
    evaluate(
      [...graph.outputs],
      feedsOf(
        graph.inputs,
        row.map((data, i) => (batched[i] ? data : (shared[i] ?? data))),
      ),
    ),
  );
  const mapped = vmap(graph, new Set(graph.inputs.filter((_, i) => batched[i])), size);
  graph.inputs.forEach((x, i) => {
    if (!batched[i]) expect(mapped.inputs[i], what).toBe(x);
    else expect(mapped.inputs[i]?.shape, what).toEqual([size, ...x.shape]);
  });
  const data = shared.map((values, i) => (batched[i] ? stacked(rows.map((row) => row[i] ?? values)) : values));
  const actual = evaluate([...mapped.outputs], feedsOf(mapped.inputs, data));
  mapped.outputs.forEach((output, i) => {
    expect(output.shape, what).toEqual([size, ...(graph.outputs[i]?.shape ?? [])]);
    expectClose(
      Array.from(actual[i] ?? []),
      loop.flatMap((row) => Array.from(row[i] ?? [])),
      1e-11,
      what,
    );
  });
}

const combinations = (count: number): boolean[][] =>
  Array.from({ length: 2 ** count }, (_, bits) => Array.from({ length: count }, (__, i) => ((bits >> i) & 1) === 1));

test('the table has a row for every primitive and no other', () => {
  expect(Object.keys(batchingRules).sort()).toEqual(Object.keys(shapeRules).sort());
});

/** `x` as the rotation of another input, so that the rule for transpose puts its batch axis anywhere inside. */
function displaced(x: Node<'input'>, random: () => number): { input: Node<'input'>; value: Node } {
  const rank = x.shape.length;
  const order = Array.from({ length: rank }, (_, i) => i);
  const rotation = rank === 0 ? 0 : Math.floor(random() * rank);
  const permutation = [...order.slice(rotation), ...order.slice(0, rotation)];
  const back = permutation.map((_, i) => permutation.indexOf(i));
  const input = op.input(
    'moved',
    back.map((axis) => x.shape[axis] ?? 1),
    x.dtype,
  );
  return { input, value: op.transpose(input, permutation) };
}

describe.each(allPrimitives.filter((primitive) => !['constant', 'iota'].includes(primitive)))(
  '%s',
  (primitive: Primitive) => {
    test('equals a loop for every combination of batched inputs', () => {
      for (let seed = 1; seed <= 8; seed++) {
        const rng = createRng(77 * seed + allPrimitives.indexOf(primitive));
        const { node, inputs, ...example } = exampleFor(primitive, rng);
        for (const batched of combinations(inputs.length))
          for (const kind of ['smooth', 'edge'] as const)
            expectEqualToLoop(
              { inputs, outputs: [node] },
              batched,
              () => example.data(rng, kind),
              `${primitive}, seed ${seed}, ${batched.join()}`,
            );
      }
    });

    test('equals a loop when the batch axis of an operand sits inside', () => {
      for (let seed = 1; seed <= 12; seed++) {
        const rng = createRng(991 * seed + allPrimitives.indexOf(primitive));
        const { node, inputs, ...example } = exampleFor(primitive, rng);
        if (node.inputs.length === 0) continue;
        const outer = inputs.map((x) => displaced(x, rng));
        const value = op.emit(
          node.primitive,
          outer.map((moved) => moved.value),
          node.parameters,
        );
        const graph: Graph = { inputs: outer.map(({ input }) => input), outputs: [value] };
        const draw = (): ConstantData[] => example.data(rng, 'smooth');
        for (const batched of combinations(inputs.length))
          expectEqualToLoop(graph, batched, draw, `${primitive}, seed ${seed}`);
      }
    });
  },
);

const geometry = (spatial: number, groups = 1): ConvGeometry => ({
  strides: Array.from({ length: spatial }, () => 1),
  padding: Array.from({ length: spatial }, () => [1, 1] as const),
  dilation: Array.from({ length: spatial }, () => 1),
  groups,
});

describe('layout', () => {
  const count = (outputs: readonly Node[], primitive: Primitive): number =>
    topologicalOrder(outputs).filter((node) => node.primitive === primitive).length;

  test('a convolution with batched weights copies nothing of the size of an image', () => {
    const [x, w] = [op.input('x', [8, 4, 6, 6]), op.input('w', [5, 4, 3, 3])];
    const y = op.conv(x, w, geometry(2));
    const both = op.add(y, op.conv(op.input('ones', [8, 4, 6, 6]), w, geometry(2)));
    const mapped = vmap({ inputs: [x, w], outputs: [op.reduceSum(both, [0, 2, 3])] }, new Set([w]), 7);
    expect(count(mapped.outputs, 'conv')).toBe(2);
    expect(count(mapped.outputs, 'transpose')).toBe(0);
  });

  test('a tangent chain of convolutions and elementwise work keeps the batch axis after the samples', () => {
    const [x, w1, w2] = [op.input('x', [8, 4, 6, 6]), op.input('w1', [5, 4, 3, 3]), op.input('w2', [6, 5, 3, 3])];
    const [bias, fixed] = [op.input('bias', [5]), op.input('fixed', [6, 5, 3, 3])];
    const h = op.tanh(op.add(op.conv(x, w1, geometry(2)), op.broadcast(bias, [8, 5, 6, 6], [1])));
    const y = op.add(op.conv(h, fixed, geometry(2)), op.conv(op.input('a', h.shape), w2, geometry(2)));
    const mapped = vmap(
      { inputs: [x, w1, w2, bias], outputs: [op.reduceSum(y, [0, 1, 2, 3])] },
      new Set([w1, w2, bias]),
      7,
    );
    const large = topologicalOrder(mapped.outputs).filter(
      (node) => node.primitive === 'transpose' && elementCount(node.shape) > 7 * 6 * 5 * 9,
    );
    expect(large).toEqual([]);
  });

  test('unbatched outputs are repeated', () => {
    const [x, y] = [op.input('x', [2]), op.input('y', [2])];
    const mapped = vmap({ inputs: [x, y], outputs: [x, y] }, new Set([x]), 2);
    const values = evaluate(
      [...mapped.outputs],
      feedsOf(mapped.inputs, [Float64Array.of(1, 2, 3, 4), Float64Array.of(5, 6)]),
    );
    expect(values.map((data) => Array.from(data))).toEqual([
      [1, 2, 3, 4],
      [5, 6, 5, 6],
    ]);
  });
});
