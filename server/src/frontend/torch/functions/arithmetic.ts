/** Arithmetic, comparison and logic between tensors and numbers, with PyTorch's promotion. */
import type { Node } from '../../../graph/node';
import {
  add,
  and,
  atan2,
  div,
  eq,
  full,
  ge,
  gt,
  isnan,
  le,
  lt,
  max,
  min,
  mul,
  ne,
  not,
  or,
  pow,
  remainder,
  scale,
  select,
  sub,
} from '../../../graph/operations';
import { constant, broadcastShapes, broadcastTo } from '../../../graph/operations';
import type { PyValue } from '../../../python/values';
import {
  clamp,
  copysign,
  floorDivide,
  fmod,
  heaviside,
  hypot,
  isClose,
  lerp,
  logaddexp,
  power,
  trunc,
  xlogy,
} from '../../compositions/elementwise';
import { concreteValue } from '../tensor/concrete';
import { isFloating } from '../tensor/dtype';
import { castTo, toGraphDtype } from '../tensor/promotion';
import type { Call, FunctionRow } from './call';
import { row } from './call';

type Binary = (a: Node, b: Node) => Node;

/** A function of two operands of one type; the result has that type. */
const promoting = (signature: string, apply: Binary): FunctionRow =>
  row(signature, (call) => {
    const { nodes, dtype } = call.promoted('input', 'other');
    return call.tensor(apply(nodes[0] ?? full(0), nodes[1] ?? full(0)), dtype);
  });

const floating = (signature: string, apply: Binary): FunctionRow =>
  row(signature, (call) => {
    const { nodes, dtype } = call.promotedFloats('input', 'other');
    return call.tensor(apply(nodes[0] ?? full(0), nodes[1] ?? full(0)), dtype);
  });

const comparing = (signature: string, apply: Binary): FunctionRow =>
  row(signature, (call) => {
    const { nodes } = call.promoted('input', 'other');
    return call.tensor(apply(nodes[0] ?? full(0), nodes[1] ?? full(0)), 'bool');
  });

/** a + alpha·b or a − alpha·b. */
const additive = (signature: string, apply: Binary): FunctionRow =>
  row(signature, (call) => {
    if (apply === sub && (call.operand('input').dtype === 'bool' || call.operand('other').dtype === 'bool'))
      return call.fail(
        'Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.',
      );
    const { nodes, dtype } = call.promoted('input', 'other');
    const [a = full(0), b = full(0)] = nodes;
    const alpha = call.number('alpha');
    return call.tensor(apply(a, alpha === 1 ? b : mul(b, full(alpha, [], b.dtype))), dtype);
  });

/** Truth values of two operands. */
const logical = (signature: string, apply: Binary): FunctionRow =>
  row(signature, (call) => {
    const [a, b] = ['input', 'other'].map((name) => toGraphDtype(call.operand(name).node, 'bool'));
    return call.tensor(apply(a ?? full(0), b ?? full(0)), 'bool');
  });

/** Bits of integers are only known to constants; on bools the logic of the graph does. */
const bitwise = (signature: string, onBools: Binary, onBits: (a: number, b: number) => number): FunctionRow =>
  row(signature, (call) => {
    const { nodes, dtype } = call.promoted('input', 'other');
    const [a = full(0), b = full(0)] = nodes;
    if (dtype === 'bool') return call.tensor(onBools(a, b), dtype);
    if (isFloating(dtype)) return call.fail(`"${call.name}" not implemented for 'Float'`);
    const shape = broadcastShapes(a.shape, b.shape);
    const [x, y] = [a, b].map((node) => concreteValue(broadcastTo(node, shape), call.interpreter));
    if (x === undefined || y === undefined)
      return call.unsupported('of integers that depend on the data is not followed');
    return call.tensor(
      constant(
        Int32Array.from(x, (bits: number, i: number) => onBits(bits, y[i] ?? 0)),
        shape,
      ),
      dtype,
    );
  });

const xor: Binary = (a, b) => ne(a, b);

function floorDivision(call: Call): PyValue {
  const { nodes, dtype } = call.promoted('input', 'other');
  const [a = full(0), b = full(0)] = nodes;
  // For integers (a − a mod b)/b is exact: the remainder has the divisor's sign.
  return call.tensor(isFloating(dtype) ? floorDivide(a, b) : div(sub(a, remainder(a, b)), b), dtype);
}

