/** Leaves and changes of shape. Repetition is only noted; whoever needs the elements asks for them. */
import type { Node } from '../../../graph/node';
import { elementCount, operand } from '../../../graph/node';
import type { PrimitiveParameters, Shape } from '../../../graph/primitives';
import type { OnnxModelBuilder } from '../onnxModel';
import type { Lowering } from './lowering';
import { operandAt, partialValue, plainValue } from './lowering';
import type { LoweringContext, Value } from './value';
import { blockedShape, canBlock, onnxTypes, reshaped, split } from './value';

const input: Lowering<'input'> = (node) => {
  throw new RangeError(`the input '${node.parameters.name}' is not among the inputs of its graph`);
};

const constant: Lowering<'constant'> = (node, _, context) => {
  const { data } = node.parameters;
  const typed = data instanceof Float64Array ? new Float32Array(data) : data;
  return plainValue(context, node, context.model.initializer(onnxTypes[node.dtype], node.shape, typed));
};

const iota: Lowering<'iota'> = (node, _, context) => {
  const { axis } = node.parameters;
  const present = node.shape.map((size, i) => (i === axis ? size : 1));
  const counts = Int32Array.from({ length: node.shape[axis] ?? 0 }, (__, i) => i);
  return partialValue(context, node, present, { plain: context.model.initializer('int32', present, counts) });
};

const equalShapes = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, axis) => size === b[axis]);

/**
 * Stored sizes after a reshape, when every group of axes that turns into another is wholly stored or wholly to be
 * repeated; undefined when the value has to be completed first.
 */
export function reshapedPresent(from: Shape, present: Shape, to: Shape): number[] | undefined {
  const result: number[] = [];
  let [i, j] = [0, 0];
  while (i < from.length || j < to.length) {
    let [left, right] = [from[i] ?? 1, to[j] ?? 1];
    const [firstFrom, firstTo] = [i++, j++];
    while (left !== right) {
      if (left < right) left *= from[i++] ?? 1;
      else right *= to[j++] ?? 1;
      if (i > from.length || j > to.length) return undefined;
    }
    const proper = [...from.slice(firstFrom, i).keys()].map((k) => k + firstFrom).filter((axis) => from[axis] !== 1);
    const stored = proper.filter((axis) => present[axis] === from[axis]).length;
    if (stored !== 0 && stored !== proper.length) return undefined;
    const isStored = stored > 0 || proper.length === 0;
    for (let axis = firstTo; axis < Math.min(j, to.length); axis++) result.push(isStored ? (to[axis] ?? 1) : 1);
  }
  return result;
}

/** Whether a blocked value may be read as one of shape `to`: same rows of pixels, whole blocks of channels. */
function keepsBlocks(from: Shape, to: Shape, block: number): boolean {
  return canBlock(from, block) && canBlock(to, block) && equalShapes(split(from).spatial, split(to).spatial);
}

const reshape: Lowering<'reshape'> = (node, operands, context) => {
  const x = operandAt(operands, 0);
  const { model, block } = context;
  const present = x.isRepeated ? reshapedPresent(x.shape, x.present, node.shape) : node.shape;
  if (present === undefined) return plainValue(context, node, reshaped(model, x.full, node.shape));
  if (x.isBlocked && !x.isRepeated && keepsBlocks(x.shape, node.shape, block)) {
    const { fusible } = x;
    if (fusible !== undefined && context.readers.get(operand(node, 0)) === 1)
      return partialValue(context, node, present, {
        fusible: (following) => reshaped(model, fusible(following), blockedShape(node.shape, block)),
        // The channels of a bias after the reshape need not be those before it.
        hasBias: true,
      });
    return partialValue(context, node, present, {
      blocked: reshaped(model, x.blocked, blockedShape(node.shape, block)),
    });
  }
  return partialValue(context, node, present, { plain: reshaped(model, x.plain, present) });
};

const transpose: Lowering<'transpose'> = (node, operands, context) => {
  const x = operandAt(operands, 0);
  const { permutation } = node.parameters;
  const plain = context.model.operator('Transpose', [x.plain], { perm: { ints: permutation } });
  return partialValue(
    context,
    node,
    permutation.map((axis) => x.present[axis] ?? 1),
    { plain },
  );
};

const broadcast: Lowering<'broadcast'> = (node, operands, context) => {
  const x = operandAt(operands, 0);
  const { model, block } = context;
  const { shape, axes } = node.parameters;
  const present: number[] = shape.map(() => 1);
  axes.forEach((axis, i) => (present[axis] = x.present[i] ?? 1));
  const [rank, from] = [shape.length, x.shape.length];
  const keepsImage = [1, 2, 3].every((k) => axes[from - k] === rank - k && x.present[from - k] === shape[rank - k]);
  if (x.isBlocked && keepsImage && canBlock(shape, block))
    return partialValue(context, node, present, { blocked: reshaped(model, x.blocked, blockedShape(present, block)) });
  return partialValue(context, node, present, { plain: reshaped(model, x.plain, present) });
};

/** ONNX's Slice along the axes where something is cut. Strides may be negative. */
function sliced(
  model: OnnxModelBuilder,
  name: string,
  start: readonly number[],
  end: readonly number[],
  axes: readonly number[],
  strides: readonly number[],
): string {
  if (axes.length === 0) return name;
  return model.operator('Slice', [
    name,
    model.vector(start),
    model.vector(end),
    model.vector(axes),
    model.vector(strides),
  ]);
}

