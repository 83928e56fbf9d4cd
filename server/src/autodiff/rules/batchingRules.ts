/**
 * How every primitive acts on a batch: operands may carry an extra axis anywhere, and the result says where its
 * own ended up. Rules keep the axis where the primitive leaves it without copying.
 */
import type { Node } from '../../graph/node';
import { elementCount, operand } from '../../graph/node';
import * as op from '../../graph/operations';
import type { ConvGeometry, Primitive, Shape } from '../../graph/primitives';
import type { Batched, WithAxis } from '../batchAxis';
import { insertAt, meetingAxis, moveAxis, shifted, unbatchedShape, withAxisAt } from '../batchAxis';
import { inRange, isWithin } from './indexRange';

/** `operands` has an entry per operand, at least one of them batched; `size` is the length of the batch. */
export type BatchingRule<P extends Primitive> = (node: Node<P>, operands: readonly Batched[], size: number) => WithAxis;

const at = (operands: readonly Batched[], index: number): Batched => {
  const found = operands[index];
  if (found === undefined) throw new RangeError(`operand ${index} is missing`);
  return found;
};

/** The only operand, which therefore is the batched one. */
function single(operands: readonly Batched[]): WithAxis {
  const { node, axis } = at(operands, 0);
  if (axis === null) throw new RangeError(`'${node.primitive}' is not batched`);
  return { node, axis };
}

/** Leaves depend on nothing, so that no batch reaches them. */
const leaf: BatchingRule<Primitive> = (node) => {
  throw new RangeError(`'${node.primitive}' has no operands to batch`);
};

/** One element of the result depends on one element of each operand. */
const elementwise: BatchingRule<Primitive> = (node, operands, size) => {
  const axis = meetingAxis(operands);
  const aligned = operands.map((value) => withAxisAt(value, axis, size));
  return { node: op.emit(node.primitive, aligned, node.parameters), axis };
};

/** Acts on one operand, one axis of which disappears. */
const removesAxes =
  <P extends Primitive>(
    removed: (node: Node<P>) => readonly number[],
    emit: (x: Node, axes: readonly number[]) => Node,
  ): BatchingRule<P> =>
  (node, operands) => {
    const { node: x, axis } = single(operands);
    const axes = removed(node).map((i) => shifted(i, axis));
    return { node: emit(x, axes), axis: axis - axes.filter((i) => i < axis).length };
  };

// ── contraction

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/**
 * A batch axis on one side is one more free axis. On the left it stays where it is; on the right it moves before the
 * other free axes, so that either way the result has it right after the left side's free axes: the two halves of a
 * product's derivative then meet without a transposition.
 */
const dot: BatchingRule<'dot'> = (node, operands) => {
  const { lhsContract, rhsContract, lhsBatch, rhsBatch } = node.parameters;
  const [l, r] = [at(operands, 0), at(operands, 1)];
  const move = (axes: readonly number[], axis: number): number[] => axes.map((i) => shifted(i, axis));
  const freeBefore = (rank: number, used: readonly number[], axis: number): number =>
    range(rank).filter((i) => i < axis && !used.includes(i)).length;
  if (l.axis !== null && r.axis !== null) {
    const [left, right] = [move(lhsBatch, l.axis), move(rhsBatch, r.axis)];
    const first = left.every((axis) => axis > (l.axis ?? 0));
    const place = (axes: number[], axis: number): number[] => (first ? [axis, ...axes] : [...axes, axis]);
    const axes = {
      lhsContract: move(lhsContract, l.axis),
      rhsContract: move(rhsContract, r.axis),
      lhsBatch: place(left, l.axis),
      rhsBatch: place(right, r.axis),
    };
    return { node: op.dot(l.node, r.node, axes), axis: first ? 0 : lhsBatch.length };
  }
  if (l.axis !== null) {
    const used = [...move(lhsContract, l.axis), ...move(lhsBatch, l.axis)];
    const axes = { lhsContract: move(lhsContract, l.axis), rhsContract, lhsBatch: move(lhsBatch, l.axis), rhsBatch };
    const axis = lhsBatch.length + freeBefore(l.node.shape.length, used, l.axis);
    return { node: op.dot(l.node, r.node, axes), axis };
  }
  const from = r.axis ?? 0;
  const used = [...rhsContract, ...rhsBatch];
  const free = range(r.node.shape.length - 1).filter((i) => !used.includes(i));
  const to = Math.min(from, free[0] ?? from);
  const axes = { lhsContract, rhsContract: move(rhsContract, to), lhsBatch, rhsBatch: move(rhsBatch, to) };
  const axis = l.node.shape.length - lhsContract.length;
  return { node: op.dot(l.node, moveAxis(r.node, from, to), axes), axis };
};

