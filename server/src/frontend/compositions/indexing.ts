/**
 * Reading and writing x[...] with Python's slices and PyTorch's advanced indices.
 * Integers and slices apply first (as in PyTorch, unlike NumPy), then tensors of indices together.
 */
import type { Node } from '../../graph/node';
import { elementCount } from '../../graph/node';
import {
  add,
  broadcastShapes,
  broadcastTo,
  concat,
  constant,
  convert,
  div,
  full,
  iota,
  lt,
  mul,
  pad,
  reshape,
  scatterAdd,
  select,
  slice,
  sliceAxis,
  take,
  transpose,
} from '../../graph/operations';
import type { ConstantData, Shape } from '../../graph/primitives';
import { ShapeError } from '../../graph/shapes';
import { sizeAt } from './axes';

/** One entry of a subscript. Masks are turned into tensors of indices by the caller. */
export type IndexItem =
  | { readonly kind: 'at'; readonly index: number }
  | {
      readonly kind: 'slice';
      readonly start: number | undefined;
      readonly stop: number | undefined;
      readonly step: number;
    }
  | { readonly kind: 'newAxis' }
  | { readonly kind: 'ellipsis' }
  | { readonly kind: 'tensor'; readonly index: Node };

interface AxisRange {
  readonly start: number;
  readonly limit: number;
  readonly step: number;
}

/** A subscript resolved against a shape. */
interface Plan {
  /** Per axis of x. */
  readonly ranges: readonly AxisRange[];
  /** Shape after slicing, with integer axes dropped and new axes inserted. */
  readonly basicShape: Shape;
  /** Index tensors per axis of that shape. */
  readonly advanced: readonly (Node | undefined)[];
}

const all: IndexItem = { kind: 'slice', start: undefined, stop: undefined, step: 1 };

const consumes = (item: IndexItem): boolean => item.kind !== 'newAxis' && item.kind !== 'ellipsis';

/** The subscript with its ellipsis (or its missing end) written out as full slices. */
function spellOut(items: readonly IndexItem[], rank: number): IndexItem[] {
  const used = items.filter(consumes).length;
  if (used > rank) throw new ShapeError(`too many indices for tensor of dimension ${rank}`);
  const fill = Array.from({ length: rank - used }, () => all);
  const at = items.findIndex(({ kind }) => kind === 'ellipsis');
  if (at < 0) return [...items, ...fill];
  const rest = items.slice(at + 1);
  if (rest.some(({ kind }) => kind === 'ellipsis'))
    throw new ShapeError("an index can only have a single ellipsis ('...')");
  return [...items.slice(0, at), ...fill, ...rest];
}

const clip = (position: number, size: number): number =>
  Math.min(Math.max(position < 0 ? position + size : position, 0), size);

function rangeOf(item: IndexItem, size: number, axis: number): AxisRange {
  if (item.kind === 'at') {
    if (item.index < -size || item.index >= size)
      throw new ShapeError(`index ${item.index} is out of bounds for dimension ${axis} with size ${size}`);
    const start = item.index < 0 ? item.index + size : item.index;
    return { start, limit: start + 1, step: 1 };
  }
  if (item.kind !== 'slice') return { start: 0, limit: size, step: 1 };
  if (item.step <= 0) throw new ShapeError('step must be greater than zero');
  const start = item.start === undefined ? 0 : clip(item.start, size);
  const limit = item.stop === undefined ? size : clip(item.stop, size);
  return { start, limit: Math.max(start, limit), step: item.step };
}

function plan(shape: Shape, items: readonly IndexItem[]): Plan {
  const spelled = spellOut(items, shape.length);
  const ranges: AxisRange[] = [];
  const basicShape: number[] = [];
  const advanced: (Node | undefined)[] = [];
  for (const item of spelled) {
    if (item.kind === 'newAxis') {
      basicShape.push(1);
      advanced.push(undefined);
      continue;
    }
    const axis = ranges.length;
    const range = rangeOf(item, sizeAt(shape, axis), axis);
    ranges.push(range);
    if (item.kind === 'at') continue;
    basicShape.push(Math.ceil((range.limit - range.start) / range.step));
    advanced.push(item.kind === 'tensor' ? item.index : undefined);
  }
  return { ranges, basicShape, advanced };
}

