/** Shapes beyond every block and tile of the fast loops, and values that are not finite. */
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../server/src/graph/evaluate/evaluate';
import type { Node } from '../../../server/src/graph/node';
import { elementCount } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';
import type { ConstantData, ConvGeometry, Primitive, Shape } from '../../../server/src/graph/primitives';
import type { Rng } from '../../support/randomGraphs';
import { createRng, exampleFor } from '../../support/randomGraphs';
import { evaluateNaively } from './naiveDefinitions';

const normalData = (shape: Shape, rng: Rng): Float64Array =>
  Float64Array.from({ length: elementCount(shape) }, () => rng() - 0.5);

function disagreement(actual: ConstantData, expected: readonly number[]): number {
  return expected.findIndex((value, i) => {
    const got = actual[i] ?? 0;
    return !(Object.is(got, value) || got === value || Math.abs(got - value) <= 1e-11 * Math.max(1, Math.abs(value)));
  });
}

function compare(node: Node, inputs: readonly Node[], data: readonly ConstantData[], where = ''): void {
  const feeds = new Map(inputs.map((x, i) => [x, data[i] ?? new Float64Array()] as const));
  const [actual] = evaluate([node], feeds);
  const expected = evaluateNaively(node, inputs, data);
  const at = disagreement(actual ?? new Float64Array(), expected);
  expect(actual?.length).toBe(expected.length);
  expect(at, `${where} element ${at}: ${actual?.[at]} instead of ${expected[at]}`).toBe(-1);
}

function compareOn(shapes: readonly Shape[], make: (...inputs: Node[]) => Node): void {
  const rng = createRng(7);
  const inputs = shapes.map((shape, i) => op.input(`x${i}`, shape));
  compare(
    make(...inputs),
    inputs,
    shapes.map((shape) => normalData(shape, rng)),
  );
}

describe('contraction beyond one block', () => {
  const product = (lhsContract: number[], rhsContract: number[]) => (a: Node, b: Node) =>
    op.dot(a, b, { lhsContract, rhsContract, lhsBatch: [], rhsBatch: [] });

  it.each([1, 3, 4, 5, 9])('%i rows', (m) =>
    compareOn(
      [
        [m, 300],
        [67, 300],
      ],
      product([1], [1]),
    ),
  );
  it.each([1, 2, 3])('%i columns', (n) =>
    compareOn(
      [
        [6, 300],
        [n, 300],
      ],
      product([1], [1]),
    ),
  );
  it('operands that have to be reordered', () =>
    compareOn(
      [
        [300, 9],
        [300, 35],
      ],
      product([0], [0]),
    ));
  it('two contracted axes and a batch', () =>
    compareOn(
      [
        [5, 3, 20, 7],
        [7, 11, 5, 20],
      ],
      (a, b) => op.dot(a, b, { lhsContract: [2, 0], rhsContract: [3, 2], lhsBatch: [3], rhsBatch: [0] }),
    ));
  it('of nothing is zero', () =>
    compareOn(
      [
        [3, 0],
        [0, 2],
      ],
      product([1], [0]),
    ));
});

describe('convolution beyond one block of positions', () => {
  const geometry: ConvGeometry = {
    strides: [1, 1],
    padding: [
      [2, 2],
      [2, 1],
    ],
    dilation: [1, 1],
    groups: 2,
  };
  const [x, w, y]: Shape[] = [
    [1, 4, 41, 40],
    [4, 2, 5, 5],
    [1, 4, 41, 39],
  ];
  if (x === undefined || w === undefined || y === undefined) throw new Error('three shapes');
  it('conv', () => compareOn([x, w], (a, b) => op.conv(a, b, geometry)));
  it('convInputGrad', () => compareOn([y, w], (a, b) => op.convInputGrad(a, b, geometry, [41, 40])));
  it('convFilterGrad', () => compareOn([x, y], (a, b) => op.convFilterGrad(a, b, geometry, [5, 5])));
});

