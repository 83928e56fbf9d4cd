/** Operators whose result has a size, or bits, that only values tell: read where those follow from the graph. Bits alone, without a width. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import { broadcastShapes, broadcastTo, constant, reshape, take } from '../../../graph/operations';
import { normaliseAxis } from '../../compositions/axes';
import { wholeNumbers } from '../initializers';
import type { Operator, OperatorCall } from '../operatorCall';

const whole = (values: readonly number[], shape: readonly number[] = [values.length]): Node =>
  constant(wholeNumbers(values), shape);

/** Numbers of an operand, spread to `shape`. */
function spread(call: OperatorCall, index: number, shape: readonly number[]): number[] {
  const known = call.context.known(broadcastTo(call.input(index), shape));
  return known === undefined ? call.numbers(index) : Array.from(known);
}

const bitwise =
  (apply: (a: number, b: number) => number): Operator =>
  (call) => {
    const shape = broadcastShapes(call.input(0).shape, call.input(1).shape);
    const [a, b] = [spread(call, 0, shape), spread(call, 1, shape)];
    return whole(
      a.map((value, i) => apply(value, b[i] ?? 0)),
      shape,
    );
  };

/** Positions of what is not zero: [rank, count]. */
function nonZero(call: OperatorCall): Node {
  const { shape } = call.input(0);
  const flat = call.numbers(0).flatMap((value, i) => (value === 0 ? [] : [i]));
  const along = shape.map((size, axis) => {
    const inner = elementCount(shape.slice(axis + 1));
    return flat.map((position) => Math.floor(position / inner) % size);
  });
  return whole(along.flat(), [shape.length, flat.length]);
}

/** Elements, or slices along an axis, where the condition holds. */
function compressed(call: OperatorCall): Node {
  const x = call.input(0);
  const kept = call.numbers(1).flatMap((value, i) => (value === 0 ? [] : [i]));
  if (!call.has('axis')) return take(reshape(x, [elementCount(x.shape)]), whole(kept), 0);
  return take(x, whole(kept), normaliseAxis(call.int('axis', 0), x.shape.length));
}

/** Elements of a matrix that is written out. */
const LARGEST_MATRIX = 1 << 22;

/** Ones on a diagonal. */
function eye(call: OperatorCall): Node {
  const { shape, dtype } = call.input(0);
  const [rows = 0, columns = 0] = shape;
  const offset = call.int('k', 0);
  if (rows * columns > LARGEST_MATRIX) call.fail(`a matrix [${rows}, ${columns}] is too large`);
  const values = Array.from({ length: rows * columns }, (_, i) =>
    Number((i % columns) - Math.floor(i / columns) === offset),
  );
  const type = call.has('dtype') ? call.int('dtype', 1) : dtype === 'float' ? 1 : 7;
  return [1, 10, 11, 16].includes(type) ? constant(Float64Array.from(values), shape) : whole(values, shape);
}

export const knownValues: Readonly<Record<string, Operator>> = {
  BitwiseAnd: bitwise((a, b) => a & b),
  BitwiseOr: bitwise((a, b) => a | b),
  BitwiseXor: bitwise((a, b) => a ^ b),
  NonZero: nonZero,
  Compress: compressed,
  EyeLike: eye,
};
