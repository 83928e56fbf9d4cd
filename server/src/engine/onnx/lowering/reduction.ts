/** Reductions, cumulative sums and sorting. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import type { PrimitiveParameters, Shape } from '../../../graph/primitives';
import type { OnnxModelBuilder } from '../onnxModel';
import { elementType } from '../stagedModel';
import { Terms } from './elementwise';
import type { Lowering } from './lowering';
import { operandAt, plainValue } from './lowering';
import type { LoweringContext, Value } from './value';
import { reshaped, split } from './value';

const keepNot = { keepdims: { int: 0 } } as const;

const sum = (model: OnnxModelBuilder, x: string, axes: readonly number[]): string =>
  axes.length === 0 ? x : model.operator('ReduceSum', [x, model.vector(axes)], keepNot);

/** Positions of a blocked value first, which the runtime sums fast, then the small rest [...lead, C]. */
function sumOfBlocked({ model, block }: LoweringContext, x: Value, axes: readonly number[], result: Shape): string {
  const { lead, outer, channels, spatial } = split(x.shape);
  const rows = reshaped(model, x.blocked, [(outer * channels) / block, elementCount(spatial), block]);
  const perImage = reshaped(model, sum(model, rows, [1]), [...lead, channels]);
  const rest = axes.filter((axis) => axis < x.shape.length - 2);
  return reshaped(model, sum(model, perImage, rest), result);
}

const reduceSum: Lowering<'reduceSum'> = (node, operands, context) => {
  const x = operandAt(operands, 0);
  const { axes } = node.parameters;
  const rank = x.shape.length;
  const isOverPositions = axes.includes(rank - 1) && axes.includes(rank - 2);
  if (x.isBlocked && !x.isRepeated && isOverPositions)
    return plainValue(context, node, sumOfBlocked(context, x, axes, node.shape));
  return plainValue(context, node, sum(context.model, x.full, axes));
};

/** Whether any element along `axis` is NaN; the axis disappears. */
function anyNaN(model: OnnxModelBuilder, x: string, axis: number): string {
  const t = new Terms(model);
  const flags = t.cast(model.operator('IsNaN', [x]), elementType.float);
  return t.less(t.number(0), model.operator('ReduceMax', [flags, model.vector([axis])], keepNot));
}

const reduceMax: Lowering<'reduceMax'> = (node, operands, context) => {
  const { model } = context;
  const { full, dtype } = operandAt(operands, 0);
  const { axis } = node.parameters;
  const largest = model.operator('ReduceMax', [full, model.vector([axis])], keepNot);
  if (dtype !== 'float') return plainValue(context, node, largest);
  const t = new Terms(model);
  return plainValue(context, node, t.where(anyNaN(model, full, axis), t.number(NaN), largest));
};

/** int32 index of the first largest element along `axis`; the first NaN counts as the largest. */
export function firstLargest(model: OnnxModelBuilder, x: string, dtype: Value['dtype'], axis: number): string {
  const t = new Terms(model);
  const attributes = { axis: { int: axis }, ...keepNot, select_last_index: { int: 0 } };
  const number = dtype === 'bool' ? t.cast(x, elementType.int32) : x;
  const index = model.operator('ArgMax', [number], attributes);
  if (dtype !== 'float') return t.cast(index, elementType.int32);
  const flags = t.cast(model.operator('IsNaN', [x]), elementType.float);
  const chosen = t.where(anyNaN(model, x, axis), model.operator('ArgMax', [flags], attributes), index);
  return t.cast(chosen, elementType.int32);
}

const argmax: Lowering<'argmax'> = (node, operands, context) => {
  const { full, dtype } = operandAt(operands, 0);
  return plainValue(context, node, firstLargest(context.model, full, dtype, node.parameters.axis));
};

/** The lowest value, which no window's maximum comes from unless all of it is padding. */
const lowest = -Infinity;

/** Padded with −∞ outside. */
function paddedImage(
  model: OnnxModelBuilder,
  x: string,
  padding: PrimitiveParameters['windowArgmax']['padding'],
): string {
  const ends = [0, 0, ...padding.map(([low]) => low), 0, 0, ...padding.map(([, high]) => high)];
  if (ends.every((n) => n === 0)) return x;
  return model.operator('Pad', [x, model.vector(ends), model.numbers('float', [], [lowest])], {
    mode: { string: 'constant' },
  });
}

/** Offsets of a window's elements, in row-major order. */
export function windowOffsets(window: Shape): number[][] {
  return window.reduce<number[][]>(
    (offsets, size) => offsets.flatMap((offset) => Array.from({ length: size }, (_, i) => [...offset, i])),
    [[]],
  );
}

/** For each window the index of its first element that is not padding. */
function firstInside(node: Node<'windowArgmax'>, spatial: Shape, offsets: readonly number[][]): Int32Array {
  const { strides, padding, dilation } = node.parameters;
  const isInside = (place: readonly number[], offset: readonly number[]): boolean =>
    spatial.every((size, axis) => {
      const start = (place[axis] ?? 0) * (strides[axis] ?? 1) - (padding[axis]?.[0] ?? 0);
      const at = start + (offset[axis] ?? 0) * (dilation[axis] ?? 1);
      return at >= 0 && at < size;
    });
  const places = windowOffsets(node.shape.slice(2));
  return Int32Array.from(places, (place) =>
    Math.max(
      0,
      offsets.findIndex((offset) => isInside(place, offset)),
    ),
  );
}

