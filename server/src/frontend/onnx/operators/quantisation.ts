/** Whole numbers that stand for floating ones, turned into these. */
import type { Node } from '../../../graph/node';
import { broadcastTo, convert, mul, reshape, sub, take, constant } from '../../../graph/operations';
import { normaliseAxis, sizeAt } from '../../compositions/axes';
import type { Operator, OperatorCall } from '../operatorCall';

/** A scale or zero in the shape of x: single, one for each element of an axis, or one for each block along it. */
function spread(call: OperatorCall, values: Node, x: Node): Node {
  if (values.shape.length === 0 || values.shape.every((size) => size === 1)) return reshape(values, []);
  const axis = normaliseAxis(call.int('axis', 1), x.shape.length);
  const size = sizeAt(x.shape, axis);
  if (values.shape.length === 1) {
    const shape = x.shape.map((_, i) => (i === axis ? sizeAt(values.shape, 0) : 1));
    return broadcastTo(reshape(values, shape), x.shape);
  }
  const block = call.int('block_size', 0);
  if (block < 1) call.fail(`scales of shape [${values.shape.join(', ')}] without a block size`);
  return take(
    values,
    constant(
      Int32Array.from({ length: size }, (_, i) => Math.floor(i / block)),
      [size],
    ),
    axis,
  );
}

/** (x − zero)·scale; x has no derivative, the scale has. */
const dequantised: Operator = (call) => {
  const x = call.input(0);
  const zero = call.optional(2);
  const whole = convert(x, 'float');
  const moved = zero === undefined ? whole : sub(whole, spread(call, convert(zero, 'float'), x));
  return mul(moved, spread(call, call.input(1), x));
};

export const quantisation: Readonly<Record<string, Operator>> = { DequantizeLinear: dequantised };