const isWhole = (ranges: readonly AxisRange[], shape: Shape): boolean =>
  ranges.every(({ start, limit, step }, axis) => start === 0 && limit === shape[axis] && step === 1);

const sliced = (x: Node, ranges: readonly AxisRange[]): Node =>
  isWhole(ranges, x.shape)
    ? x
    : slice(
        x,
        ranges.map(({ start }) => start),
        ranges.map(({ limit }) => limit),
        ranges.map(({ step }) => step),
      );

/** Indices below 0 count from the end. */
function wrapNegative(index: Node, size: number): Node {
  if (index.primitive === 'constant') {
    const { data } = index.parameters;
    const outside = data.find((at) => at < -size || at >= size);
    if (outside !== undefined)
      throw new ShapeError(`index ${outside} is out of bounds for dimension with size ${size}`);
    if (data.every((at) => at >= 0)) return index;
    return constant(
      Int32Array.from(data, (at) => (at < 0 ? at + size : at)),
      index.shape,
    );
  }
  const zero = full(0, [], 'int');
  return select(lt(index, zero), add(index, full(size, [], 'int')), index);
}

/** x indexed by tensors along several axes at once. */
function gatherAdvanced(x: Node, advanced: readonly (Node | undefined)[]): Node {
  const axes = advanced.map((_, i) => i).filter((i) => advanced[i] !== undefined);
  const [first] = axes;
  if (first === undefined) return x;
  const indices = axes.map((axis) => wrapNegative(advanced[axis] ?? full(0, [], 'int'), sizeAt(x.shape, axis)));
  const [single] = indices;
  if (axes.length === 1 && single !== undefined) return take(x, single, first);
  const common = indices
    .map((index) => index.shape)
    .reduce((a, b) => {
      try {
        return broadcastShapes(a, b);
      } catch {
        throw new ShapeError(
          `shape mismatch: indexing tensors could not be broadcast together with shapes ${indices.map(({ shape }) => `[${shape.join(', ')}]`).join(', ')}`,
        );
      }
    });
  const adjacent = axes.every((axis, i) => axis === first + i);
  const position = adjacent ? first : 0;
  const rest = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const order = [...rest.slice(0, position), ...axes, ...rest.slice(position)];
  const moved = transpose(x, order);
  const merged = reshape(moved, [
    ...moved.shape.slice(0, position),
    elementCount(axes.map((axis) => sizeAt(x.shape, axis))),
    ...moved.shape.slice(position + axes.length),
  ]);
  const flat = indices
    .map((index) => broadcastTo(index, common))
    .reduce((outer, index, i) => add(mul(outer, full(sizeAt(x.shape, axes[i] ?? 0), [], 'int')), index));
  return take(merged, flat, position);
}

/** x[items] */
export function readIndex(x: Node, items: readonly IndexItem[]): Node {
  const { ranges, basicShape, advanced } = plan(x.shape, items);
  return gatherAdvanced(reshape(sliced(x, ranges), basicShape), advanced);
}

/** x with the box of `ranges` replaced by `value`, which has the box's shape. */
function replaceBox(x: Node, ranges: readonly AxisRange[], value: Node): Node {
  if (ranges.some(({ step }) => step !== 1)) {
    const low = ranges.map(({ start }) => start);
    const interior = ranges.map(({ step }) => step - 1);
    const high = ranges.map(({ start, step }, axis) => {
      const last = start + Math.max(0, sizeAt(value.shape, axis) - 1) * step + Math.min(1, sizeAt(value.shape, axis));
      return sizeAt(x.shape, axis) - last;
    });
    const inside = pad(full(1, value.shape, 'bool'), low, high, interior);
    return select(inside, pad(value, low, high, interior), x);
  }
  const axis = ranges.findIndex(({ start, limit }, i) => start !== 0 || limit !== x.shape[i]);
  if (axis < 0) return value;
  const { start, limit } = ranges[axis] ?? { start: 0, limit: 0 };
  const whole = { start: 0, limit: limit - start, step: 1 };
  const middle = replaceBox(
    sliceAxis(x, axis, start, limit),
    ranges.map((range, i) => (i === axis ? whole : range)),
    value,
  );
  const parts = [sliceAxis(x, axis, 0, start), middle, sliceAxis(x, axis, limit, sizeAt(x.shape, axis))];
  return concat(
    parts.filter((part) => sizeAt(part.shape, axis) > 0),
    axis,
  );
}

