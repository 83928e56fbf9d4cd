import { describe, expect, test } from 'vitest';
import { DifferentiationError } from '../../../server/src/autodiff/differentiationError';
import { gradient, vjp } from '../../../server/src/autodiff/gradient';
import { hessianVectorProduct } from '../../../server/src/autodiff/hessianVectorProduct';
import { jvp } from '../../../server/src/autodiff/jvp';
import { linearise } from '../../../server/src/autodiff/linearise';
import { jvpRules } from '../../../server/src/autodiff/rules/jvpRules';
import { transposeRules } from '../../../server/src/autodiff/rules/transposeRules';
import { transposeLinear } from '../../../server/src/autodiff/transposeLinear';
import type { Node } from '../../../server/src/graph/node';
import { dependents, elementCount, topologicalOrder } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';
import type { Primitive } from '../../../server/src/graph/primitives';
import { shapeRules } from '../../../server/src/graph/shapes';
import type { Example } from '../../support/randomGraphs';
import { allPrimitives, createRng, exampleFor } from '../../support/randomGraphs';
import {
  differenceQuotient,
  expectClose,
  feedsOf,
  flat,
  innerProduct,
  moved,
  randomDirections,
  randomVector,
  valuesOf,
} from './numericDerivative';

const seeds = Array.from({ length: 12 }, (_, i) => i + 1);

const variablesOf = ({ inputs, differentiableInputs }: Example): Node<'input'>[] =>
  inputs.filter((_, i) => differentiableInputs[i]);

/** Every seed's example of a primitive that has variables, with data and a generator for more. */
function* smoothExamples(primitive: Primitive) {
  for (const seed of seeds) {
    const rng = createRng(1000 * seed + allPrimitives.indexOf(primitive));
    const example = exampleFor(primitive, rng);
    const variables = variablesOf(example);
    if (variables.length === 0) continue;
    const feeds = feedsOf(example.inputs, example.data(rng, 'smooth'));
    yield { ...example, variables, feeds, rng, name: `${primitive}, seed ${seed}` };
  }
}

const tangentsFor = (variables: readonly Node[]): Map<Node, Node> =>
  new Map(variables.map((x) => [x, op.input(`d${x.id}`, x.shape)]));

const differentiable = allPrimitives.filter((primitive) =>
  seeds.some((seed) => variablesOf(exampleFor(primitive, createRng(seed))).length > 0),
);

test('the rule tables have a row for every primitive and no other', () => {
  const primitives = Object.keys(shapeRules).sort();
  for (const table of [jvpRules, transposeRules]) expect(Object.keys(table).sort()).toEqual(primitives);
  expect([...allPrimitives].sort()).toEqual(primitives);
});

describe.each(differentiable)('%s', (primitive) => {
  test('jvp equals the difference quotient', () => {
    for (const { node, variables, feeds, rng, name } of smoothExamples(primitive)) {
      const tangents = tangentsFor(variables);
      const directions = randomDirections(variables, rng);
      const [actual = []] = valuesOf(
        jvp([node], tangents),
        [node],
        new Map([...feeds, ...feedsOf([...tangents.values()], directions)]),
      );
      const [expected] = [
        differenceQuotient((step) => valuesOf([node], [node], moved(feeds, variables, directions, step))[0] ?? []),
      ];
      expectClose(actual, expected, 1e-8, name);
    }
  });

  test('⟨y, J·x⟩ = ⟨Jᵀ·y, x⟩', () => {
    for (const { node, variables, feeds, rng, name } of smoothExamples(primitive)) {
      const tangents = tangentsFor(variables);
      const directions = randomDirections(variables, rng);
      const y = randomVector(elementCount(node.shape), rng);
      const cotangent = op.input('y', node.shape);
      const all = new Map([...feeds, ...feedsOf([...tangents.values()], directions), [cotangent, y] as const]);
      const [pushed = []] = valuesOf(jvp([node], tangents), [node], all);
      const pulled = valuesOf(vjp([node], [cotangent], variables), variables, all);
      const [left, right] = [
        innerProduct(Array.from(y), pushed),
        innerProduct(
          flat(pulled),
          directions.flatMap((d) => [...d]),
        ),
      ];
      expect(Math.abs(left - right), name).toBeLessThanOrEqual(1e-10 * (1 + Math.abs(left)));
    }
  });

  test('Hessian-vector products are symmetric and equal the difference of gradients', () => {
    for (const { node, variables, feeds, rng, name } of smoothExamples(primitive)) {
      if (primitive === 'lgamma') continue;
      const weights = op.constant(randomVector(elementCount(node.shape), rng), node.shape);
      const axes = node.shape.map((_, axis) => axis);
      // The sine makes linear primitives curved too.
      const loss = op.reduceSum(op.mul(weights, op.sin(node)), axes);
      const [v, u] = [tangentsFor(variables), tangentsFor(variables)];
      const [dv, du] = [randomDirections(variables, rng), randomDirections(variables, rng)];
      const all = new Map([...feeds, ...feedsOf([...v.values()], dv), ...feedsOf([...u.values()], du)]);
      const hv = flat(valuesOf(hessianVectorProduct(loss, variables, [...v.values()]), variables, all));
      const hu = flat(valuesOf(hessianVectorProduct(loss, variables, [...u.values()]), variables, all));
      const [left, right] = [
        innerProduct(
          du.flatMap((d) => [...d]),
          hv,
        ),
        innerProduct(
          dv.flatMap((d) => [...d]),
          hu,
        ),
      ];
      expect(Math.abs(left - right), name).toBeLessThanOrEqual(1e-10 * (1 + Math.abs(left)));
      const slopes = gradient(loss, variables);
      const expected = differenceQuotient(
        (step) => flat(valuesOf(slopes, variables, moved(feeds, variables, dv, step))),
        4e-3,
      );
      expectClose(hv, expected, 2e-7, name);
    }
  });
});