// ── convolution: a batch axis is merged into samples, channels or groups

/** Merges the batch axis, moved to `axis`, into the axis after it. */
function mergeInto(value: Batched, axis: number, size: number): Node {
  const node = withAxisAt(value, axis, size);
  const merged = size * (node.shape[axis + 1] ?? 1);
  return op.reshape(node, [...node.shape.slice(0, axis), merged, ...node.shape.slice(axis + 2)]);
}

/** Splits axis `axis` into [size, rest]: the inverse of `mergeInto`. */
const splitFrom = (node: Node, axis: number, size: number): Node =>
  op.reshape(node, [...node.shape.slice(0, axis), size, (node.shape[axis] ?? 0) / size, ...node.shape.slice(axis + 1)]);

/**
 * Applies a map over samples to a value whose batch axis joins the samples: free when it is the outermost axis or the
 * one right after the samples, else it moves there first. The result has it in the same place.
 */
function overSamples(x: WithAxis, size: number, apply: (x: Node) => Node): WithAxis {
  const axis = x.axis === 0 ? 0 : 1;
  const node = moveAxis(x.node, x.axis, axis);
  const y = apply(op.reshape(node, [(node.shape[0] ?? 0) * (node.shape[1] ?? 0), ...node.shape.slice(2)]));
  const samples = (y.shape[0] ?? 0) / size;
  const split = axis === 0 ? [size, samples] : [samples, size];
  return { node: op.reshape(y, [...split, ...y.shape.slice(1)]), axis };
}

/**
 * Channels are ordered [groups, channels of the group]. Merging a batch axis into the channels of each group needs the
 * order [groups, batch, channels of the group]; `axis` is the channel axis, and the batch axis of `node` is before it.
 */
function mergeIntoGroups(value: Batched, axis: number, groups: number, size: number): Node {
  if (groups === 1) return mergeInto(value, axis, size);
  const node = withAxisAt(value, axis, size);
  const channels = (node.shape[axis + 1] ?? 0) / groups;
  const [before, after] = [node.shape.slice(0, axis), node.shape.slice(axis + 2)];
  const split = op.reshape(node, [...before, size, groups, channels, ...after]);
  const swapped = moveAxis(split, axis, axis + 1);
  return op.reshape(swapped, [...before, groups * size * channels, ...after]);
}

/** The inverse of `mergeIntoGroups`: the batch axis ends up at `axis`, right before the channels. */
function splitFromGroups(node: Node, axis: number, groups: number, size: number): Node {
  if (groups === 1) return splitFrom(node, axis, size);
  const channels = (node.shape[axis] ?? 0) / groups / size;
  const [before, after] = [node.shape.slice(0, axis), node.shape.slice(axis + 1)];
  const split = op.reshape(node, [...before, groups, size, channels, ...after]);
  return op.reshape(moveAxis(split, axis + 1, axis), [...before, size, groups * channels, ...after]);
}

const withGroups = (geometry: ConvGeometry, groups: number): ConvGeometry => ({
  strides: geometry.strides,
  padding: geometry.padding,
  dilation: geometry.dilation,
  groups,
});

