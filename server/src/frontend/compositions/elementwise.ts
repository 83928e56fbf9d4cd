/** Elementwise functions that are not primitives. */
import type { Node } from '../../graph/node';
import {
  abs,
  add,
  ceil,
  convert,
  div,
  eq,
  erf,
  exp,
  floor,
  full,
  ge,
  gt,
  isnan,
  log,
  lt,
  max,
  mul,
  neg,
  not,
  or,
  pow,
  remainder as remainderPrimitive,
  scale,
  select,
  sign,
  sin,
  softplus,
  sqrt,
  stopGradient,
  sub,
} from '../../graph/operations';
import { uniformValue } from '../../graph/simplify/uniformValue';

/** Limits the values; at a limit the derivative is still 1, as in torch.clamp. NaN stays. */
export function clamp(x: Node, low: Node | undefined, high: Node | undefined): Node {
  const raised = low === undefined ? x : select(lt(x, low), low, x);
  return high === undefined ? raised : select(lt(high, raised), high, raised);
}

/** xᵖ with small fixed exponents as products and roots, whose derivatives are finite at 0. */
export function power(x: Node, exponent: Node): Node {
  if (exponent.shape.length === 0)
    switch (uniformValue(exponent)) {
      case 1:
        return x;
      case 2:
        return mul(x, x);
      case 3:
        return mul(mul(x, x), x);
      case 0.5:
        return sqrt(x);
      case -1:
        return div(full(1), x);
      case -0.5:
        return div(full(1), sqrt(x));
      default:
        return pow(x, exponent);
    }
  return pow(x, exponent);
}

export const reciprocal = (x: Node): Node => div(full(1), x);

export const rsqrt = (x: Node): Node => div(full(1), sqrt(x));

export const square = (x: Node): Node => mul(x, x);

/** Rounds towards zero. */
export const trunc = (x: Node): Node => select(lt(x, full(0)), ceil(x), floor(x));

export const frac = (x: Node): Node => sub(x, trunc(x));

/** Remainder with the sign of the dividend (C's fmod). */
export const fmod = (x: Node, y: Node): Node => sub(x, mul(trunc(div(x, y)), y));

/** ⌊x/y⌋ of floats, from the exact remainder so that e.g. 1 // 0.1 is 9. */
export function floorDivide(x: Node, y: Node): Node {
  const quotient = div(sub(x, remainderPrimitive(x, y)), y);
  // x − x mod y is a multiple of y up to rounding; the quotient is the nearest integer. y = 0 gives ±∞ or NaN.
  const rounded = floor(add(quotient, full(0.5)));
  return select(eq(y, full(0)), div(x, y), rounded);
}

export const exp2 = (x: Node): Node => exp(scale(x, Math.LN2));

export const log2 = (x: Node): Node => scale(log(x), 1 / Math.LN2);

export const log10 = (x: Node): Node => scale(log(x), 1 / Math.LN10);

export const erfc = (x: Node): Node => sub(full(1), erf(x));

/** One step of Newton's method for erf(x) = y. */
const erfinvStep = (x: Node, y: Node): Node => {
  const slope = scale(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI));
  return sub(x, div(sub(erf(x), y), slope));
};

/**
 * The inverse of erf on (−1, 1): Winitzki's approximation (2008, relative error 2e-3) improved by Newton's method. Two steps
 * are part of the function: each doubles the number of derivatives that are right. ±∞ at ±1, as in PyTorch.
 */
export function erfinv(y: Node): Node {
  const a = 0.147;
  const logarithm = log(sub(full(1), mul(y, y)));
  const half = add(scale(logarithm, 0.5), full(2 / (Math.PI * a)));
  const start = mul(sign(y), sqrt(sub(sqrt(sub(mul(half, half), scale(logarithm, 1 / a))), half)));
  const near = stopGradient(erfinvStep(erfinvStep(start, y), y));
  const inside = lt(abs(y), full(1));
  const outside = select(eq(abs(y), full(1)), scale(sign(y), Infinity), full(NaN));
  return select(inside, erfinvStep(erfinvStep(near, y), y), outside);
}

/** log(eˣ + eʸ) = y + softplus(x − y): one smooth expression, also at x = y. Equal infinities are their own sum. */
export function logaddexp(x: Node, y: Node): Node {
  const difference = sub(x, y);
  const undefinedDifference = isnan(difference);
  const smooth = add(y, softplus(select(undefinedDifference, full(0), difference)));
  return select(undefinedDifference, max(x, y), smooth);
}

/** x·log y with 0·log y = 0 (also at y = 0). */
export function xlogy(x: Node, y: Node): Node {
  const zero = eq(x, full(0));
  return select(zero, select(isnan(y), y, full(0)), mul(x, log(select(zero, full(1), y))));
}

export const lerp = (start: Node, end: Node, weight: Node): Node => add(start, mul(weight, sub(end, start)));

/** sin(πx)/(πx), 1 at 0. */
export function sinc(x: Node): Node {
  const zero = eq(x, full(0));
  const angle = scale(select(zero, full(1), x), Math.PI);
  return select(zero, full(1), div(sin(angle), angle));
}

export const hypot = (x: Node, y: Node): Node => sqrt(add(mul(x, x), mul(y, y)));

/** |x| with the sign of y. */
export function copysign(x: Node, y: Node): Node {
  const magnitude = abs(x);
  return select(lt(y, full(0)), neg(magnitude), magnitude);
}

/** 0 for x < 0, `atZero` at 0, 1 above. */
export const heaviside = (x: Node, atZero: Node): Node =>
  select(eq(x, full(0)), atZero, select(gt(x, full(0)), full(1), full(0)));

export const isInfinite = (x: Node): Node => or(eq(x, full(Infinity)), eq(x, full(-Infinity)));

export const isFinite = (x: Node): Node => not(or(isnan(x), isInfinite(x)));

export const nanToNum = (x: Node, nan: number, positive: number, negative: number): Node =>
  select(
    isnan(x),
    full(nan),
    select(eq(x, full(Infinity)), full(positive), select(eq(x, full(-Infinity)), full(negative), x)),
  );

/** −1, 0, 1 also for integers. */
export const signOf = (x: Node): Node =>
  x.dtype === 'float'
    ? sign(x)
    : sub(convert(gt(x, full(0, [], x.dtype)), 'int'), convert(lt(x, full(0, [], x.dtype)), 'int'));

/** |a − b| ≤ atol + rtol·|b|. */
export const isClose = (a: Node, b: Node, rtol: number, atol: number): Node =>
  or(eq(a, b), ge(add(full(atol), scale(abs(b), rtol)), abs(sub(a, b))));
