/**
 * The transpose of every linear primitive: from the cotangent of a result to the cotangents of the operands it is
 * linear in. A primitive that never is linear says so, which keeps this table total.
 */
import type { Node } from '../../graph/node';
import { elementCount, operand } from '../../graph/node';
import * as op from '../../graph/operations';
import type { Primitive, PrimitiveParameters } from '../../graph/primitives';
import { inRange, isWithin } from './indexRange';
import type { Tangent } from './jvpRules';

/**
 * `linear[i]`: whether operand i depends on the variables of the linear program. Returns one cotangent per
 * operand; entries of operands that are not linear are ignored.
 */
export type TransposeRule<P extends Primitive> = (
  node: Node<P>,
  cotangent: Node,
  linear: readonly boolean[],
) => readonly Tangent[];

export type TransposeRow<P extends Primitive> = TransposeRule<P> | 'not linear';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

const convTransposeX = (node: Node<'conv'>, cotangent: Node): Node =>
  op.convInputGrad(cotangent, operand(node, 1), node.parameters, operand(node, 0).shape.slice(2));

const convTransposeW = (node: Node<'conv'>, cotangent: Node): Node =>
  op.convFilterGrad(operand(node, 0), cotangent, node.parameters, operand(node, 1).shape.slice(2));

/** The four fields of a geometry, without the extra ones of the two transposed convolutions. */
const geometryOf = ({
  strides,
  padding,
  dilation,
  groups,
}: PrimitiveParameters['conv']): PrimitiveParameters['conv'] => ({
  strides,
  padding,
  dilation,
  groups,
});

/** Axes of a `dot` by their role on one side, and where they sit in the result. */
interface DotSide {
  readonly node: Node;
  readonly contract: readonly number[];
  readonly batch: readonly number[];
  readonly free: readonly number[];
  readonly freeInResult: readonly number[];
}

function dotSides(node: Node<'dot'>): { lhs: DotSide; rhs: DotSide } {
  const { lhsContract, rhsContract, lhsBatch, rhsBatch } = node.parameters;
  const side = (x: Node, contract: readonly number[], batch: readonly number[], offset: number): DotSide => {
    const free = range(x.shape.length).filter((axis) => !contract.includes(axis) && !batch.includes(axis));
    return { node: x, contract, batch, free, freeInResult: free.map((_, i) => offset + i) };
  };
  const lhs = side(operand(node, 0), lhsContract, lhsBatch, lhsBatch.length);
  return { lhs, rhs: side(operand(node, 1), rhsContract, rhsBatch, lhsBatch.length + lhs.free.length) };
}

/** Where each logical axis of a dot's result, listed in `order`, has to go to give axes 0, 1, 2, …. */
const inverse = (order: readonly number[]): number[] => {
  const permutation: number[] = [];
  order.forEach((axis, position) => (permutation[axis] = position));
  return permutation;
};

/**
 * Cotangent of `side` in a dot with `other`: contract the cotangent with `other` over `other`'s free axes. Of the
 * two operand orders, the one whose result needs no transposition is taken where there is one.
 */
function transposeDot(side: DotSide, other: DotSide, cotangent: Node): Node {
  const batch = range(side.batch.length);
  // The axes of `side` that `other`'s contracted axes stand for, in the order in which a dot leaves them free.
  const partners = [...other.contract.keys()].sort((i, j) => (other.contract[i] ?? 0) - (other.contract[j] ?? 0));
  const contracted = partners.map((i) => side.contract[i] ?? 0);
  const cotangentFirst = inverse([...side.batch, ...side.free, ...contracted]);
  if (cotangentFirst.every((axis, i) => axis === i) || contracted.length === 0) {
    const axes = { lhsContract: other.freeInResult, rhsContract: other.free, lhsBatch: batch, rhsBatch: other.batch };
    return op.transpose(op.dot(cotangent, other.node, axes), cotangentFirst);
  }
  const axes = { lhsContract: other.free, rhsContract: other.freeInResult, lhsBatch: other.batch, rhsBatch: batch };
  return op.transpose(op.dot(other.node, cotangent, axes), inverse([...side.batch, ...contracted, ...side.free]));
}

