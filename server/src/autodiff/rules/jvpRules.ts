/**
 * The derivative of every primitive: dy as a linear function of the tangents dx of its operands.
 *
 * A rule gets at least one tangent that is not null; null is the tangent that is zero by structure. Rules write
 * dy = coefficient · dx with the coefficient free of tangents: partial evaluation then computes the coefficient
 * once per point, and transposition reuses it. Where a derivative can be written in terms of the result y it is,
 * so that the second derivative reuses dy instead of differentiating the expression again.
 */
import type { Node } from '../../graph/node';
import { operand } from '../../graph/node';
import * as op from '../../graph/operations';
import type { Primitive } from '../../graph/primitives';
import { uniformValue } from '../../graph/simplify/uniformValue';
import { DifferentiationError } from '../differentiationError';

/** A tangent; null when it is zero by structure. */
export type Tangent = Node | null;

export type JvpRule<P extends Primitive> = (node: Node<P>, tangents: readonly Tangent[]) => Tangent;

const one = (): Node => op.full(1);

/** The sum of two tangents. */
const sum = (a: Tangent, b: Tangent): Tangent => (a === null ? b : b === null ? a : op.add(a, b));

/** A function of one operand x with result y: dy = coefficient(x, y) · dx. */
const derivative =
  (coefficient: (x: Node, y: Node) => Node): JvpRule<Primitive> =>
  (node, [dx = null]) =>
    dx === null ? null : op.mul(dx, coefficient(operand(node, 0), node));

/** A function of one operand: dy = dx / divisor(x). */
const reciprocalDerivative =
  (divisor: (x: Node) => Node): JvpRule<Primitive> =>
  (node, [dx = null]) =>
    dx === null ? null : op.div(dx, divisor(operand(node, 0)));

/** Linear in the first operand; the others (indices) have no tangent. */
const linear: JvpRule<Primitive> = (node, [dx = null]) =>
  dx === null ? null : op.emit(node.primitive, [dx, ...node.inputs.slice(1)], node.parameters);

/** d f(a, b) = f(da, b) + f(a, db). */
const bilinear: JvpRule<Primitive> = (node, [da = null, db = null]) =>
  sum(
    da && op.emit(node.primitive, [da, operand(node, 1)], node.parameters),
    db && op.emit(node.primitive, [operand(node, 0), db], node.parameters),
  );

/** Linear in several operands at once: a missing tangent is filled with zeros. */
const filled = (node: Node, tangents: readonly Tangent[], from: number): Node[] =>
  node.inputs.slice(from).map((x, i) => tangents[from + i] ?? op.full(0, x.shape));

/** Locally constant, or not a float. */
const zero: JvpRule<Primitive> = () => null;

/**
 * Larger or smaller of two: 1 for the operand that wins, ½ to each at a tie. A NaN operand makes neither lose,
 * so that both get the full cotangent, as in PyTorch.
 */
const extremum =
  (loses: (x: Node, other: Node) => Node): JvpRule<Primitive> =>
  (node, [da = null, db = null]) => {
    const share = (x: Node, other: Node): Node =>
      op.select(loses(x, other), op.full(0), op.select(op.eq(x, other), op.full(0.5), one()));
    const [a, b] = [operand(node, 0), operand(node, 1)];
    return sum(da && op.mul(da, share(a, b)), db && op.mul(db, share(b, a)));
  };

/** ∂(xᵖ)/∂x = p·xᵖ⁻¹. At x = p = 0 that product would be 0·∞; there the power is replaced by 0⁰ = 1. */
function powerBaseCoefficient(x: Node, p: Node): Node | null {
  const fixed = uniformValue(p);
  if (fixed === 0) return null;
  if (fixed === 2) return op.scale(x, 2);
  if (fixed !== undefined) return op.scale(op.pow(x, op.full(fixed - 1)), fixed);
  const corner = op.and(op.eq(x, op.full(0)), op.eq(p, op.full(0)));
  return op.mul(p, op.pow(x, op.select(corner, op.full(0), op.sub(p, one()))));
}

/**
 * ∂(xᵖ)/∂p = xᵖ·log x, which is 0 at x = 0, p ≥ 0. The guard replaces x inside the logarithm, not its result,
 * so that no 0·∞ appears when this expression is differentiated again.
 */
function powerExponentCoefficient(x: Node, p: Node, y: Node): Node {
  const corner = op.and(op.eq(x, op.full(0)), op.le(op.full(0), p));
  return op.mul(y, op.log(op.select(corner, one(), x)));
}