const conv: BatchingRule<'conv'> = (node, operands, size) => {
  const geometry = node.parameters;
  const { groups } = geometry;
  const [x, w] = [at(operands, 0), at(operands, 1)];
  if (x.axis !== null && w.axis !== null) {
    const y = op.conv(mergeInto(x, 1, size), mergeInto(w, 0, size), withGroups(geometry, groups * size));
    return { node: splitFrom(y, 1, size), axis: 1 };
  }
  if (x.axis !== null)
    return overSamples({ node: x.node, axis: x.axis }, size, (merged) => op.conv(merged, w.node, geometry));
  const y = op.conv(x.node, mergeIntoGroups(w, 0, groups, size), geometry);
  return { node: splitFromGroups(y, 1, groups, size), axis: 1 };
};

const convInputGrad: BatchingRule<'convInputGrad'> = (node, operands, size) => {
  const { groups, inputSpatial } = node.parameters;
  const geometry = withGroups(node.parameters, groups);
  const [y, w] = [at(operands, 0), at(operands, 1)];
  if (y.axis !== null && w.axis !== null) {
    const grouped = withGroups(geometry, groups * size);
    const x = op.convInputGrad(mergeInto(y, 1, size), mergeInto(w, 0, size), grouped, inputSpatial);
    return { node: splitFrom(x, 1, size), axis: 1 };
  }
  if (y.axis !== null)
    return overSamples({ node: y.node, axis: y.axis }, size, (merged) =>
      op.convInputGrad(merged, w.node, geometry, inputSpatial),
    );
  // w [O, C/groups, …]: the batch joins the input channels of every group.
  const x = op.convInputGrad(y.node, mergeInto(w, 1, size), geometry, inputSpatial);
  return { node: splitFromGroups(x, 1, groups, size), axis: 1 };
};

const convFilterGrad: BatchingRule<'convFilterGrad'> = (node, operands, size) => {
  const { groups, kernelSpatial } = node.parameters;
  const geometry = withGroups(node.parameters, groups);
  const [x, y] = [at(operands, 0), at(operands, 1)];
  if (x.axis !== null && y.axis !== null) {
    const grouped = withGroups(geometry, groups * size);
    const w = op.convFilterGrad(mergeInto(x, 1, size), mergeInto(y, 1, size), grouped, kernelSpatial);
    return { node: splitFrom(w, 0, size), axis: 0 };
  }
  if (x.axis !== null) {
    const w = op.convFilterGrad(mergeIntoGroups(x, 1, groups, size), y.node, geometry, kernelSpatial);
    return { node: splitFrom(w, 1, size), axis: 1 };
  }
  const w = op.convFilterGrad(x.node, mergeIntoGroups(y, 1, groups, size), geometry, kernelSpatial);
  return { node: splitFromGroups(w, 0, groups, size), axis: 0 };
};

/** Windows slide over [N, C, …]: the batch joins the samples, or the channels when it sits right after them. */
const windowArgmax: BatchingRule<'windowArgmax'> = (node, operands, size) => {
  const x = single(operands);
  if (x.axis !== 2) return overSamples(x, size, (merged) => op.windowArgmax(merged, node.parameters));
  const [batch = 0, channels = 0] = x.node.shape;
  const y = op.windowArgmax(op.reshape(x.node, [batch, channels * size, ...x.node.shape.slice(3)]), node.parameters);
  return { node: op.reshape(y, [batch, channels, size, ...y.shape.slice(2)]), axis: 2 };
};

// ── structure

/** The position in `to` before which lie as many elements as before `axis` in `from`, or undefined. */
function matchingSplit(from: Shape, axis: number, to: Shape): number | undefined {
  const before = elementCount(from.slice(0, axis));
  const position = range(to.length + 1).find((end) => elementCount(to.slice(0, end)) === before);
  return position !== undefined && elementCount(to.slice(position)) === elementCount(from.slice(axis))
    ? position
    : undefined;
}

/** The batch axis stays between the axes it separates if the new shape separates them too, else it goes outermost. */
const reshape: BatchingRule<'reshape'> = (node, operands, size) => {
  const x = single(operands);
  const { shape } = node.parameters;
  const position = matchingSplit(unbatchedShape(x), x.axis, shape);
  return position === undefined
    ? { node: op.reshape(moveAxis(x.node, x.axis, 0), [size, ...shape]), axis: 0 }
    : { node: op.reshape(x.node, insertAt(shape, position, size)), axis: position };
};