/** Where a window holds nothing above −∞, its first element inside the image, which the padding may precede. */
function avoidingPadding(
  model: OnnxModelBuilder,
  stacked: string,
  chosen: string,
  inside: Int32Array,
  positions: Shape,
): string {
  const t = new Terms(model);
  const largest = model.operator('ReduceMax', [stacked, model.vector([0])], keepNot);
  return t.where(t.equal(largest, t.number(lowest)), model.initializer('int32', positions, inside), chosen);
}

/**
 * Every window's elements are stacked along a new axis and the first largest is chosen; its place in the image is the
 * place of the window plus an offset from a table.
 */
const windowArgmax: Lowering<'windowArgmax'> = (node, operands, context) => {
  const { model } = context;
  const { full, shape } = operandAt(operands, 0);
  const { window, strides, padding, dilation } = node.parameters;
  const spatial = shape.slice(2);
  const positions = node.shape.slice(2);
  const padded = paddedImage(model, full, padding);
  const axes = model.vector(spatial.map((_, axis) => axis + 2));
  const offsets = windowOffsets(window);
  const pieces = offsets.map((offset) => {
    const start = offset.map((n, axis) => n * (dilation[axis] ?? 1));
    const end = start.map((from, axis) => from + ((positions[axis] ?? 1) - 1) * (strides[axis] ?? 1) + 1);
    const piece = model.operator('Slice', [
      padded,
      model.vector(start),
      model.vector(end),
      axes,
      model.vector(strides),
    ]);
    return reshaped(model, piece, [1, ...node.shape]);
  });
  const stacked = pieces.length === 1 ? (pieces[0] ?? '') : model.operator('Concat', pieces, { axis: { int: 0 } });
  const largest = firstLargest(model, stacked, 'float', 0);
  const isPadded = padding.some(([low, high]) => low > 0 || high > 0);
  const chosen = isPadded
    ? avoidingPadding(model, stacked, largest, firstInside(node, spatial, offsets), positions)
    : largest;
  const flat = (place: readonly number[]): number => place.reduce((sum, n, axis) => sum * (spatial[axis] ?? 1) + n, 0);
  const offsetTable = offsets.map((offset) => flat(offset.map((n, axis) => n * (dilation[axis] ?? 1))));
  const corners = windowOffsets(positions).map((place) =>
    flat(place.map((n, axis) => n * (strides[axis] ?? 1) - (padding[axis]?.[0] ?? 0))),
  );
  const moved = model.operator('Gather', [
    model.initializer('int32', [offsetTable.length], Int32Array.from(offsetTable)),
    chosen,
  ]);
  const places = model.operator('Add', [moved, model.initializer('int32', positions, Int32Array.from(corners))]);
  return plainValue(context, node, places);
};

const cumsum: Lowering<'cumsum'> = (node, operands, context) => {
  const { axis, reverse } = node.parameters;
  const { model } = context;
  const attributes = { reverse: { int: Number(reverse) }, exclusive: { int: 0 } };
  const sums = model.operator('CumSum', [operandAt(operands, 0).full, model.numbers('int64', [], [axis])], attributes);
  return plainValue(context, node, sums);
};

/** Permutation (int64) that sorts numbers along `axis`; equal ones keep their order. */
function stableOrder(model: OnnxModelBuilder, x: string, axis: number, length: number, descending: boolean): string {
  const attributes = { axis: { int: axis }, largest: { int: Number(descending) }, sorted: { int: 1 } };
  return `${model.operator('TopK', [x, model.vector([length])], attributes, { outputs: 2 })}:1`;
}

/** Sorted without regard to NaN first; a second stable sort by "is NaN" moves those to the end. */
const argsort: Lowering<'argsort'> = (node: Node<'argsort'>, operands: readonly Value[], context: LoweringContext) => {
  const { axis, descending } = node.parameters;
  const { model } = context;
  const { full: x, dtype, shape } = operandAt(operands, 0);
  const t = new Terms(model);
  const length = shape[axis] ?? 1;
  if (dtype !== 'float') {
    const number = dtype === 'bool' ? t.cast(x, elementType.int32) : x;
    return plainValue(context, node, t.cast(stableOrder(model, number, axis, length, descending), elementType.int32));
  }
  const isNaN = model.operator('IsNaN', [x]);
  const comparable = t.where(isNaN, t.number(0), x);
  const order = stableOrder(model, comparable, axis, length, descending);
  const flags = model.operator('GatherElements', [t.cast(isNaN, elementType.int32), order], { axis: { int: axis } });
  const last = stableOrder(model, flags, axis, length, false);
  const sorted = model.operator('GatherElements', [order, last], { axis: { int: axis } });
  return plainValue(context, node, t.cast(sorted, elementType.int32));
};

/** Elements of a value that has no element along a reduced axis: −∞ for a maximum, 0 otherwise. */
export const emptyReduction = (node: Node): number =>
  node.primitive === 'reduceMax' && node.dtype === 'float' && elementCount(node.shape) > 0 ? -Infinity : 0;

export const reductionLowerings = { reduceSum, reduceMax, argmax, windowArgmax, cumsum, argsort };