/** Linear primitives are exercised by transposing a program that contains them. */
test('every row of the transpose table is exercised by the linearisation of its own primitive', () => {
  const reached = new Set<Primitive>();
  for (const primitive of allPrimitives)
    for (const { node, variables } of smoothExamples(primitive)) {
      const { tangentInputs, tangentOutputs } = linearise([node], variables);
      const order = topologicalOrder(tangentOutputs.filter((output) => output !== null));
      for (const linear of dependents(order, tangentInputs)) reached.add(linear.primitive);
    }
  const linearPrimitives = allPrimitives.filter((primitive) => transposeRules[primitive] !== 'not linear');
  // A conversion from float to float is never made by rules, only by hand.
  expect(linearPrimitives.filter((primitive) => !reached.has(primitive))).toEqual(['convert']);
});

test('a conversion from float to float passes tangents and cotangents', () => {
  const x = op.input('x', [2]);
  const node = op.emit('convert', [x], { dtype: 'float' });
  const [pulled] = valuesOf(vjp([node], [op.constant(Float64Array.of(3, 5), [2])], [x]), [x], new Map());
  expect(pulled).toEqual([3, 5]);
});

describe('what cannot be differentiated', () => {
  const span = { file: 'model.py', line: 7, column: 3, endLine: 7, endColumn: 20 };
  test('digamma throws an error that names the primitive and its source', () => {
    const x = op.input('x', []);
    const node = op.withSpan(span, () => op.digamma(x));
    expect(() => jvp([node], tangentsFor([x]))).toThrow(DifferentiationError);
    expect(() => jvp([node], tangentsFor([x]))).toThrow(/digamma.*model\.py:7:3/);
  });
  test('a program that is not linear has no transpose', () => {
    const x = op.input('x', []);
    for (const output of [op.exp(x), op.mul(x, x), op.max(x, x)])
      expect(() => transposeLinear([x], [output], [op.full(1)])).toThrow(DifferentiationError);
  });
  test('a loss is one float', () => {
    const x = op.input('x', [3]);
    expect(() => gradient(x, [x])).toThrow(/\[3\]/);
    expect(() => gradient(op.input('n', [], 'int'), [x])).toThrow(/int/);
  });
  test('a variable listed twice is refused', () => {
    const x = op.input('x', []);
    expect(() => gradient(op.sin(x), [x, x])).toThrow(/twice/);
  });
});

describe('structure', () => {
  test('tangents that are zero by structure are null and emit nothing', () => {
    const [x, y] = [op.input('x', [2]), op.input('y', [2])];
    const unrelated = op.exp(y);
    const outputs = [
      unrelated,
      op.floor(x),
      op.stopGradient(x),
      op.convert(op.convert(x, 'int'), 'float'),
      op.lt(x, y),
    ];
    expect(jvp(outputs, tangentsFor([x]))).toEqual([null, null, null, null, null]);
  });
  test('derivative nodes carry the span of the node they differentiate', () => {
    const span = { file: 'model.py', line: 2, column: 1, endLine: 2, endColumn: 9 };
    const [x, w] = [op.input('x', [2, 3]), op.input('w', [4, 3])];
    const y = op.withSpan(span, () =>
      op.tanh(op.dot(x, w, { lhsContract: [1], rhsContract: [1], lhsBatch: [], rhsBatch: [] })),
    );
    const known = new Set(topologicalOrder([y]));
    const cotangent = op.input('ct', y.shape);
    const [pulled] = vjp([y], [cotangent], [w]);
    const made = topologicalOrder(pulled ? [pulled] : []).filter((node) => !known.has(node) && node !== cotangent);
    expect(made.length).toBeGreaterThan(0);
    for (const node of made) expect(node.span, node.primitive).toEqual(span);
  });
  test('the transpose of a split is one concatenation', () => {
    const x = op.input('x', [2, 6]);
    const parts = [op.sliceAxis(x, 1, 0, 2), op.sliceAxis(x, 1, 2, 4), op.sliceAxis(x, 1, 5, 6)];
    const cotangents = parts.map((part, i) => op.input(`c${i}`, part.shape));
    const [pulled] = vjp(parts, cotangents, [x]);
    expect(pulled?.primitive).toBe('concat');
    const feeds = feedsOf(cotangents, [
      Float64Array.of(1, 2, 3, 4),
      Float64Array.of(5, 6, 7, 8),
      Float64Array.of(9, 10),
    ]);
    expect(valuesOf([pulled ?? null], [x], feeds)).toEqual([[1, 2, 5, 6, 0, 9, 3, 4, 7, 8, 0, 10]]);
  });
});
