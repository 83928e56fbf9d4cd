/** Axis arithmetic with PyTorch's conventions (negative axes count from the end) and its messages. */
import type { Node } from '../../graph/node';
import { reshape, transpose } from '../../graph/operations';
import type { Shape } from '../../graph/primitives';
import { ShapeError } from '../../graph/shapes';

/** `axis` counted from 0. Throws `ShapeError` when it is outside a tensor of `rank` axes. */
export function normaliseAxis(axis: number, rank: number): number {
  // A scalar accepts 0 and -1, as in PyTorch.
  const extent = Math.max(rank, 1);
  if (!Number.isInteger(axis) || axis < -extent || axis >= extent)
    throw new ShapeError(
      `Dimension out of range (expected to be in range of [${-extent}, ${extent - 1}], but got ${axis})`,
    );
  return axis < 0 ? axis + extent : axis;
}

/** Distinct axes counted from 0; all of them when `axes` is undefined or empty. */
export function normaliseAxes(axes: readonly number[] | undefined, rank: number): number[] {
  if (axes === undefined || axes.length === 0) return Array.from({ length: rank }, (_, i) => i);
  const found = axes.map((axis) => normaliseAxis(axis, rank)).filter((axis) => axis < rank);
  if (new Set(found).size !== found.length) throw new ShapeError(`dim ${axes.join(', ')} appears multiple times`);
  return found;
}

/** Size of an axis (counted from 0, must exist). */
export function sizeAt(shape: Shape, axis: number): number {
  const size = shape[axis];
  if (size === undefined) throw new ShapeError(`a tensor of shape [${shape.join(', ')}] has no axis ${axis}`);
  return size;
}

/** The shape with the axis replaced by `sizes` (none: removed). */
export const withAxis = (shape: Shape, axis: number, ...sizes: readonly number[]): number[] => [
  ...shape.slice(0, axis),
  ...sizes,
  ...shape.slice(axis + 1),
];

/** The shape with 1 in place of each of `axes`. */
export const keptShape = (shape: Shape, axes: readonly number[]): number[] =>
  shape.map((size, i) => (axes.includes(i) ? 1 : size));

/** Permutation that moves axis `from` to position `to`. */
export function moveAxisPermutation(rank: number, from: number, to: number): number[] {
  const order = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== from);
  order.splice(to, 0, from);
  return order;
}

export const moveAxis = (x: Node, from: number, to: number): Node =>
  transpose(x, moveAxisPermutation(x.shape.length, from, to));

/** x with a new axis of size 1 at `axis`. */
export const unsqueeze = (x: Node, axis: number): Node =>
  reshape(x, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)]);

/** A vector [C] as [C, 1, …, 1], to broadcast over `trailing` axes. */
export const alignLeading = (x: Node, trailing: number): Node =>
  reshape(x, [...x.shape, ...Array.from({ length: trailing }, () => 1)]);
