/** Arithmetic, comparisons and functions of single elements. */
import { typeNameOf } from '../../../checkpoint/onnx/schema';
import * as operations from '../../../graph/operations';
import type { Node } from '../../../graph/node';
import { broadcastShapes, broadcastTo, convert, full, neg, select } from '../../../graph/operations';
import { clamp, fmod, isInfinite, power, reciprocal, signOf, trunc } from '../../compositions/elementwise';
import { binary, unary, type Operator, type OperatorCall } from '../operatorCall';

/** Any number of operands, joined from the left. */
const variadic =
  (apply: (a: Node, b: Node) => Node): Operator =>
  (call) =>
    call.inputs().reduce(apply);

/** In floating numbers, and back to whole ones where both are: exact, since these are small. */
const throughFloats =
  (apply: (a: Node, b: Node) => Node) =>
  (a: Node, b: Node): Node =>
    a.dtype === 'float'
      ? apply(a, convert(b, 'float'))
      : convert(trunc(apply(convert(a, 'float'), convert(b, 'float'))), 'int');

/** One exponent for all elements, as most are, keeps small powers products. */
function raise(x: Node, exponent: Node): Node {
  const single = exponent.shape.length <= x.shape.length && exponent.shape.every((size) => size === 1);
  return power(x, single ? operations.reshape(exponent, []) : exponent);
}

const asNumber = (x: Node): Node => (x.dtype === 'bool' ? convert(x, 'int') : x);

const equal = (a: Node, b: Node): Node => operations.eq(asNumber(a), asNumber(b));

const modulus: Operator = (call) =>
  throughFloats(call.int('fmod', 0) === 1 ? fmod : operations.remainder)(call.input(0), call.input(1));

function mean(call: OperatorCall): Node {
  const sum = call.inputs().reduce(operations.add);
  return operations.scale(sum, 1 / call.count);
}

/** Bounds are attributes before operator set 11. */
function clip(call: OperatorCall): Node {
  const bound = (name: 'min' | 'max', index: number): Node | undefined =>
    call.has(name) ? full(call.float(name, 0)) : call.optional(index);
  return clamp(call.input(0), bound('min', 1), bound('max', 2));
}

/** Of both signs, unless an attribute leaves one out. */
function infinite(x: Node, call: OperatorCall): Node {
  const [negative, positive] = [call.int('detect_negative', 1) === 1, call.int('detect_positive', 1) === 1];
  if (negative && positive) return isInfinite(x);
  if (!negative && !positive) return full(0, x.shape, 'bool');
  return operations.eq(x, full(positive ? Infinity : -Infinity));
}

/** TensorProto.DataType → ours. */
const dtypes: Readonly<Record<number, Node['dtype']>> = {
  1: 'float',
  2: 'int',
  3: 'int',
  4: 'int',
  5: 'int',
  6: 'int',
  7: 'int',
  9: 'bool',
  10: 'float',
  11: 'float',
  12: 'int',
  13: 'int',
  16: 'float',
};

/** Half precision is not rounded to: the derivatives are those of the function that rounding stands for. */
function cast(call: OperatorCall): Node {
  const type = call.int('to', 1);
  return castTo(
    call.input(0),
    dtypes[type] ?? call.fail(`numbers of ${typeNameOf(type)} are rounded to, which has no derivative`),
  );
}

const castTo = (x: Node, dtype: Node['dtype']): Node =>
  convert(dtype === 'int' && x.dtype === 'float' ? trunc(x) : x, dtype);

const where: Operator = (call) => select(call.input(0), call.input(1), call.input(2));

function expand(call: OperatorCall): Node {
  const x = call.input(0);
  const target = call.numbers(1);
  try {
    return broadcastTo(x, broadcastShapes(x.shape, target));
  } catch (error) {
    const followed = call.rebatched(target);
    if (followed.join() === target.join()) throw error;
    return broadcastTo(x, broadcastShapes(x.shape, followed));
  }
}

export const elementwise: Readonly<Record<string, Operator>> = {
  Abs: unary(operations.abs),
  Acos: unary(operations.acos),
  Acosh: unary(operations.acosh),
  Asin: unary(operations.asin),
  Asinh: unary(operations.asinh),
  Atan: unary(operations.atan),
  Atanh: unary(operations.atanh),
  Ceil: unary(operations.ceil),
  Cos: unary(operations.cos),
  Cosh: unary(operations.cosh),
  Erf: unary(operations.erf),
  Exp: unary(operations.exp),
  Floor: unary(operations.floor),
  IsInf: unary(infinite),
  IsNaN: unary(operations.isnan),
  Log: unary(operations.log),
  Neg: unary(neg),
  Not: unary(operations.not),
  Reciprocal: unary(reciprocal),
  Round: unary(operations.round),
  Sign: unary(signOf),
  Sin: unary(operations.sin),
  Sinh: unary(operations.sinh),
  Sqrt: unary(operations.sqrt),
  Tan: unary(operations.tan),
  Tanh: unary(operations.tanh),
  Add: binary(operations.add),
  And: binary(operations.and),
  Div: binary(throughFloats(operations.div)),
  Equal: binary(equal),
  Greater: binary(operations.gt),
  GreaterOrEqual: binary(operations.ge),
  Less: binary(operations.lt),
  LessOrEqual: binary(operations.le),
  Mul: binary(operations.mul),
  Or: binary(operations.or),
  Pow: binary(throughFloats(raise)),
  Sub: binary(operations.sub),
  Xor: binary((a, b) => operations.not(equal(a, b))),
  Max: variadic(operations.max),
  Mean: mean,
  Min: variadic(operations.min),
  Sum: variadic(operations.add),
  Mod: modulus,
  Clip: clip,
  Cast: cast,
  CastLike: binary((x, like) => castTo(x, like.dtype)),
  Where: where,
  Expand: expand,
};