function division(call: Call): PyValue {
  const mode = call.has('rounding_mode') ? call.text('rounding_mode') : undefined;
  if (mode === 'floor') return floorDivision(call);
  if (mode === 'trunc') {
    const { nodes, dtype } = call.promoted('input', 'other');
    const [a = full(0), b = full(0)] = nodes;
    return call.tensor(isFloating(dtype) ? trunc(div(a, b)) : div(a, b), dtype);
  }
  const { nodes, dtype } = call.promotedFloats('input', 'other');
  const [a = full(0), b = full(0)] = nodes;
  const divisor = call.value('other');
  // Division by a number as a product where its reciprocal is exact to rounding would change the last bit: keep div.
  return call.tensor(
    typeof divisor === 'number' && Number.isInteger(Math.log2(Math.abs(divisor))) ? scale(a, 1 / divisor) : div(a, b),
    dtype,
  );
}

function exponentiation(call: Call): PyValue {
  const common = call.promoted('input', 'exponent');
  // Bools have no powers: they count as integers.
  const dtype = common.dtype === 'bool' ? 'int64' : common.dtype;
  const [base = full(0), exponent = full(0)] = common.nodes.map((node) => castTo(node, dtype));
  if (isFloating(dtype)) return call.tensor(power(base, exponent), dtype);
  const given = call.value('exponent');
  if (typeof given === 'bigint' && given < 0n) return call.fail('Integers to negative integer powers are not allowed.');
  return call.tensor(pow(base, exponent), dtype);
}

function clamping(call: Call): PyValue {
  const names = ['input', ...['min', 'max'].filter((name) => call.has(name))];
  if (names.length === 1) return call.fail("torch.clamp: At least one of 'min' or 'max' must not be None");
  const { nodes, dtype } = call.promoted(...names);
  const [x = full(0), ...limits] = nodes;
  const low = call.has('min') ? limits.shift() : undefined;
  return call.tensor(clamp(x, low, limits.shift()), dtype);
}

/** a·(b ⋆ c) forms: input + value·(tensor1 ⋆ tensor2). */
const fused = (signature: string, apply: Binary): FunctionRow =>
  row(signature, (call) => {
    const { nodes, dtype } = call.promoted('input', 'tensor1', 'tensor2');
    const [x = full(0), a = full(0), b = full(0)] = nodes;
    const value = call.number('value');
    const term = apply(a, b);
    return call.tensor(add(x, value === 1 ? term : mul(term, full(value, [], term.dtype))), dtype);
  });

function choose(call: Call): PyValue {
  const condition = toGraphDtype(call.node('condition'), 'bool');
  const { nodes, dtype } = call.promoted('input', 'other');
  return call.tensor(select(condition, nodes[0] ?? full(0), nodes[1] ?? full(0)), dtype);
}

function closeness(call: Call): { close: Node } {
  const { nodes } = call.promotedFloats('input', 'other');
  const [a = full(0), b = full(0)] = nodes;
  const close = isClose(a, b, call.number('rtol'), call.number('atol'));
  return { close: call.flag('equal_nan') ? or(close, and(isnan(a), isnan(b))) : close };
}

