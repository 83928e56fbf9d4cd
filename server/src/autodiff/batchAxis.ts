/**
 * Values that may carry one extra axis, the batch axis of `vmap`, at any position; and how to move it.
 * Moving is the cost that batching rules try to avoid, so it is done here, in one place, as cheaply as can be.
 */
import type { Node } from '../graph/node';
import { elementCount, operand } from '../graph/node';
import * as op from '../graph/operations';
import type { Shape } from '../graph/primitives';

/** A value; `axis` is where its batch axis sits, null when it is the same for the whole batch. */
export interface Batched {
  readonly node: Node;
  readonly axis: number | null;
}

/** A value that certainly has a batch axis. */
export interface WithAxis {
  readonly node: Node;
  readonly axis: number;
}

/** `list` with `item` inserted before position `at`. */
export const insertAt = <T>(list: readonly T[], at: number, item: T): T[] => [
  ...list.slice(0, at),
  item,
  ...list.slice(at),
];

/** `list` without the entry at position `at`. */
export const removeAt = <T>(list: readonly T[], at: number): T[] => [...list.slice(0, at), ...list.slice(at + 1)];

/** Where axis `axis` of the unbatched value sits once a batch axis is at `batchAxis`. */
export const shifted = (axis: number, batchAxis: number): number => (axis < batchAxis ? axis : axis + 1);

/** Axes of a value in their new order when the one at `from` moves to `to`. */
const movedOrder = (rank: number, from: number, to: number): number[] =>
  insertAt(
    Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== from),
    to,
    from,
  );

/**
 * A broadcast with its result axes reordered: the (smaller) operand is transposed and broadcast anew, which costs
 * nothing in most uses.
 */
function permuteBroadcast(node: Node<'broadcast'>, permutation: readonly number[]): Node {
  const x = operand(node, 0);
  const { shape, axes } = node.parameters;
  const target = axes.map((axis) => permutation.indexOf(axis));
  const order = [...target.keys()].sort((i, j) => (target[i] ?? 0) - (target[j] ?? 0));
  return op.broadcast(
    op.transpose(x, order),
    permutation.map((axis) => shape[axis] ?? 1),
    order.map((i) => target[i] ?? 0),
  );
}

/** `node` with its axes reordered: a reshape where only axes of size 1 change places, else a transposition. */
export function permuteAxes(node: Node, permutation: readonly number[]): Node {
  const shape = permutation.map((axis) => node.shape[axis] ?? 1);
  const proper = permutation.filter((axis) => node.shape[axis] !== 1);
  if (proper.every((axis, i) => i === 0 || axis > (proper[i - 1] ?? 0))) return op.reshape(node, shape);
  if (node.primitive === 'broadcast') return permuteBroadcast(node, permutation);
  return op.transpose(node, permutation);
}

/** `node` with its axis `from` moved to position `to`. */
export const moveAxis = (node: Node, from: number, to: number): Node =>
  from === to ? node : permuteAxes(node, movedOrder(node.shape.length, from, to));

/** The shape of one element of the batch. */
export const unbatchedShape = ({ node, axis }: Batched): Shape =>
  axis === null ? node.shape : removeAt(node.shape, axis);

/** `value` with its batch axis at `axis`; repeated along it when it has none. */
export function withAxisAt(value: Batched, axis: number, size: number): Node {
  if (value.axis !== null) return moveAxis(value.node, value.axis, axis);
  const { shape } = value.node;
  return op.broadcast(
    value.node,
    insertAt(shape, axis, size),
    shape.map((_, i) => shifted(i, axis)),
  );
}

/** Elements copied when the batch axis of `value` moves to `axis`. */
function moveCost(value: Batched, axis: number): number {
  if (value.axis === null || value.axis === axis) return 0;
  const [low, high] = [Math.min(axis, value.axis), Math.max(axis, value.axis)];
  const crossed = removeAt(value.node.shape.slice(low, high + 1), value.axis - low);
  if (elementCount(crossed) === 1) return 0;
  const moved = value.node.primitive === 'broadcast' ? operand(value.node, 0) : value.node;
  return elementCount(moved.shape);
}

/**
 * The position of the batch axis at which operands of equal shapes meet with the least copying. Of equally good ones
 * the outermost if it comes first of all, because results leave so; else the innermost, which is after the samples
 * and what is like them (positions, heads), where the other values of a program have it.
 */
export function meetingAxis(values: readonly Batched[]): number {
  const candidates = [...new Set(values.flatMap(({ axis }) => (axis === null ? [] : [axis])))];
  const cost = (axis: number): number => values.reduce((sum, value) => sum + moveCost(value, axis), 0);
  const rank = (axis: number): number => (axis === 0 ? Infinity : axis);
  const [best = 0] = candidates
    .map((axis) => ({ axis, cost: cost(axis) }))
    .sort((a, b) => a.cost - b.cost || rank(b.axis) - rank(a.axis))
    .map(({ axis }) => axis);
  return best;
}