/** Sums the cotangent of a broadcast over the axes that were repeated. */
function transposeBroadcast(node: Node<'broadcast'>, cotangent: Node): Node {
  const x = operand(node, 0);
  const { shape, axes } = node.parameters;
  const kept = new Set(axes.filter((axis, i) => x.shape[i] === shape[axis]));
  const repeated = range(shape.length).filter((axis) => !kept.has(axis));
  return op.reshape(op.reduceSum(cotangent, repeated), x.shape);
}

function transposeSlice(node: Node<'slice'>, cotangent: Node): Node {
  const x = operand(node, 0);
  const { start, strides } = node.parameters;
  const high = x.shape.map((size, axis) => {
    const count = node.shape[axis] ?? 0;
    return size - (start[axis] ?? 0) - (count === 0 ? 0 : (count - 1) * (strides[axis] ?? 1) + 1);
  });
  return op.pad(
    cotangent,
    start,
    high,
    strides.map((stride) => stride - 1),
  );
}

function transposePad(node: Node<'pad'>, cotangent: Node): Node {
  const x = operand(node, 0);
  const { low, interior } = node.parameters;
  const strides = interior.map((gap) => gap + 1);
  const limit = low.map((first, axis) => first + ((x.shape[axis] ?? 1) - 1) * (strides[axis] ?? 1) + 1);
  const whole = cotangent.shape.every((size, axis) => low[axis] === 0 && limit[axis] === size && strides[axis] === 1);
  return whole ? cotangent : op.slice(cotangent, low, limit, strides);
}

function transposeConcat(node: Node<'concat'>, cotangent: Node, linear: readonly boolean[]): Tangent[] {
  const { axis } = node.parameters;
  let start = 0;
  return node.inputs.map((part, i) => {
    const limit = start + (part.shape[axis] ?? 0);
    const cotangentOfPart = linear[i] ? op.sliceAxis(cotangent, axis, start, limit) : null;
    start = limit;
    return cotangentOfPart;
  });
}

/** Zero where an update was dropped for its index, which reading alone would turn into NaN. */
const readWritten = (values: Node, index: Node, indexAxis: number, size: number): Node =>
  isWithin(index, size)
    ? values
    : op.select(
        op.broadcast(
          inRange(index, size),
          values.shape,
          index.shape.map((_, i) => indexAxis + i),
        ),
        values,
        op.full(0),
      );

