/**
 * The activations of torch.nn. At kinks the one-sided choice is PyTorch's. Branches that overflow where they are not
 * selected get a harmless argument there, so that 0·∞ never reaches a derivative.
 */
import type { Node } from '../../graph/node';
import {
  abs,
  add,
  and,
  div,
  erf,
  expm1,
  full,
  ge,
  gt,
  le,
  log,
  lt,
  mul,
  neg,
  scale,
  select,
  sigmoid,
  sliceAxis,
  softplus as softplusPrimitive,
  sub,
  tanh,
} from '../../graph/operations';
import { ShapeError } from '../../graph/shapes';
import { normaliseAxis, sizeAt } from './axes';

const number = (value: number): Node => full(value);

/** max(x, 0) with derivative 0 at 0. */
export const relu = (x: Node): Node => select(gt(x, number(0)), x, number(0));

/** Clamp whose derivative is 0 at both limits (hardtanh; `clamp` keeps it 1 there). */
export const hardtanh = (x: Node, low: number, high: number): Node =>
  select(le(x, number(low)), number(low), select(ge(x, number(high)), number(high), x));

export const leakyRelu = (x: Node, negativeSlope: number): Node => select(gt(x, number(0)), x, scale(x, negativeSlope));

/** x > 0 ? x : w·x; `weight` has one element, or one per channel (axis 1; axis 0 of a vector). */
export function prelu(x: Node, alignedWeight: Node): Node {
  return select(gt(x, number(0)), x, mul(alignedWeight, x));
}

/** outer·(x > 0 ? x : alpha·(e^{inner·x} − 1)). */
function exponentialUnit(x: Node, alpha: number, outer: number, inner: number): Node {
  const positive = gt(x, number(0));
  const negativePart = select(positive, number(0), x);
  return select(positive, scale(x, outer), scale(expm1(scale(negativePart, inner)), alpha * outer));
}

export const elu = (x: Node, alpha = 1): Node => exponentialUnit(x, alpha, 1, 1);

/** max(0, x) + min(0, α(e^{x/α} − 1)); Barron 2017. */
export const celu = (x: Node, alpha = 1): Node => exponentialUnit(x, alpha, 1, 1 / alpha);

/** Klambauer et al. 2017, with the constants of their equation 2 to float64. */
export const selu = (x: Node): Node =>
  exponentialUnit(x, 1.6732632423543772848170429916717, 1.0507009873554804934193349852946, 1);

/** x·Φ(x); Hendrycks and Gimpel 2016. */
export const gelu = (x: Node): Node => mul(scale(x, 0.5), add(number(1), erf(scale(x, Math.SQRT1_2))));

/** ½x(1 + tanh(√(2/π)(x + 0.044715x³))). */
export function geluTanh(x: Node): Node {
  const inner = scale(mul(x, add(number(1), scale(mul(x, x), 0.044715))), Math.sqrt(2 / Math.PI));
  return mul(scale(x, 0.5), add(number(1), tanh(inner)));
}

export const silu = (x: Node): Node => mul(x, sigmoid(x));

export const mish = (x: Node): Node => mul(x, tanh(softplusPrimitive(x)));

/** log(1 + e^{βx})/β, and x where βx exceeds `threshold`. */
export function softplus(x: Node, beta = 1, threshold = 20): Node {
  const scaled = scale(x, beta);
  return select(gt(scaled, number(threshold)), x, scale(softplusPrimitive(scaled), 1 / beta));
}

export const softsign = (x: Node): Node => div(x, add(number(1), abs(x)));

/** relu6(x + 3)/6 */
export const hardsigmoid = (x: Node): Node =>
  select(le(x, number(-3)), number(0), select(ge(x, number(3)), number(1), add(scale(x, 1 / 6), number(0.5))));

/** x·relu6(x + 3)/6; at x = 3 the derivative is the inner one, at −3 it is 0. */
export const hardswish = (x: Node): Node =>
  select(le(x, number(-3)), number(0), select(ge(x, number(3)), x, mul(x, add(scale(x, 1 / 6), number(0.5)))));

export const hardshrink = (x: Node, lambda: number): Node =>
  select(and(ge(x, number(-lambda)), le(x, number(lambda))), number(0), x);

export const softshrink = (x: Node, lambda: number): Node =>
  select(
    gt(x, number(lambda)),
    sub(x, number(lambda)),
    select(lt(x, number(-lambda)), add(x, number(lambda)), scale(x, 0)),
  );

export const tanhshrink = (x: Node): Node => sub(x, tanh(x));

export const logSigmoid = (x: Node): Node => neg(softplusPrimitive(neg(x)));

export const threshold = (x: Node, limit: number, value: number): Node =>
  select(gt(x, number(limit)), x, number(value));

/** First half times sigmoid of the second half of an axis. */
export function glu(x: Node, dim: number): Node {
  const axis = normaliseAxis(dim, x.shape.length);
  const size = sizeAt(x.shape, axis);
  if (size % 2 !== 0) throw new ShapeError(`Halving dimension must be even, but dimension ${axis} is size ${size}`);
  return mul(sliceAxis(x, axis, 0, size / 2), sigmoid(sliceAxis(x, axis, size / 2, size)));
}

/** log(x/(1 − x)), the argument clamped to [eps, 1 − eps] when given. */
export function logit(x: Node, eps?: number): Node {
  const inside =
    eps === undefined ? x : select(lt(x, number(eps)), number(eps), select(gt(x, number(1 - eps)), number(1 - eps), x));
  return log(div(inside, sub(number(1), inside)));
}