/** `value` broadcast to `shape`; leading axes of size 1 that are too many are dropped, as PyTorch's assignment does. */
function fit(value: Node, shape: Shape): Node {
  const surplus = value.shape.length - shape.length;
  const trimmed =
    surplus > 0 && value.shape.slice(0, surplus).every((size) => size === 1)
      ? reshape(value, value.shape.slice(surplus))
      : value;
  const offset = shape.length - trimmed.shape.length;
  if (offset < 0 || trimmed.shape.some((size, i) => size !== 1 && size !== shape[i + offset]))
    throw new ShapeError(
      `shape mismatch: value tensor of shape [${value.shape.join(', ')}] cannot be broadcast to indexing result of shape [${shape.join(', ')}]`,
    );
  return broadcastTo(trimmed, shape);
}

/** Value of an int node where it does not depend on data. */
export type KnownValue = (node: Node) => ConstantData | undefined;

/** Flat position in x of every element that x[items] reads. */
const positionsOf = (x: Node, items: readonly IndexItem[]): Node =>
  readIndex(reshape(iota([elementCount(x.shape)], 0), x.shape), items);

/** Updates added at flat positions of a zero tensor of `shape`. */
const scattered = (updates: Node, positions: Node, shape: Shape): Node =>
  reshape(
    scatterAdd(
      reshape(updates, [elementCount(updates.shape)]),
      reshape(positions, [elementCount(positions.shape)]),
      0,
      elementCount(shape),
    ),
    shape,
  );

/**
 * x after x[items] = value (or += with `accumulate`, which counts repeated indices). For repeated indices the last
 * value wins where the indices are known; where they depend on data PyTorch leaves the result open, here it is the mean.
 */
export function writeIndex(
  x: Node,
  items: readonly IndexItem[],
  value: Node,
  known: KnownValue,
  accumulate = false,
): Node {
  const { ranges, basicShape, advanced } = plan(x.shape, items);
  if (advanced.every((index) => index === undefined)) {
    const box = ranges.map(({ start, limit, step }) => Math.ceil((limit - start) / step));
    if (elementCount(box) === 0) return x;
    const fitted = reshape(fit(value, basicShape), box);
    return replaceBox(x, ranges, accumulate ? add(sliced(x, ranges), fitted) : fitted);
  }
  return writePositions(x, positionsOf(x, items), value, known, accumulate);
}

/** x with `value` at flat `positions` (any shape; `value` broadcasts to it). See `writeIndex`. */
export function writePositions(x: Node, positions: Node, value: Node, known: KnownValue, accumulate = false): Node {
  const updates = fit(value, positions.shape);
  if (elementCount(positions.shape) === 0) return x;
  if (accumulate) return add(x, scattered(updates, positions, x.shape));
  const where = known(positions);
  if (where !== undefined) {
    const [isWritten, writer] = [new Uint8Array(elementCount(x.shape)), new Int32Array(elementCount(x.shape))];
    for (let i = 0; i < where.length; i++) {
      const position = where[i] as number;
      isWritten[position] = 1;
      writer[position] = i;
    }
    const written = constant(isWritten, x.shape);
    const source = constant(writer, x.shape);
    return select(written, take(reshape(updates, [elementCount(updates.shape)]), source, 0), x);
  }
  const hits = scattered(full(1, positions.shape, 'int'), positions, x.shape);
  const sums = scattered(updates, positions, x.shape);
  const written = lt(full(0, [], 'int'), hits);
  return select(
    written,
    x.dtype === 'float' ? div(sums, convert(select(written, hits, full(1, [], 'int')), 'float')) : sums,
    x,
  );
}

/** x after the elements that `read` selects from it (by moving them only) were set to `value`. */
export function writeThrough(x: Node, read: (x: Node) => Node, value: Node, known: KnownValue): Node {
  const positions = read(reshape(iota([elementCount(x.shape)], 0), x.shape));
  return writePositions(x, positions, value, known);
}