export const transposeRules: { readonly [P in Primitive]: TransposeRow<P> } = {
  input: 'not linear',
  constant: 'not linear',
  iota: 'not linear',

  neg: (_, ct) => [op.neg(ct)],
  abs: 'not linear',
  sign: 'not linear',
  exp: 'not linear',
  expm1: 'not linear',
  log: 'not linear',
  log1p: 'not linear',
  sqrt: 'not linear',
  sin: 'not linear',
  cos: 'not linear',
  tan: 'not linear',
  asin: 'not linear',
  acos: 'not linear',
  atan: 'not linear',
  sinh: 'not linear',
  cosh: 'not linear',
  asinh: 'not linear',
  acosh: 'not linear',
  atanh: 'not linear',
  tanh: 'not linear',
  sigmoid: 'not linear',
  softplus: 'not linear',
  erf: 'not linear',
  lgamma: 'not linear',
  digamma: 'not linear',
  floor: 'not linear',
  ceil: 'not linear',
  round: 'not linear',
  not: 'not linear',
  isnan: 'not linear',
  convert: (_, ct) => [ct],
  stopGradient: 'not linear',

  add: (_, ct) => [ct, ct],
  sub: (_, ct, linear) => [ct, linear[1] ? op.neg(ct) : null],
  mul: (node, ct, linear) => (linear[0] ? [op.mul(ct, operand(node, 1)), null] : [null, op.mul(ct, operand(node, 0))]),
  div: (node, ct) => [op.div(ct, operand(node, 1)), null],
  pow: 'not linear',
  max: 'not linear',
  min: 'not linear',
  atan2: 'not linear',
  remainder: 'not linear',
  eq: 'not linear',
  lt: 'not linear',
  le: 'not linear',
  and: 'not linear',
  or: 'not linear',
  select: (node, ct, linear) => [
    null,
    linear[1] ? op.select(operand(node, 0), ct, op.full(0)) : null,
    linear[2] ? op.select(operand(node, 0), op.full(0), ct) : null,
  ],

  dot: (node, ct, linear) => {
    const { lhs, rhs } = dotSides(node);
    return linear[0] ? [transposeDot(lhs, rhs, ct), null] : [null, transposeDot(rhs, lhs, ct)];
  },
  conv: (node, ct, linear) => (linear[0] ? [convTransposeX(node, ct), null] : [null, convTransposeW(node, ct)]),
  // ⟨convInputGrad(y, w), x⟩ = ⟨y, conv(x, w)⟩: linear in y with transpose conv, in w with transpose convFilterGrad.
  convInputGrad: (node, ct, linear) => {
    const geometry = geometryOf(node.parameters);
    return linear[0]
      ? [op.conv(ct, operand(node, 1), geometry), null]
      : [null, op.convFilterGrad(ct, operand(node, 0), geometry, operand(node, 1).shape.slice(2))];
  },
  // ⟨convFilterGrad(x, y), w⟩ = ⟨conv(x, w), y⟩.
  convFilterGrad: (node, ct, linear) => {
    const geometry = geometryOf(node.parameters);
    return linear[0]
      ? [op.convInputGrad(operand(node, 1), ct, geometry, operand(node, 0).shape.slice(2)), null]
      : [null, op.conv(operand(node, 0), ct, geometry)];
  },

  reduceSum: (node, ct) => {
    const { shape } = operand(node, 0);
    return [
      op.broadcast(
        ct,
        shape,
        range(shape.length).filter((axis) => !node.parameters.axes.includes(axis)),
      ),
    ];
  },
  reduceMax: 'not linear',
  argmax: 'not linear',
  windowArgmax: 'not linear',
  cumsum: (node, ct) => [op.cumsum(ct, node.parameters.axis, !node.parameters.reverse)],
  argsort: 'not linear',

  reshape: (node, ct) => [op.reshape(ct, operand(node, 0).shape)],
  transpose: (node, ct) => [op.transpose(ct, inverse(node.parameters.permutation))],
  broadcast: (node, ct) => [transposeBroadcast(node, ct)],
  slice: (node, ct) => [elementCount(node.shape) === 0 ? null : transposeSlice(node, ct)],
  pad: (node, ct) => [elementCount(operand(node, 0).shape) === 0 ? null : transposePad(node, ct)],
  concat: transposeConcat,
  reverse: (node, ct) => [op.reverse(ct, node.parameters.axes)],

  take: (node, ct) => {
    const { axis } = node.parameters;
    return [op.scatterAdd(ct, operand(node, 1), axis, operand(node, 0).shape[axis] ?? 0), null];
  },
  scatterAdd: (node, ct) => {
    const { axis, size } = node.parameters;
    const index = operand(node, 1);
    return [readWritten(op.take(ct, index, axis), index, axis, size), null];
  },
  takeAlong: (node, ct) => {
    const { axis } = node.parameters;
    return [op.scatterAddAlong(ct, operand(node, 1), axis, operand(node, 0).shape[axis] ?? 0), null];
  },
  scatterAddAlong: (node, ct) => {
    const { axis, size } = node.parameters;
    const index = operand(node, 1);
    return [readWritten(op.takeAlong(ct, index, axis), index, 0, size), null];
  },
};