describe('moving elements in long rows and beyond one tile', () => {
  it.each([[[1, 0, 2]], [[2, 1, 0]], [[0, 2, 1]], [[2, 0, 1]], [[1, 2, 0]]])('transpose by %j', (permutation) =>
    compareOn([[40, 3, 70]], (x) => op.transpose(x, permutation)),
  );
  it('slice', () => compareOn([[40, 130]], (x) => op.slice(x, [1, 3], [39, 128], [2, 1])));
  it('pad', () => compareOn([[5, 130]], (x) => op.pad(x, [1, 2], [0, 3], [1, 0])));
  it('concat', () =>
    compareOn(
      [
        [5, 130],
        [5, 60],
        [5, 1],
      ],
      (a, b, c) => op.concat([a, b, c], 1),
    ));
  it('reverse', () => compareOn([[40, 70]], (x) => op.reverse(x, [0, 1])));
  it('broadcast of rows and columns', () => {
    compareOn([[100]], (x) => op.broadcast(x, [40, 100], [1]));
    compareOn([[40, 1]], (x) => op.broadcast(x, [40, 100], [0, 1]));
  });
  it('take and scatterAdd of long rows', () => {
    const index = op.constant(Int32Array.of(2, 0, 3, 2, -1), [5]);
    const feeds = (x: Node, data: Float64Array) => new Map([[x, data]]);
    const x = op.input('x', [3, 60]);
    const data = normalData(x.shape, createRng(1));
    const row = (i: number): number[] => [...data.slice(i * 60, i * 60 + 60)];
    const [taken] = evaluate([op.take(x, index, 0)], feeds(x, data));
    const missing = new Array<number>(60).fill(NaN);
    expect([...(taken ?? [])]).toEqual([...row(2), ...row(0), ...missing, ...row(2), ...missing]);
    const updates = op.input('updates', [5, 60]);
    const ones = new Float64Array(300).fill(1);
    const [added] = evaluate([op.scatterAdd(updates, index, 0, 3)], feeds(updates, ones));
    expect([0, 60, 120].map((i) => added?.[i])).toEqual([1, 0, 2]);
  });
});

describe('no elements', () => {
  it('pass through every kind of primitive', () => {
    const x = op.input('x', [2, 0, 3]);
    const nodes = [
      op.exp(x),
      op.add(x, x),
      op.transpose(x, [2, 0, 1]),
      op.sliceAxis(x, 2, 1, 2),
      op.concat([x, x], 1),
      op.reverse(x, [0]),
      op.broadcast(x, [4, 2, 0, 3], [1, 2, 3]),
      op.cumsum(x, 1),
      op.argsort(x, 1),
      op.iota([0, 2], 0),
    ];
    const results = evaluate(nodes, new Map([[x, new Float64Array(0)]]));
    expect(results.map(({ length }) => length)).toEqual(nodes.map(() => 0));
    const [sum, padded] = evaluate(
      [op.reduceSum(x, [1]), op.pad(x, [0, 1, 0], [0, 1, 0])],
      new Map([[x, new Float64Array(0)]]),
    );
    expect([sum, padded]).toEqual([new Float64Array(6), new Float64Array(12)]);
  });

  it('have no maximum', () => {
    const x = op.input('x', [2, 0]);
    expect(() => evaluate([op.reduceMax(x, 1)], new Map([[x, new Float64Array(0)]]))).toThrow(
      /'reduceMax' along axis 1/,
    );
  });
});