export const jvpRules: { readonly [P in Primitive]: JvpRule<P> } = {
  input: zero,
  constant: zero,
  iota: zero,

  neg: linear,
  abs: derivative((x) => op.sign(x)),
  sign: zero,
  exp: derivative((_, y) => y),
  expm1: derivative((_, y) => op.add(y, one())),
  log: reciprocalDerivative((x) => x),
  log1p: reciprocalDerivative((x) => op.add(x, one())),
  sqrt: derivative((_, y) => op.div(op.full(0.5), y)),
  sin: derivative((x) => op.cos(x)),
  cos: derivative((x) => op.neg(op.sin(x))),
  tan: derivative((_, y) => op.add(op.mul(y, y), one())),
  // 1 − x² as (1 − x)(1 + x): exact near |x| = 1, where these derivatives are large.
  asin: reciprocalDerivative((x) => op.sqrt(op.mul(op.sub(one(), x), op.add(one(), x)))),
  acos: reciprocalDerivative((x) => op.neg(op.sqrt(op.mul(op.sub(one(), x), op.add(one(), x))))),
  atan: reciprocalDerivative((x) => op.add(op.mul(x, x), one())),
  sinh: derivative((x) => op.cosh(x)),
  cosh: derivative((x) => op.sinh(x)),
  asinh: reciprocalDerivative((x) => op.sqrt(op.add(op.mul(x, x), one()))),
  acosh: reciprocalDerivative((x) => op.sqrt(op.mul(op.sub(x, one()), op.add(x, one())))),
  atanh: reciprocalDerivative((x) => op.mul(op.sub(one(), x), op.add(one(), x))),
  tanh: derivative((_, y) => op.sub(one(), op.mul(y, y))),
  sigmoid: derivative((_, y) => op.mul(y, op.sub(one(), y))),
  softplus: derivative((x) => op.sigmoid(x)),
  erf: derivative((x) => op.scale(op.exp(op.neg(op.mul(x, x))), 2 / Math.sqrt(Math.PI))),
  lgamma: derivative((x) => op.digamma(x)),
  digamma: (node) => {
    throw new DifferentiationError(
      node,
      'the trigamma function is outside the primitives; its second derivative is unavailable',
    );
  },
  floor: zero,
  ceil: zero,
  round: zero,
  not: zero,
  isnan: zero,
  convert: linear,
  stopGradient: zero,

  add: (_, [da = null, db = null]) => sum(da, db),
  sub: (_, [da = null, db = null]) => (da !== null && db !== null ? op.sub(da, db) : (da ?? (db && op.neg(db)))),
  mul: (node, [da = null, db = null]) => {
    const [a, b] = [operand(node, 0), operand(node, 1)];
    if (a === b) return da && op.mul(da, op.scale(a, 2));
    return sum(da && op.mul(da, b), db && op.mul(db, a));
  },
  // d(a/b) = da/b − (a/b)/b·db
  div: (node, [da = null, db = null]) => {
    const b = operand(node, 1);
    return sum(da && op.div(da, b), db && op.mul(db, op.neg(op.div(node, b))));
  },
  pow: (node, [dx = null, dp = null]) => {
    const [x, p] = [operand(node, 0), operand(node, 1)];
    const coefficient = dx && powerBaseCoefficient(x, p);
    return sum(dx && coefficient && op.mul(dx, coefficient), dp && op.mul(dp, powerExponentCoefficient(x, p, node)));
  },
  max: extremum((x, other) => op.lt(x, other)),
  min: extremum((x, other) => op.lt(other, x)),
  // d atan2(a, b) = (b·da − a·db) / (a² + b²), and 0 at the origin, as in PyTorch
  atan2: (node, [da = null, db = null]) => {
    const [a, b] = [operand(node, 0), operand(node, 1)];
    const sumOfSquares = op.add(op.mul(a, a), op.mul(b, b));
    const squares = op.select(op.eq(sumOfSquares, op.full(0)), one(), sumOfSquares);
    return sum(da && op.mul(da, op.div(b, squares)), db && op.mul(db, op.neg(op.div(a, squares))));
  },
  // a mod b = a − b·⌊a/b⌋ with a locally constant quotient
  remainder: (node, [da = null, db = null]) => {
    const quotient = (): Node => op.floor(op.div(operand(node, 0), operand(node, 1)));
    return sum(da, db && op.mul(db, op.neg(quotient())));
  },
  eq: zero,
  lt: zero,
  le: zero,
  and: zero,
  or: zero,
  select: (node, tangents) => {
    const [whenTrue, whenFalse] = filled(node, tangents, 1);
    return whenTrue && whenFalse ? op.select(operand(node, 0), whenTrue, whenFalse) : null;
  },

  dot: bilinear,
  conv: bilinear,
  convInputGrad: bilinear,
  convFilterGrad: bilinear,

  reduceSum: linear,
  // The tangent of the first maximum, as max ties go to the first index.
  reduceMax: (node, [dx = null]) => {
    if (dx === null) return null;
    const x = operand(node, 0);
    const { axis } = node.parameters;
    const kept = x.shape.map((size, i) => (i === axis ? 1 : size));
    return op.reshape(op.takeAlong(dx, op.reshape(op.argmax(x, axis), kept), axis), node.shape);
  },
  argmax: zero,
  windowArgmax: zero,
  cumsum: linear,
  argsort: zero,

  reshape: linear,
  transpose: linear,
  broadcast: linear,
  slice: linear,
  pad: linear,
  concat: (node, tangents) => op.concat(filled(node, tangents, 0), node.parameters.axis),
  reverse: linear,

  take: linear,
  scatterAdd: linear,
  takeAlong: linear,
  scatterAddAlong: linear,
};