const slice: Lowering<'slice'> = (node, operands, context) => {
  const x = operandAt(operands, 0);
  const { start, limit, strides } = node.parameters;
  const present = node.shape.map((size, axis) => (x.present[axis] === x.shape[axis] ? size : 1));
  const cut = [...node.shape.keys()].filter(
    (axis) => x.present[axis] === x.shape[axis] && (x.shape[axis] !== node.shape[axis] || strides[axis] !== 1),
  );
  const pick = (list: readonly number[]): number[] => cut.map((axis) => list[axis] ?? 0);
  const channel = node.shape.length - 3;
  if (x.isBlocked && !x.isRepeated && !cut.includes(channel) && canBlock(node.shape, context.block)) {
    const blocked = sliced(context.model, x.blocked, pick(start), pick(limit), cut, pick(strides));
    return partialValue(context, node, present, { blocked });
  }
  const plain = sliced(context.model, x.plain, pick(start), pick(limit), cut, pick(strides));
  return partialValue(context, node, present, { plain });
};

/** Zeros (or false) outside: negative amounts crop. Booleans are padded as bytes of themselves. */
function zeroPadded(
  model: OnnxModelBuilder,
  name: string,
  dtype: Value['dtype'],
  low: readonly number[],
  high: readonly number[],
): string {
  if ([...low, ...high].every((n) => n === 0)) return name;
  const zero = model.numbers(onnxTypes[dtype], [], [0]);
  return model.operator('Pad', [name, model.vector([...low, ...high]), zero], { mode: { string: 'constant' } });
}

/** x with `interior` zeros after every element along each axis, also after the last. */
function spread(
  model: OnnxModelBuilder,
  name: string,
  dtype: Value['dtype'],
  shape: Shape,
  interior: readonly number[],
): string {
  const columns = shape.flatMap((size) => [size, 1]);
  const gaps = interior.flatMap((gap) => [0, gap]);
  const padded = zeroPadded(
    model,
    reshaped(model, name, columns),
    dtype,
    columns.map(() => 0),
    gaps,
  );
  return reshaped(
    model,
    padded,
    shape.map((size, axis) => size * (1 + (interior[axis] ?? 0))),
  );
}

/** `pad` of a row-major value. */
export function padded(
  model: OnnxModelBuilder,
  name: string,
  dtype: Value['dtype'],
  shape: Shape,
  { low, high, interior }: PrimitiveParameters['pad'],
): string {
  if (interior.every((gap) => gap === 0)) return zeroPadded(model, name, dtype, low, high);
  const ends = high.map((n, axis) => n - (shape[axis] === 0 ? 0 : (interior[axis] ?? 0)));
  return zeroPadded(model, spread(model, name, dtype, shape, interior), dtype, low, ends);
}

const pad: Lowering<'pad'> = (node, operands, context) => {
  const x = operandAt(operands, 0);
  const { low, high, interior } = node.parameters;
  const channel = node.shape.length - 3;
  const isWithinBlocks =
    interior.every((gap) => gap === 0) &&
    (low[channel] ?? 0) % context.block === 0 &&
    (high[channel] ?? 0) % context.block === 0;
  if (x.isBlocked && !x.isRepeated && isWithinBlocks && canBlock(node.shape, context.block)) {
    const toBlocks = (list: readonly number[]): number[] => [
      ...list.map((n, axis) => (axis === channel ? n / context.block : n)),
      0,
    ];
    return partialValue(context, node, node.shape, {
      blocked: zeroPadded(context.model, x.blocked, x.dtype, toBlocks(low), toBlocks(high)),
    });
  }
  return plainValue(context, node, padded(context.model, x.full, x.dtype, x.shape, node.parameters));
};

const concat: Lowering<'concat'> = (node, operands, context) => {
  const { axis } = node.parameters;
  const { model, block } = context;
  const parts = operands.filter((part) => (part.shape[axis] ?? 0) > 0);
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return partialValue(context, node, only.present, { plain: only.plain });
  const isBlocked =
    parts.every((part) => canBlock(part.shape, block) && !part.isRepeated) && parts.some((part) => part.isBlocked);
  const names = parts.map((part) => (isBlocked ? part.blocked : part.full));
  const joined = model.operator('Concat', names, { axis: { int: axis } });
  return partialValue(context, node, node.shape, isBlocked ? { blocked: joined } : { plain: joined });
};

/** Index of the element before the first, as the end of a backward slice. */
const beforeFirst = -(2 ** 31);

/** A row-major value with the order of elements along `axes` turned round. */
export const reversed = (model: OnnxModelBuilder, name: string, axes: readonly number[]): string =>
  sliced(
    model,
    name,
    axes.map(() => -1),
    axes.map(() => beforeFirst),
    axes,
    axes.map(() => -1),
  );

const reverse: Lowering<'reverse'> = (node, operands, context) => {
  const x = operandAt(operands, 0);
  const axes = node.parameters.axes.filter((axis) => x.present[axis] !== 1);
  return partialValue(context, node, x.present, { plain: reversed(context.model, x.plain, axes) });
};

/** Whether the value holds no element, so that it needs no operator at all. */
export const isEmpty = (node: Node): boolean => elementCount(node.shape) === 0;

/** A value that is `value` everywhere. */
export const uniform = (context: LoweringContext, node: Node, value: number): Value => {
  const present = node.shape.map((size) => Math.min(size, 1));
  const count = elementCount(present);
  const plain = context.model.numbers(onnxTypes[node.dtype], present, count === 0 ? [] : [value]);
  return partialValue(context, node, present, { plain });
};

export const structureLowerings = { input, constant, iota, reshape, transpose, broadcast, slice, pad, concat, reverse };
