import { describe, expect, test } from 'vitest';
import { allPrimitives, createRng, exampleFor } from '../../support/randomGraphs';
import { expectClose, feedsOf, moved, randomDirections } from './numericDerivative';
import { afterStep } from '../../../server/src/autodiff/finiteExpansion';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import type { Node } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';

const x = op.input('x', [1]);

/** Where the expansion puts f after a step from `at`. */
function stepped(f: (x: Node) => Node, at: number, step: number): number {
  const [after = x] = afterStep([f(x)], new Map([[x, op.full(step, [1])]]));
  const [value] = evaluate([after], new Map([[x, Float64Array.of(at)]]));
  return value?.[0] ?? NaN;
}

const relu = (z: Node): Node => op.select(op.lt(op.full(0, z.shape), z), z, op.full(0, z.shape));
const slope = (f: (x: number) => number, at: number): number => (f(at + 1e-5) - f(at - 1e-5)) / 2e-5;

describe('values after a step', () => {
  test.each([
    ['exp', op.exp, Math.exp],
    ['log', op.log, Math.log],
    ['sqrt', op.sqrt, Math.sqrt],
    ['reciprocal', (z: Node) => op.div(op.full(1, z.shape), z), (z: number) => 1 / z],
    ['cube', (z: Node) => op.pow(z, op.full(3, z.shape)), (z: number) => z ** 3],
  ] as const)('%s: the Taylor polynomial of degree 2', (_, node, f) => {
    const [at, step] = [0.8, 0.3];
    const second = slope((z) => slope(f, z), at);
    expect(stepped(node, at, step)).toBeCloseTo(f(at) + step * slope(f, at) + (step ** 2 * second) / 2, 4);
  });

  test('a composition of smooth functions is off by the third order only', () => {
    const f = (z: number): number => Math.exp(Math.sin(z) * z) / (1 + z * z);
    const node = (z: Node): Node => op.div(op.exp(op.mul(op.sin(z), z)), op.add(op.full(1, z.shape), op.mul(z, z)));
    const error = (step: number): number => Math.abs(stepped(node, 0.7, step) - f(0.7 + step));
    expect(error(0.02) / error(0.01)).toBeGreaterThan(6.5);
    expect(error(0.02) / error(0.01)).toBeLessThan(9.5);
  });

  test('a function with a kink is right on its other side, and a bounded one stays bounded', () => {
    expect(stepped(relu, -1, 3)).toBe(2);
    expect(stepped(relu, 1, -3)).toBe(0);
    expect(stepped(op.abs, 1, -3)).toBe(2);
    expect(stepped((z) => op.max(z, op.full(0.5, z.shape)), 0, 1)).toBe(1);
    expect(stepped(op.tanh, 0.5, 40)).toBeCloseTo(1, 12);
    // A mask times its input, as a rectifier is also written.
    expect(stepped((z) => op.mul(z, op.convert(op.lt(op.full(0, z.shape), z), 'float')), -1, 3)).toBe(2);
  });

  test('a function of a kink takes what lies behind it by its derivative', () => {
    // exp(relu(−1 + 3)): nothing moves at first order, and exp′(0) = 1.
    expect(stepped((z) => op.exp(relu(z)), -1, 3)).toBeCloseTo(1 + 2, 12);
  });

  test('detached values and steps move, too', () => {
    expect(stepped((z) => op.mul(op.stopGradient(z), z), 2, 1)).toBe(9);
    expect(stepped(op.round, 0.4, 0.3)).toBe(1);
    expect(stepped((z) => op.add(z, op.stopGradient(op.sub(op.round(z), z))), 0.4, 0.3)).toBeCloseTo(1, 12);
  });

  test('the largest of several is found anew, and −∞ behind a condition does no harm', () => {
    const row = op.input('row', [3]);
    const masked = op.select(op.constant(Uint8Array.of(1, 1, 0), [3]), row, op.full(-Infinity, [3]));
    const outputs = [op.reduceMax(masked, 0), op.reduceSum(op.exp(masked), [0])];
    const nodes = afterStep(outputs, new Map([[row, op.constant(Float64Array.of(-2, 3, 9), [3])]]));
    const [largest, sum] = evaluate(nodes, new Map([[row, Float64Array.of(1, 0, 5)]]));
    expect(largest?.[0]).toBe(3);
    expect(sum?.[0]).toBeCloseTo(Math.E * (1 - 2 + 2) + (1 + 3 + 4.5), 12);
  });

  test('a product of matrices is exact where both move', () => {
    const [a, b] = [op.input('a', [2, 2]), op.input('b', [2, 2])];
    const product = op.dot(a, b, { lhsContract: [1], rhsContract: [0], lhsBatch: [], rhsBatch: [] });
    const steps = [Float64Array.of(1, 2, -1, 0), Float64Array.of(0, 3, 1, 1)].map((data) => op.constant(data, [2, 2]));
    const nodes = afterStep([product], new Map([a, b].map((node, i): [Node, Node] => [node, steps[i] ?? node])));
    const [value] = evaluate(
      nodes,
      new Map([
        [a, Float64Array.of(1, 0, 0, 1)],
        [b, Float64Array.of(1, 1, 1, 1)],
      ]),
    );
    // [[2, 2], [−1, 1]]·[[1, 4], [2, 2]]
    expect([...(value ?? [])]).toEqual([6, 12, 1, -2]);
  });

  test('of every primitive: right to second order', () => {
    let compared = 0;
    for (const primitive of allPrimitives)
      for (let seed = 0; seed < 5; seed++) {
        const rng = createRng(seed);
        const { node, inputs, differentiableInputs, data } = exampleFor(primitive, rng);
        const variables = inputs.filter((_, i) => differentiableInputs[i]);
        if (variables.length === 0 || primitive === 'lgamma') continue;
        const feeds = feedsOf(inputs, data(rng, 'smooth'));
        const directions = randomDirections(variables, rng);
        const scaled = directions.map((direction) => direction.map((value) => 1e-4 * value));
        const steps = variables.map((variable, i): [Node, Node] => [
          variable,
          op.constant(scaled[i] ?? new Float64Array(), variable.shape),
        ]);
        const [predicted] = evaluate(afterStep([node], new Map(steps)), new Map(feeds));
        const [exact] = evaluate([node], new Map(moved(feeds, variables, scaled, 1)));
        // The second order is 1e-8, the third 1e-12.
        expectClose(Array.from(predicted ?? []), Array.from(exact ?? []), 3e-10, `${primitive}, seed ${seed}`);
        compared++;
      }
    expect(compared).toBeGreaterThan(150);
  });
});
