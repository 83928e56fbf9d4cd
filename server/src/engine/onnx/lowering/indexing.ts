/**
 * Reading and writing at computed places. The runtime refuses an index outside its axis, so where structure does not
 * tell that an index is inside, it is replaced by a harmless one and the result is corrected.
 */
import { isWithin } from '../../../autodiff/rules/indexRange';
import { elementCount, operand } from '../../../graph/node';
import type { Node } from '../../../graph/node';
import type { Shape } from '../../../graph/primitives';
import { Terms } from './elementwise';
import type { Lowering } from './lowering';
import { operandAt, plainValue } from './lowering';
import type { LoweringContext, Value } from './value';
import { onnxTypes, reshaped } from './value';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** bool: whether each index lies in [0, size). */
function inside({ model }: LoweringContext, index: string, size: number): string {
  const t = new Terms(model, 'int32');
  return t.and(model.operator('LessOrEqual', [t.number(0), index]), t.less(index, t.number(size)));
}

/** What an index out of range reads. */
const missing = (context: LoweringContext, node: Node): string =>
  context.model.numbers(onnxTypes[node.dtype], [], [node.dtype === 'float' ? NaN : 0]);

/** Where for all element types, with `predicate` shaped to broadcast. */
function choose(context: LoweringContext, node: Node, predicate: string, value: string): string {
  const { model } = context;
  if (node.dtype === 'bool') return model.operator('And', [predicate, value]);
  return model.operator('Where', [predicate, value, missing(context, node)]);
}

/** Reads through `read`, which gets an index that is inside; `mask` is the shape in which the check meets the result. */
function guardedRead(
  context: LoweringContext,
  node: Node,
  index: Value,
  size: number,
  mask: Shape,
  read: (index: string) => string,
): string {
  if (isWithin(operand(node, 1), size)) return read(index.full);
  const { model } = context;
  const t = new Terms(model, 'int32');
  const valid = inside(context, index.full, size);
  const value = read(t.where(valid, index.full, t.number(0)));
  return choose(context, node, reshaped(model, valid, mask), value);
}

const take: Lowering<'take'> = (node, operands, context) => {
  const [x, index] = [operandAt(operands, 0), operandAt(operands, 1)];
  const { axis } = node.parameters;
  const mask = [...index.shape, ...x.shape.slice(axis + 1).map(() => 1)];
  const result = guardedRead(context, node, index, x.shape[axis] ?? 0, mask, (places) =>
    context.model.operator('Gather', [x.full, places], { axis: { int: axis } }),
  );
  return plainValue(context, node, result);
};

const takeAlong: Lowering<'takeAlong'> = (node, operands, context) => {
  const [x, index] = [operandAt(operands, 0), operandAt(operands, 1)];
  const { axis } = node.parameters;
  const result = guardedRead(context, node, index, x.shape[axis] ?? 0, index.shape, (places) =>
    context.model.operator('GatherElements', [x.full, places], { axis: { int: axis } }),
  );
  return plainValue(context, node, result);
};

/** Zeros of `shape`. */
const zeros = ({ model }: LoweringContext, node: Node, shape: Shape): string =>
  model.operator('Expand', [model.numbers(onnxTypes[node.dtype], [], [0]), model.vector(shape)]);

/** Writes through `write`, which gets one more place than `size` along the axis for what is to be dropped. */
function guardedWrite(
  context: LoweringContext,
  node: Node,
  index: Value,
  { axis, size }: { axis: number; size: number },
  write: (index: string, size: number) => string,
): string {
  if (isWithin(operand(node, 1), size)) return write(index.full, size);
  const { model } = context;
  const t = new Terms(model, 'int32');
  const places = t.where(inside(context, index.full, size), index.full, t.number(size));
  const bounds = [[0], [size], [axis], [1]].map((bound) => model.vector(bound));
  return model.operator('Slice', [write(places, size + 1), ...bounds]);
}

/** Sums rows into a table: [I, post] into [size, post], with the indexed axis outermost. */
const scatterAdd: Lowering<'scatterAdd'> = (node, operands, context) => {
  const { model } = context;
  const [updates, index] = [operandAt(operands, 0), operandAt(operands, 1)];
  const { axis, size } = node.parameters;
  const rank = index.shape.length;
  const before = range(axis);
  const after = range(updates.shape.length).slice(axis + rank);
  const indexAxes = range(rank).map((i) => i + axis);
  const outer =
    axis === 0
      ? updates.full
      : model.operator('Transpose', [updates.full], { perm: { ints: [...indexAxes, ...before, ...after] } });
  const rest = [...before, ...after].map((i) => updates.shape[i] ?? 1);
  const count = elementCount(index.shape);
  const rows = reshaped(model, outer, [count, ...rest]);
  const table = guardedWrite(context, node, index, { axis: 0, size }, (places, length) =>
    model.operator(
      'ScatterND',
      [
        zeros(context, node, [length, ...rest]),
        model.operator('Cast', [reshaped(model, places, [count, 1])], { to: { int: 7 } }),
        rows,
      ],
      { reduction: { string: 'add' } },
    ),
  );
  const back = [...before.map((i) => i + 1), 0, ...range(after.length).map((i) => axis + 1 + i)];
  return plainValue(context, node, axis === 0 ? table : model.operator('Transpose', [table], { perm: { ints: back } }));
};

const scatterAddAlong: Lowering<'scatterAddAlong'> = (node, operands, context) => {
  const [updates, index] = [operandAt(operands, 0), operandAt(operands, 1)];
  const { axis } = node.parameters;
  const result = guardedWrite(context, node, index, node.parameters, (places, length) =>
    context.model.operator(
      'ScatterElements',
      [
        zeros(
          context,
          node,
          node.shape.map((n, i) => (i === axis ? length : n)),
        ),
        places,
        updates.full,
      ],
      { axis: { int: axis }, reduction: { string: 'add' } },
    ),
  );
  return plainValue(context, node, result);
};

export const indexingLowerings = { take, scatterAdd, takeAlong, scatterAddAlong };