/** Rows that are functions, methods and in-place methods. */
export const arithmeticRows: readonly FunctionRow[] = [
  additive('add(input, other, *, alpha=1)', add),
  additive('sub(input, other, *, alpha=1)', sub),
  additive('subtract(input, other, *, alpha=1)', sub),
  promoting('mul(input, other)', mul),
  promoting('multiply(input, other)', mul),
  row('div(input, other, *, rounding_mode=None)', division),
  row('divide(input, other, *, rounding_mode=None)', division),
  row('true_divide(input, other, *, rounding_mode=None)', division),
  row('floor_divide(input, other)', floorDivision),
  promoting('remainder(input, other)', remainder),
  promoting('fmod(input, other)', (a, b) => (a.dtype === 'float' ? fmod(a, b) : sub(a, mul(div(a, b), b)))),
  row('pow(input, exponent)', exponentiation),
  row('float_power(input, exponent)', exponentiation),
  row('clamp(input, min=None, max=None)', clamping),
  row('clip(input, min=None, max=None)', clamping),
  row('clamp_min(input, min)', clamping),
  row('clamp_max(input, max)', clamping),
  fused('addcmul(input, tensor1, tensor2, *, value=1)', mul),
  fused('addcdiv(input, tensor1, tensor2, *, value=1)', div),
  row('lerp(input, end, weight)', (call) => {
    const { nodes, dtype } = call.promotedFloats('input', 'end', 'weight');
    const [a = full(0), b = full(0), weight = full(0)] = nodes;
    return call.tensor(lerp(a, b, weight), dtype);
  }),
  floating('atan2(input, other)', atan2),
  floating('arctan2(input, other)', atan2),
  floating('hypot(input, other)', hypot),
  floating('copysign(input, other)', copysign),
  floating('xlogy(input, other)', xlogy),
  comparing('eq(input, other)', eq),
  comparing('ne(input, other)', ne),
  comparing('not_equal(input, other)', ne),
  comparing('lt(input, other)', lt),
  comparing('less(input, other)', lt),
  comparing('le(input, other)', le),
  comparing('less_equal(input, other)', le),
  comparing('gt(input, other)', gt),
  comparing('greater(input, other)', gt),
  comparing('ge(input, other)', ge),
  comparing('greater_equal(input, other)', ge),
  logical('logical_and(input, other)', and),
  logical('logical_or(input, other)', or),
  logical('logical_xor(input, other)', xor),
  bitwise('bitwise_and(input, other)', and, (a, b) => a & b),
  bitwise('bitwise_or(input, other)', or, (a, b) => a | b),
  bitwise('bitwise_xor(input, other)', xor, (a, b) => a ^ b),
  bitwise('bitwise_left_shift(input, other)', or, (a, b) => a << b),
  bitwise('bitwise_right_shift(input, other)', or, (a, b) => a >> b),
];

/** Rows that are functions and methods, but have no in-place form. */
export const outOfPlaceArithmeticRows: readonly FunctionRow[] = [
  row('rsub(input, other, *, alpha=1)', (call) => {
    const { nodes, dtype } = call.promoted('other', 'input');
    const [a = full(0), b = full(0)] = nodes;
    return call.tensor(sub(a, b), dtype);
  }),
  promoting('maximum(input, other)', max),
  promoting('minimum(input, other)', min),
  promoting('fmax(input, other)', (a, b) => select(isnan(a), b, select(isnan(b), a, max(a, b)))),
  promoting('fmin(input, other)', (a, b) => select(isnan(a), b, select(isnan(b), a, min(a, b)))),
  floating('logaddexp(input, other)', logaddexp),
  row('heaviside(input, values)', (call) => {
    const { nodes, dtype } = call.promotedFloats('input', 'values');
    return call.tensor(heaviside(nodes[0] ?? full(0), nodes[1] ?? full(0)), dtype);
  }),
  row('isclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False)', (call) =>
    call.tensor(closeness(call).close, 'bool'),
  ),
  row('allclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False)', (call) => {
    const value = concreteValue(closeness(call).close, call.interpreter);
    return value === undefined
      ? call.stop('allclose needs values that depend on the data')
      : value.every((close) => close !== 0);
  }),
  row('equal(input, other)', (call) => {
    const [a, b] = [call.node('input'), call.node('other')];
    if (a.shape.join() !== b.shape.join()) return false;
    const { nodes } = call.promoted('input', 'other');
    const value = concreteValue(eq(nodes[0] ?? a, nodes[1] ?? b), call.interpreter);
    return value === undefined
      ? call.stop('equal needs values that depend on the data')
      : value.every((same) => same !== 0);
  }),
  row('bitwise_not(input)', (call) => invert(call)),
  row('logical_not(input)', (call) => call.tensor(not(toGraphDtype(call.node('input'), 'bool')), 'bool')),
];

/** ~x: of bools the negation, of integers −x − 1. */
export function invert(call: Call): PyValue {
  const x = call.node('input');
  if (x.dtype === 'float')
    return call.fail('~ (operator.invert) is only implemented on integer and Boolean-type tensors');
  if (x.dtype === 'bool') return call.tensor(not(x), 'bool');
  return call.tensor(sub(full(-1, [], 'int'), x), call.dtype('input'));
}

/** `torch.where` is a function of three; as a method the tensor is the second. */
export const whereRow: FunctionRow = row('where(condition, input, other)', choose);
