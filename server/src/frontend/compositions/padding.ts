/** Padding of the trailing axes. A negative amount crops. */
import type { Node } from '../../graph/node';
import { broadcast, concat, full, pad as zeroPad, reshape, reverse, sliceAxis } from '../../graph/operations';
import { ShapeError } from '../../graph/shapes';
import { sizeAt, withAxis } from './axes';

export type PaddingMode = 'constant' | 'reflect' | 'replicate' | 'circular';

/** [before, after] of one axis. */
export type Amount = readonly [number, number];

/** `flat` in F.pad's order, [last axis before, last axis after, last but one before, …], as amounts per axis. */
export function paddingPerAxis(flat: readonly number[], rank: number): Amount[] {
  if (flat.length % 2 !== 0) throw new ShapeError('Padding length must be divisible by 2');
  if (flat.length > 2 * rank)
    throw new ShapeError(
      `Padding length should be less than or equal to two times the input dimension but got padding length ${flat.length} and input of dimension ${rank}`,
    );
  return Array.from({ length: rank }, (_, axis) => {
    const at = 2 * (rank - 1 - axis);
    return [flat[at] ?? 0, flat[at + 1] ?? 0];
  });
}

const crop = (x: Node, amounts: readonly Amount[]): Node =>
  amounts.reduce(
    (current, [before, after], axis) =>
      before >= 0 && after >= 0
        ? current
        : sliceAxis(current, axis, Math.max(0, -before), sizeAt(current.shape, axis) - Math.max(0, -after)),
    x,
  );

/** Pads every axis by its amount. */
export function pad(x: Node, amounts: readonly Amount[], mode: PaddingMode = 'constant', value = 0): Node {
  amounts.forEach(([before, after], axis) => {
    if (sizeAt(x.shape, axis) + before + after < 0)
      throw new ShapeError(
        `narrow(): length must be non-negative: padding ${before} and ${after} leaves nothing of axis ${axis} of [${x.shape.join(', ')}]`,
      );
  });
  const cropped = crop(x, amounts);
  const grown = amounts.map(([before, after]): Amount => [Math.max(0, before), Math.max(0, after)]);
  if (mode === 'constant' && value === 0)
    return zeroPad(
      cropped,
      grown.map(([before]) => before),
      grown.map(([, after]) => after),
    );
  return grown.reduce(
    (current, amount, axis) =>
      amount[0] === 0 && amount[1] === 0 ? current : borders[mode](current, axis, amount, value),
    cropped,
  );
}

type Border = (x: Node, axis: number, amount: Amount, value: number) => Node;

const between = (x: Node, axis: number, before: Node | undefined, after: Node | undefined): Node =>
  concat(
    [before, x, after].filter((part) => part !== undefined),
    axis,
  );

const borders: { readonly [M in PaddingMode]: Border } = {
  constant: (x, axis, [before, after], value) => {
    const block = (size: number): Node | undefined =>
      size === 0 ? undefined : full(value, withAxis(x.shape, axis, size), x.dtype);
    return between(x, axis, block(before), block(after));
  },
  reflect: (x, axis, [before, after]) => {
    const size = sizeAt(x.shape, axis);
    if (before >= size || after >= size)
      throw new ShapeError(
        `Padding size should be less than the corresponding input dimension, but got: padding (${before}, ${after}) at dimension ${axis} of input [${x.shape.join(', ')}]`,
      );
    return between(
      x,
      axis,
      before === 0 ? undefined : reverse(sliceAxis(x, axis, 1, 1 + before), [axis]),
      after === 0 ? undefined : reverse(sliceAxis(x, axis, size - 1 - after, size - 1), [axis]),
    );
  },
  replicate: (x, axis, [before, after]) => {
    const size = sizeAt(x.shape, axis);
    const edge = (at: number, copies: number): Node | undefined =>
      copies === 0
        ? undefined
        : broadcast(
            sliceAxis(x, axis, at, at + 1),
            withAxis(x.shape, axis, copies),
            x.shape.map((_, i) => i),
          );
    return between(x, axis, edge(0, before), edge(size - 1, after));
  },
  circular: (x, axis, [before, after]) => {
    const size = sizeAt(x.shape, axis);
    if (before > size || after > size) throw new ShapeError('Padding value causes wrapping around more than once.');
    return between(
      x,
      axis,
      before === 0 ? undefined : sliceAxis(x, axis, size - before, size),
      after === 0 ? undefined : sliceAxis(x, axis, 0, after),
    );
  },
};

/** The axes of x before the channel made explicit: [C, …] as [1, C, …] when the batch axis is missing. */
export const withBatchAxis = (x: Node, spatialRank: number): Node =>
  x.shape.length === spatialRank + 1 ? reshape(x, [1, ...x.shape]) : x;