describe('NaN and infinities', () => {
  const specials = [NaN, Infinity, -Infinity];

  /** Primitives whose definition says which elements reach which result. Padding is skipped, not multiplied by 0, in the
   * definition of convolutions, so that only their padded operand gets such values. */
  const planted: readonly Primitive[] = [
    'add',
    'sub',
    'mul',
    'div',
    'max',
    'min',
    'eq',
    'lt',
    'le',
    'select',
    'neg',
    'abs',
    'sign',
    'floor',
    'ceil',
    'round',
    'isnan',
    'exp',
    'log',
    'sqrt',
    'sin',
    'tanh',
    'sigmoid',
    'softplus',
    'atan',
    'atan2',
    'stopGradient',
    'dot',
    'conv',
    'convInputGrad',
    'convFilterGrad',
    'reduceSum',
    'reduceMax',
    'argmax',
    'windowArgmax',
    'cumsum',
    'argsort',
    'reshape',
    'transpose',
    'broadcast',
    'slice',
    'pad',
    'concat',
    'reverse',
    'take',
    'scatterAdd',
    'takeAlong',
    'scatterAddAlong',
  ];
  it.each(planted)('reach the results of %s that they should', (primitive) => {
    for (let seed = 0; seed < 80; seed++) {
      const rng = createRng(seed);
      const { node, inputs, data } = exampleFor(primitive, rng);
      const values = data(rng, 'edge');
      const first = values.find((array) => array instanceof Float64Array);
      if (first !== undefined)
        for (let count = 0; count < 2; count++)
          first[Math.floor(rng() * first.length)] = specials[Math.floor(rng() * 3)] ?? NaN;
      compare(node, inputs, values, `seed ${seed}`);
    }
  });

  const everywhere: readonly Primitive[] = [
    'expm1',
    'log1p',
    'cos',
    'tan',
    'asin',
    'acos',
    'sinh',
    'cosh',
    'asinh',
    'acosh',
    'atanh',
    'erf',
    'lgamma',
    'digamma',
    'pow',
    'remainder',
  ];
  it.each(everywhere)('NaN stays NaN in %s', (primitive) => {
    const rng = createRng(3);
    let example = exampleFor(primitive, rng);
    while (example.node.dtype !== 'float') example = exampleFor(primitive, rng);
    const feeds = new Map<Node, ConstantData>(
      example.inputs.map((x) => [x, new Float64Array(elementCount(x.shape)).fill(NaN)]),
    );
    const [result] = evaluate([example.node], feeds);
    expect(result?.every(Number.isNaN)).toBe(true);
  });

  it('a window of nothing but −∞ has its first element as maximum, a window of padding none', () => {
    const x = op.input('x', [1, 1, 4]);
    const inner = { window: [2], strides: [2], padding: [[0, 0]] as const, dilation: [1] };
    const feeds = new Map([[x, new Float64Array(4).fill(-Infinity)]]);
    expect([...(evaluate([op.windowArgmax(x, inner)], feeds)[0] ?? [])]).toEqual([0, 2]);
    const padded = { ...inner, padding: [[2, 0]] as const };
    expect([...(evaluate([op.windowArgmax(x, padded)], feeds)[0] ?? [])]).toEqual([-1, 0, 2]);
  });

  it('become extreme integers when converted', () => {
    const x = op.input('x', [5]);
    const feeds = new Map([[x, Float64Array.of(NaN, Infinity, -Infinity, -2.7, 3e9)]]);
    const [integers] = evaluate([op.convert(x, 'int')], feeds);
    expect([...(integers ?? [])]).toEqual([-(2 ** 31), 2 ** 31 - 1, -(2 ** 31), -2, 2 ** 31 - 1]);
    expect([...(evaluate([op.convert(x, 'bool')], feeds)[0] ?? [])]).toEqual([1, 1, 1, 1, 1]);
  });
});

describe('integers and bools', () => {
  it('wrap, truncate and saturate as documented', () => {
    const [a, b] = [op.input('a', [4], 'int'), op.input('b', [4], 'int')];
    const feeds = new Map([
      [a, Int32Array.of(2 ** 31 - 1, 123456789, -7, 5)],
      [b, Int32Array.of(1, 987654321, 2, 0)],
    ]);
    const results = evaluate([op.add(a, b), op.mul(a, b), op.div(a, b), op.remainder(a, b)], feeds);
    expect(results.map((data) => [...data])).toEqual([
      [-(2 ** 31), 123456789 + 987654321, -5, 5],
      [2 ** 31 - 1, Number(BigInt.asIntN(32, 123456789n * 987654321n)), -14, 0],
      [2 ** 31 - 1, 0, -3, 0],
      [0, 123456789, 1, 0],
    ]);
  });

  it('sums of bools are "any" however many there are', () => {
    const x = op.input('x', [256, 2], 'bool');
    const data = new Uint8Array(512).map((_, i) => (i + 1) % 2);
    const index = op.constant(new Int32Array(256), [256]);
    const feeds = new Map([[x, data]]);
    for (const node of [op.reduceSum(x, [0]), op.scatterAdd(x, index, 0, 1)])
      expect([...(evaluate([node], feeds)[0] ?? [])]).toEqual([1, 0]);
    expect([...evaluate([op.reduceSum(x, [0, 1]), op.add(x, x)], feeds).flatMap((result) => result[0] ?? NaN)]).toEqual(
      [1, 1],
    );
  });
});
