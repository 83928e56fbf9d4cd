/** Reading and writing by index. Negative indices count from the end. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import { add, concat, constant, convert, full, iota, lt, mul, reshape, select, take } from '../../../graph/operations';
import { normaliseAxis, sizeAt } from '../../compositions/axes';
import { gather, scatterAddTo, scatterTo } from '../../compositions/scatter';
import type { Operator, OperatorCall } from '../operatorCall';

/** Indices below zero moved up by the size of the axis; constant ones are there already. */
const wrapped = (index: Node, size: number): Node => {
  const whole = convert(index, 'int');
  return select(lt(whole, full(0, [], 'int')), add(whole, full(size, [], 'int')), whole);
};

function taken(call: OperatorCall): Node {
  const x = call.input(0);
  const axis = normaliseAxis(call.int('axis', 0), x.shape.length);
  return take(x, indexInto(call, 1, sizeAt(x.shape, axis)), axis);
}

/** Data seldom count from the end: their indices are taken as they are, so that a lookup stays one. */
function indexInto(call: OperatorCall, operand: number, size: number): Node {
  const index = convert(call.input(operand), 'int');
  const known = call.context.known(index);
  if (known === undefined) return index.primitive === 'input' ? index : wrapped(index, size);
  return constant(
    Int32Array.from(known, (value) => (value < 0 ? value + size : value)),
    index.shape,
  );
}

const alongAxis =
  (apply: (x: Node, axis: number, index: Node, call: OperatorCall) => Node): Operator =>
  (call) => {
    const x = call.input(0);
    const axis = normaliseAxis(call.int('axis', 0), x.shape.length);
    return apply(x, axis, indexInto(call, 1, sizeAt(x.shape, axis)), call);
  };

/** Positions [..., K] of the leading K axes (after the batch axes) as one flat position. */
function flatPosition(index: Node, sizes: readonly number[]): Node {
  const last = index.shape.length - 1;
  const strides = sizes.map((_, i) => elementCount(sizes.slice(i + 1)));
  const parts = sizes.map((size, i) => wrapped(take(index, constant(Int32Array.of(i), []), last), size));
  return parts.reduce<Node>(
    (sum, part, i) => add(sum, mul(part, full(strides[i] ?? 1, [], 'int'))),
    full(0, index.shape.slice(0, -1), 'int'),
  );
}

/** x[index[..., 0], index[..., 1], …]; the first `batch_dims` axes of both belong together. */
function gatherNd(call: OperatorCall): Node {
  const [x, index] = [call.input(0), convert(call.input(1), 'int')];
  const shared = call.int('batch_dims', 0);
  const depth = shared + sizeAt(index.shape, index.shape.length - 1);
  const sizes = x.shape.slice(0, depth);
  const rest = x.shape.slice(depth);
  const own = Array.from({ length: shared }, (_, axis) => iota([...index.shape.slice(0, -1), 1], axis));
  const whole = shared === 0 ? index : concat([...own, index], index.shape.length - 1);
  return take(reshape(x, [elementCount(sizes), ...rest]), flatPosition(whole, sizes), 0);
}

/** Writes rows; where several go to one place, the last stays, or they are added. */
function scatterNd(call: OperatorCall): Node {
  const [x, index, updates] = [call.input(0), convert(call.input(1), 'int'), call.input(2)];
  const depth = sizeAt(index.shape, index.shape.length - 1);
  const [sizes, rest] = [x.shape.slice(0, depth), x.shape.slice(depth)];
  const rows = reshape(x, [elementCount(sizes), elementCount(rest)]);
  const position = reshape(flatPosition(index, sizes), [elementCount(index.shape.slice(0, -1)), 1]);
  const width = sizeAt(rows.shape, 1);
  const everywhere = add(position, full(0, [sizeAt(position.shape, 0), width], 'int'));
  const source = reshape(updates, everywhere.shape);
  const mode = call.text('reduction', 'none');
  if (mode !== 'none' && mode !== 'add') call.fail(`reduction ${mode} is not read`);
  return reshape((mode === 'add' ? scatterAddTo : scatterTo)(rows, 0, everywhere, source), x.shape);
}

const scatterElements = alongAxis((x, axis, index, call) => {
  const mode = call.text('reduction', 'none');
  if (mode !== 'none' && mode !== 'add') call.fail(`reduction ${mode} is not read`);
  return (mode === 'add' ? scatterAddTo : scatterTo)(x, axis, index, call.input(2));
});

export const indexing: Readonly<Record<string, Operator>> = {
  Gather: taken,
  GatherElements: alongAxis(gather),
  GatherND: gatherNd,
  ScatterElements: scatterElements,
  Scatter: scatterElements,
  ScatterND: scatterNd,
};