/** The batch axis stays right after the axis it followed. */
const transpose: BatchingRule<'transpose'> = (node, operands) => {
  const { node: x, axis } = single(operands);
  const { permutation } = node.parameters;
  const position = axis === 0 ? 0 : permutation.indexOf(axis - 1) + 1;
  const order = insertAt(
    permutation.map((i) => shifted(i, axis)),
    position,
    axis,
  );
  return { node: op.transpose(x, order), axis: position };
};

/**
 * Operand axes keep their order, so that the batch axis lands between its neighbours: right before the one that
 * follows it, or right after the one that it follows. A bias thus meets activations with the batch after the samples.
 */
const broadcast: BatchingRule<'broadcast'> = (node, operands, size) => {
  const { node: x, axis } = single(operands);
  const { shape, axes } = node.parameters;
  const alone = Math.min(1, shape.length);
  const position = axes[axis] ?? (axis === 0 ? alone : (axes[axis - 1] ?? 0) + 1);
  const placed = insertAt(
    axes.map((i) => shifted(i, position)),
    axis,
    position,
  );
  return { node: op.broadcast(x, insertAt(shape, position, size), placed), axis: position };
};

const slice: BatchingRule<'slice'> = (node, operands, size) => {
  const { node: x, axis } = single(operands);
  const { start, limit, strides } = node.parameters;
  return { node: op.slice(x, insertAt(start, axis, 0), insertAt(limit, axis, size), insertAt(strides, axis, 1)), axis };
};

const pad: BatchingRule<'pad'> = (node, operands) => {
  const { node: x, axis } = single(operands);
  const { low, high, interior } = node.parameters;
  return { node: op.pad(x, insertAt(low, axis, 0), insertAt(high, axis, 0), insertAt(interior, axis, 0)), axis };
};

const concat: BatchingRule<'concat'> = (node, operands, size) => {
  const axis = meetingAxis(operands);
  const parts = operands.map((part) => withAxisAt(part, axis, size));
  return { node: op.concat(parts, shifted(node.parameters.axis, axis)), axis };
};

// ── indexing

/**
 * Index [k, …I] into an axis that holds k blocks of `size` entries, from index [k, …I] into each block. An index that
 * lies outside its block becomes −1, so that it reaches no other block.
 */
function blockIndex(index: Node, size: number): Node {
  const offset = op.mul(op.iota(index.shape, 0), op.full(size, [], 'int'));
  const global = op.add(index, offset);
  return isWithin(index, size) ? global : op.select(inRange(index, size), global, op.full(-1, [], 'int'));
}

/** Result axis of `take`, given the axis of the batch in its data: past the indexed axis it moves with the index. */
const take: BatchingRule<'take'> = (node, operands, size) => {
  const { axis } = node.parameters;
  const [x, index] = [at(operands, 0), at(operands, 1)];
  if (index.axis === null && x.axis !== null) {
    // Where the result is larger than x, x moves so that the result has the batch after the index axes, the samples.
    const grows = elementCount(index.node.shape) > (operand(node, 0).shape[axis] ?? 0);
    const from = grows && x.axis <= axis ? axis + 1 : x.axis;
    const moved = moveAxis(x.node, x.axis, from);
    const taken = op.take(moved, index.node, shifted(axis, from));
    return { node: taken, axis: from <= axis ? from : from - 1 + index.node.shape.length };
  }
  if (x.axis === null && index.axis !== null)
    return { node: op.take(x.node, index.node, axis), axis: axis + index.axis };
  const blocks = mergeInto(x, axis, size);
  const global = blockIndex(withAxisAt(index, 0, size), operand(node, 0).shape[axis] ?? 0);
  return { node: op.take(blocks, global, axis), axis };
};

