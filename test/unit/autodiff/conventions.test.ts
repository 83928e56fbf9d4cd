/** Derivatives at kinks, ties and poles, where they are a convention; the expected values are PyTorch's. */
import { expect, test } from 'vitest';
import { gradient, vjp } from '../../../server/src/autodiff/gradient';
import { hessianVectorProduct } from '../../../server/src/autodiff/hessianVectorProduct';
import type { Node } from '../../../server/src/graph/node';
import * as op from '../../../server/src/graph/operations';
import { valuesOf } from './numericDerivative';

const at = (f: (x: Node) => Node, x: number): number => {
  const variable = op.input('x', []);
  return (
    valuesOf(gradient(f(variable), [variable]), [variable], new Map([[variable, Float64Array.of(x)]]))[0]?.[0] ?? NaN
  );
};

const secondAt = (f: (x: Node) => Node, x: number): number => {
  const variable = op.input('x', []);
  const product = hessianVectorProduct(f(variable), [variable], [op.full(1)]);
  return valuesOf(product, [variable], new Map([[variable, Float64Array.of(x)]]))[0]?.[0] ?? NaN;
};

const ofTwo = (f: (a: Node, b: Node) => Node, a: number, b: number): number[] => {
  const [x, y] = [op.input('a', []), op.input('b', [])];
  const feeds = new Map<Node, Float64Array>([
    [x, Float64Array.of(a)],
    [y, Float64Array.of(b)],
  ]);
  return valuesOf(gradient(f(x, y), [x, y]), [x, y], feeds).flat();
};

test('relu as a choice has slope 0 at 0', () => {
  const relu = (x: Node): Node => op.select(op.gt(x, op.full(0)), x, op.full(0));
  expect([at(relu, -1), at(relu, 0), at(relu, 2)]).toEqual([0, 0, 1]);
});

test('abs has slope 0 at 0', () => expect(at(op.abs, 0)).toBe(0));

test('max and min give half to each operand at a tie', () => {
  expect(ofTwo(op.max, 1, 1)).toEqual([0.5, 0.5]);
  expect(ofTwo(op.min, 1, 1)).toEqual([0.5, 0.5]);
  expect(ofTwo(op.max, 1, 2)).toEqual([0, 1]);
  expect(ofTwo(op.min, 1, 2)).toEqual([1, 0]);
});

test('max with a NaN operand passes the whole cotangent to both', () => {
  expect(ofTwo(op.max, NaN, 1)).toEqual([1, 1]);
  expect(ofTwo(op.min, 1, NaN)).toEqual([1, 1]);
});

test('atan2 is flat at the origin', () => {
  const slopes = ofTwo(op.atan2, 0, 0);
  expect(slopes.map(Math.abs)).toEqual([0, 0]);
});

test('remainder has slope 1 and minus the floored quotient', () =>
  expect(ofTwo(op.remainder, -5.5, 2)).toEqual([1, 3]));

test('the mixed derivative of x^p at p = 0 is 1/x, from either side', () => {
  const [x, p] = [op.input('x', []), op.input('p', [])];
  const feeds = new Map<Node, Float64Array>([
    [x, Float64Array.of(2)],
    [p, Float64Array.of(0)],
  ]);
  const loss = op.pow(x, p);
  const mixed = [
    hessianVectorProduct(loss, [x, p], [op.full(1), op.full(0)])[1],
    hessianVectorProduct(loss, [x, p], [op.full(0), op.full(1)])[0],
  ];
  expect(
    valuesOf(
      mixed.map((node) => node ?? null),
      [x, p],
      feeds,
    ),
  ).toEqual([[0.5], [0.5]]);
});

test('reduceMax gives all to the first maximum', () => {
  const x = op.input('x', [4]);
  const feeds = new Map([[x, Float64Array.of(1, 3, 3, 2)]]);
  expect(valuesOf(gradient(op.reduceMax(x, 0), [x]), [x], feeds)).toEqual([[0, 1, 0, 0]]);
});

test.each([
  // exponent, x, slope, curvature
  [0, 0, 0, 0],
  [1, 0, 1, 0],
  [2, 0, 0, 2],
  [3, 0, 0, 0],
  [2, -1.5, -3, 2],
  [3, -2, 12, -12],
  [0.5, 0, Infinity, -Infinity],
  [-1, 2, -0.25, 0.25],
])('x^%d at %d has slope %d and curvature %d, for a fixed and for a variable exponent', (p, x, slope, curvature) => {
  const exponent = op.input('p', []);
  const fixed = (base: Node): Node => op.pow(base, op.full(p));
  expect(at(fixed, x)).toBeCloseTo(slope, 12);
  expect(secondAt(fixed, x)).toBeCloseTo(curvature, 12);
  const base = op.input('x', []);
  const feeds = new Map<Node, Float64Array>([
    [base, Float64Array.of(x)],
    [exponent, Float64Array.of(p)],
  ]);
  const loss = op.pow(base, exponent);
  expect(valuesOf(gradient(loss, [base]), [base], feeds)[0]?.[0]).toBeCloseTo(slope, 12);
});

test('x^p in p is flat at x = 0, p ≥ 0, and so is its second derivative', () => {
  expect(ofTwo(op.pow, 0, 2)).toEqual([0, 0]);
  expect(ofTwo(op.pow, 0, 0)).toEqual([0, 0]);
  const p = op.input('p', []);
  const product = hessianVectorProduct(op.pow(op.full(0), p), [p], [op.full(1)]);
  expect(valuesOf(product, [p], new Map([[p, Float64Array.of(2)]]))).toEqual([[0]]);
});

test('sqrt has slope ∞ at 0', () => expect(at(op.sqrt, 0)).toBe(Infinity));

test('softplus has slope ½ and curvature ¼ at 0, and no overflow', () => {
  expect(at(op.softplus, 0)).toBe(0.5);
  expect(secondAt(op.softplus, 0)).toBe(0.25);
  expect([at(op.softplus, 1000), at(op.softplus, -1000)]).toEqual([1, 0]);
});

test('updates dropped by scatterAdd for their index get cotangent 0', () => {
  const updates = op.input('updates', [3]);
  const index = op.constant(Int32Array.of(0, 5, -1), [3]);
  for (const scattered of [op.scatterAdd(updates, index, 0, 2), op.scatterAddAlong(updates, index, 0, 2)])
    expect(valuesOf(vjp([scattered], [op.full(7, [2])], [updates]), [updates], new Map())).toEqual([[7, 0, 0]]);
});