const scatterAdd: BatchingRule<'scatterAdd'> = (node, operands, size) => {
  const { axis, size: length } = node.parameters;
  const [updates, index] = [at(operands, 0), at(operands, 1)];
  if (index.axis === null && updates.axis !== null) {
    const rank = index.node.shape.length;
    // Among the index axes there is no place for a batch axis in the result.
    const from = updates.axis > axis && updates.axis < axis + rank ? 0 : updates.axis;
    const moved = moveAxis(updates.node, updates.axis, from);
    const scattered = op.scatterAdd(moved, index.node, from <= axis ? axis + 1 : axis, length);
    return { node: scattered, axis: from <= axis ? from : from - rank + 1 };
  }
  const global = blockIndex(withAxisAt(index, 0, size), length);
  const scattered = op.scatterAdd(withAxisAt(updates, axis, size), global, axis, size * length);
  return { node: splitFrom(scattered, axis, size), axis };
};

const takeAlong: BatchingRule<'takeAlong'> = (node, operands, size) => {
  const axis = meetingAxis(operands);
  const [x, index] = [withAxisAt(at(operands, 0), axis, size), withAxisAt(at(operands, 1), axis, size)];
  return { node: op.takeAlong(x, index, shifted(node.parameters.axis, axis)), axis };
};

const scatterAddAlong: BatchingRule<'scatterAddAlong'> = (node, operands, size) => {
  const axis = meetingAxis(operands);
  const [updates, index] = [withAxisAt(at(operands, 0), axis, size), withAxisAt(at(operands, 1), axis, size)];
  const { axis: along, size: length } = node.parameters;
  return { node: op.scatterAddAlong(updates, index, shifted(along, axis), length), axis };
};

export const batchingRules: { readonly [P in Primitive]: BatchingRule<P> } = {
  input: leaf,
  constant: leaf,
  iota: leaf,

  neg: elementwise,
  abs: elementwise,
  sign: elementwise,
  exp: elementwise,
  expm1: elementwise,
  log: elementwise,
  log1p: elementwise,
  sqrt: elementwise,
  sin: elementwise,
  cos: elementwise,
  tan: elementwise,
  asin: elementwise,
  acos: elementwise,
  atan: elementwise,
  sinh: elementwise,
  cosh: elementwise,
  asinh: elementwise,
  acosh: elementwise,
  atanh: elementwise,
  tanh: elementwise,
  sigmoid: elementwise,
  softplus: elementwise,
  erf: elementwise,
  lgamma: elementwise,
  digamma: elementwise,
  floor: elementwise,
  ceil: elementwise,
  round: elementwise,
  not: elementwise,
  isnan: elementwise,
  convert: elementwise,
  stopGradient: elementwise,
  add: elementwise,
  sub: elementwise,
  mul: elementwise,
  div: elementwise,
  pow: elementwise,
  max: elementwise,
  min: elementwise,
  atan2: elementwise,
  remainder: elementwise,
  eq: elementwise,
  lt: elementwise,
  le: elementwise,
  and: elementwise,
  or: elementwise,
  select: elementwise,

  dot,
  conv,
  convInputGrad,
  convFilterGrad,

  reduceSum: removesAxes<'reduceSum'>((node) => node.parameters.axes, op.reduceSum),
  reduceMax: removesAxes<'reduceMax'>(
    (node) => [node.parameters.axis],
    (x, [axis = 0]) => op.reduceMax(x, axis),
  ),
  argmax: removesAxes<'argmax'>(
    (node) => [node.parameters.axis],
    (x, [axis = 0]) => op.argmax(x, axis),
  ),
  windowArgmax,
  cumsum: (node, operands) => {
    const { node: x, axis } = single(operands);
    return { node: op.cumsum(x, shifted(node.parameters.axis, axis), node.parameters.reverse), axis };
  },
  argsort: (node, operands) => {
    const { node: x, axis } = single(operands);
    return { node: op.argsort(x, shifted(node.parameters.axis, axis), node.parameters.descending), axis };
  },

  reshape,
  transpose,
  broadcast,
  slice,
  pad,
  concat,
  reverse: (node, operands) => {
    const { node: x, axis } = single(operands);
    const axes = node.parameters.axes.map((i) => shifted(i, axis));
    return { node: op.reverse(x, axes), axis };
  },

  take,
  scatterAdd,
  takeAlong,
  scatterAddAlong,
};
