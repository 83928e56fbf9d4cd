/** Functions that move elements about: no arithmetic. */
import type { Node } from '../../graph/node';
import { elementCount } from '../../graph/node';
import {
  add,
  and,
  broadcast,
  broadcastTo,
  concat,
  constant,
  eq,
  full,
  iota,
  le,
  pad,
  reshape,
  reverse,
  select,
  sliceAxis,
  sub,
  take,
  transpose,
} from '../../graph/operations';
import type { Shape } from '../../graph/primitives';
import { ShapeError } from '../../graph/shapes';
import { moveAxis, normaliseAxes, normaliseAxis, sizeAt, unsqueeze, withAxis } from './axes';

/** The target of a view or reshape, with one −1 filled in. */
export function inferShape(shape: Shape, count: number): number[] {
  const unknown = shape.filter((size) => size === -1).length;
  const known = elementCount(shape.filter((size) => size !== -1));
  const invalid = (): never => {
    throw new ShapeError(`shape '[${shape.join(', ')}]' is invalid for input of size ${count}`);
  };
  if (unknown > 1) throw new ShapeError('only one dimension can be inferred');
  if (shape.some((size) => size < -1)) throw new ShapeError(`invalid shape dimension in [${shape.join(', ')}]`);
  if (unknown === 0) return known === count ? [...shape] : invalid();
  if (known === 0)
    throw new ShapeError(
      `cannot reshape tensor of ${count} elements into shape [${shape.join(', ')}] because the unspecified dimension size -1 can be any value`,
    );
  return count % known === 0 ? shape.map((size) => (size === -1 ? count / known : size)) : invalid();
}

export const view = (x: Node, shape: Shape): Node => reshape(x, inferShape(shape, elementCount(x.shape)));

export function permute(x: Node, dims: readonly number[]): Node {
  if (dims.length !== x.shape.length)
    throw new ShapeError(
      `permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = ${x.shape.length} is not equal to len(dims) = ${dims.length}`,
    );
  return dims.length === 0 ? x : transpose(x, normaliseAxes(dims, x.shape.length));
}

export function swapAxes(x: Node, first: number, second: number): Node {
  const rank = x.shape.length;
  if (rank === 0) return x;
  const [a, b] = [normaliseAxis(first, rank), normaliseAxis(second, rank)];
  return transpose(
    x,
    x.shape.map((_, i) => (i === a ? b : i === b ? a : i)),
  );
}

export function flatten(x: Node, start = 0, end = -1): Node {
  const rank = x.shape.length;
  if (rank === 0) return reshape(x, [1]);
  const [from, to] = [normaliseAxis(start, rank), normaliseAxis(end, rank)];
  if (from > to) throw new ShapeError('flatten() has invalid args: start_dim cannot come after end_dim');
  return reshape(x, [...x.shape.slice(0, from), elementCount(x.shape.slice(from, to + 1)), ...x.shape.slice(to + 1)]);
}

export function unflatten(x: Node, dim: number, sizes: Shape): Node {
  const axis = normaliseAxis(dim, x.shape.length);
  const size = sizeAt(x.shape, axis);
  const filled = ((): number[] => {
    try {
      return inferShape(sizes, size);
    } catch {
      throw new ShapeError(
        `unflatten: Provided sizes [${sizes.join(', ')}] don't multiply up to the size of dim ${axis} (${size}) in the input tensor`,
      );
    }
  })();
  return reshape(x, withAxis(x.shape, axis, ...filled));
}

export const addAxis = (x: Node, dim: number): Node => unsqueeze(x, normaliseAxis(dim, x.shape.length + 1));

/** Drops axes of size 1: all, or those among `dims`. */
export function squeeze(x: Node, dims?: readonly number[]): Node {
  const axes = normaliseAxes(dims, x.shape.length);
  return reshape(
    x,
    x.shape.filter((size, i) => size !== 1 || !axes.includes(i)),
  );
}

/** Broadcast to `sizes`, where −1 keeps a size. */
export function expand(x: Node, sizes: Shape): Node {
  const offset = sizes.length - x.shape.length;
  if (offset < 0)
    throw new ShapeError(
      `expand: the number of sizes provided (${sizes.length}) must be greater or equal to the number of dimensions in the tensor (${x.shape.length})`,
    );
  const target = sizes.map((size, i) => {
    const own = x.shape[i - offset];
    if (size === -1) {
      if (own === undefined)
        throw new ShapeError(
          `The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension ${i}`,
        );
      return own;
    }
    if (size < 0) throw new ShapeError(`invalid shape dimension ${size} at index ${i} of shape [${sizes.join(', ')}]`);
    if (own !== undefined && own !== 1 && own !== size)
      throw new ShapeError(
        `The expanded size of the tensor (${size}) must match the existing size (${own}) at non-singleton dimension ${i}.  Target sizes: [${sizes.join(', ')}].  Tensor sizes: [${x.shape.join(', ')}]`,
      );
    return size;
  });
  return broadcastTo(x, target);
}

/** Tiles the tensor: repeats[i] copies along axis i of the result. */
export function repeat(x: Node, repeats: readonly number[]): Node {
  const offset = repeats.length - x.shape.length;
  if (offset < 0)
    throw new ShapeError('Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor');
  const sizes = [...Array.from({ length: offset }, () => 1), ...x.shape];
  // [r0, n0, r1, n1, …] with the n axes from x, merged pairwise.
  const paired = sizes.flatMap((size, i) => [repeats[i] ?? 1, size]);
  const tiled = broadcast(
    reshape(x, sizes),
    paired,
    sizes.map((_, i) => 2 * i + 1),
  );
  return reshape(
    tiled,
    sizes.map((size, i) => size * (repeats[i] ?? 1)),
  );
}

/** torch.tile: as `repeat`, with missing leading repeats taken as 1. */
export const tile = (x: Node, repeats: readonly number[]): Node =>
  repeat(x, [...Array.from({ length: Math.max(0, x.shape.length - repeats.length) }, () => 1), ...repeats]);

/** Every element `count` times along an axis. */
export function repeatInterleave(x: Node, count: number, dim: number): Node {
  const axis = normaliseAxis(dim, x.shape.length);
  const size = sizeAt(x.shape, axis);
  const repeated = broadcast(
    x,
    withAxis(x.shape, axis, size, count),
    x.shape.map((_, i) => (i <= axis ? i : i + 1)),
  );
  return reshape(repeated, withAxis(x.shape, axis, size * count));
}

export function flip(x: Node, dims: readonly number[]): Node {
  return dims.length === 0 ? x : reverse(x, normaliseAxes(dims, x.shape.length));
}

/** Shifts along axes, around the end. Without axes the flattened tensor is rolled. */
export function roll(x: Node, shifts: readonly number[], dims: readonly number[]): Node {
  if (dims.length === 0) {
    const flat = roll(reshape(x, [elementCount(x.shape)]), shifts, [0]);
    return reshape(flat, x.shape);
  }
  if (shifts.length !== dims.length)
    throw new ShapeError(`shifts and dimensions must align. shifts: ${shifts.length}, dims:${dims.length}`);
  return dims.reduce((current, dim, i) => {
    const axis = normaliseAxis(dim, x.shape.length);
    const size = sizeAt(x.shape, axis);
    if (size === 0) return current;
    const cut = ((-(shifts[i] ?? 0) % size) + size) % size;
    return cut === 0 ? current : concat([sliceAxis(current, axis, cut, size), sliceAxis(current, axis, 0, cut)], axis);
  }, x);
}

/** Pieces of the given sizes along an axis. */
export function splitSizes(x: Node, sizes: readonly number[], dim: number): Node[] {
  const axis = normaliseAxis(dim, x.shape.length);
  const size = sizeAt(x.shape, axis);
  const total = sizes.reduce((sum, part) => sum + part, 0);
  if (total !== size)
    throw new ShapeError(
      `split_with_sizes expects split_sizes to sum exactly to ${size} (input tensor's size at dimension ${dim}), but got split_sizes=[${sizes.join(', ')}]`,
    );
  let start = 0;
  return sizes.map((part) => sliceAxis(x, axis, start, (start += part)));
}

/** Pieces of `length` along an axis, the last one shorter. */
export function split(x: Node, length: number, dim: number): Node[] {
  const size = sizeAt(x.shape, normaliseAxis(dim, x.shape.length));
  if (length <= 0 && size > 0)
    throw new ShapeError(`split expects split_size be positive, but got split_size=${length}`);
  const pieces = Math.max(1, Math.ceil(size / Math.max(length, 1)));
  return splitSizes(
    x,
    Array.from({ length: pieces }, (_, i) => Math.min(length, size - i * length)),
    dim,
  );
}

/** At most `pieces` pieces of equal length ⌈n / pieces⌉, the last one shorter. */
export function chunk(x: Node, pieces: number, dim: number): Node[] {
  const size = sizeAt(x.shape, normaliseAxis(dim, x.shape.length));
  if (pieces <= 0) throw new ShapeError(`chunk expects \`chunks\` to be greater than 0, got: ${pieces}`);
  return split(x, Math.max(1, Math.ceil(size / pieces)), dim);
}

/** Exactly `pieces` pieces whose lengths differ by at most one (torch.tensor_split). */
export function tensorSplit(x: Node, pieces: number, dim: number): Node[] {
  const size = sizeAt(x.shape, normaliseAxis(dim, x.shape.length));
  const sizes = Array.from({ length: pieces }, (_, i) => Math.floor(size / pieces) + (i < size % pieces ? 1 : 0));
  return splitSizes(x, sizes, dim);
}

export function unbind(x: Node, dim: number): Node[] {
  const axis = normaliseAxis(dim, x.shape.length);
  const shape = withAxis(x.shape, axis);
  return Array.from({ length: sizeAt(x.shape, axis) }, (_, i) => reshape(sliceAxis(x, axis, i, i + 1), shape));
}

/** Concatenation along an axis. A one-dimensional empty tensor is skipped, as PyTorch does. */
export function cat(parts: readonly Node[], dim: number): Node {
  if (parts.length === 0) throw new ShapeError('torch.cat(): expected a non-empty list of Tensors');
  const kept = parts.filter((part) => part.shape.length !== 1 || part.shape[0] !== 0);
  const [first] = kept;
  if (first === undefined) return parts[0] ?? full(0, [0]);
  if (first.shape.length === 0) throw new ShapeError('zero-dimensional tensor (at position 0) cannot be concatenated');
  const axis = normaliseAxis(dim, first.shape.length);
  for (const [i, part] of kept.entries()) {
    if (part.shape.length !== first.shape.length)
      throw new ShapeError(
        `Tensors must have same number of dimensions: got ${first.shape.length} and ${part.shape.length}`,
      );
    const wrong = part.shape.findIndex((size, other) => other !== axis && size !== first.shape[other]);
    if (wrong >= 0)
      throw new ShapeError(
        `Sizes of tensors must match except in dimension ${axis}. Expected size ${first.shape[wrong]} but got size ${part.shape[wrong]} for tensor number ${i} in the list.`,
      );
  }
  return concat(kept, axis);
}

export function stack(parts: readonly Node[], dim: number): Node {
  const [first] = parts;
  if (first === undefined) throw new ShapeError('stack expects a non-empty TensorList');
  const axis = normaliseAxis(dim, first.shape.length + 1);
  for (const [i, part] of parts.entries())
    if (part.shape.join() !== first.shape.join())
      throw new ShapeError(
        `stack expects each tensor to be equal size, but got [${first.shape.join(', ')}] at entry 0 and [${part.shape.join(', ')}] at entry ${i}`,
      );
  return concat(
    parts.map((part) => unsqueeze(part, axis)),
    axis,
  );
}

/** bool [rows, columns]: true where column − row ≤ diagonal. */
export function lowerTriangle(rows: number, columns: number, diagonal: number): Node {
  const row = add(iota([rows, columns], 0), full(diagonal, [], 'int'));
  return le(iota([rows, columns], 1), row);
}

/** Keeps the last two axes' elements on and below the diagonal, zeroes the others. */
export function tril(x: Node, diagonal = 0): Node {
  const [rows, columns] = lastTwo(x, 'tril');
  return select(lowerTriangle(rows, columns, diagonal), x, full(0, [], x.dtype));
}

export function triu(x: Node, diagonal = 0): Node {
  const [rows, columns] = lastTwo(x, 'triu');
  return select(lowerTriangle(rows, columns, diagonal - 1), full(0, [], x.dtype), x);
}

function lastTwo(x: Node, name: string): [number, number] {
  const rank = x.shape.length;
  if (rank < 2) throw new ShapeError(`${name}: input tensor must have at least 2 dimensions`);
  return [sizeAt(x.shape, rank - 2), sizeAt(x.shape, rank - 1)];
}

/** The diagonal of two axes, as a new last axis (a view in PyTorch). */
export function diagonal(x: Node, offset = 0, dim1 = 0, dim2 = 1): Node {
  const rank = x.shape.length;
  const [a, b] = [normaliseAxis(dim1, rank), normaliseAxis(dim2, rank)];
  if (a === b) throw new ShapeError(`diagonal dimensions cannot be identical ${dim1}, ${dim2}`);
  const rest = x.shape.map((_, i) => i).filter((i) => i !== a && i !== b);
  const moved = transpose(x, [...rest, a, b]);
  const leading = rest.map((i) => sizeAt(x.shape, i));
  const [rows, columns] = [sizeAt(x.shape, a), sizeAt(x.shape, b)];
  const length = Math.max(0, Math.min(rows - Math.max(0, -offset), columns - Math.max(0, offset)));
  const first = Math.max(0, offset) + columns * Math.max(0, -offset);
  const index = Int32Array.from({ length }, (_, i) => first + i * (columns + 1));
  return take(reshape(moved, [...leading, rows * columns]), constant(index, [length]), leading.length);
}

/** Batch of vectors [..., n] as batch of matrices with them on a diagonal of the axes `dim1`, `dim2` of the result. */
export function diagonalEmbed(x: Node, offset = 0, dim1 = -2, dim2 = -1): Node {
  const rank = x.shape.length + 1;
  const length = sizeAt(x.shape, x.shape.length - 1);
  const size = length + Math.abs(offset);
  const shifted = pad(
    x,
    x.shape.map((_, i) => (i === x.shape.length - 1 ? Math.max(0, offset) : 0)),
    x.shape.map((_, i) => (i === x.shape.length - 1 ? Math.max(0, -offset) : 0)),
  );
  const onDiagonal = eq(add(iota([size, size], 0), full(offset, [], 'int')), iota([size, size], 1));
  const rows = unsqueeze(shifted, x.shape.length - 1);
  const square = broadcastTo(rows, [...x.shape.slice(0, -1), size, size]);
  const matrix = select(onDiagonal, square, full(0, [], x.dtype));
  const [a, b] = [normaliseAxis(dim1, rank), normaliseAxis(dim2, rank)];
  const order = x.shape.slice(0, -1).map((_, i) => i);
  const [low, high] = a < b ? [rank - 2, rank - 1] : [rank - 1, rank - 2];
  order.splice(Math.min(a, b), 0, low);
  order.splice(Math.max(a, b), 0, high);
  return transpose(matrix, order);
}

/** Windows of `size` every `step` along an axis; the window becomes the last axis (Tensor.unfold). */
export function slidingWindows(x: Node, dim: number, size: number, step: number): Node {
  const axis = normaliseAxis(dim, x.shape.length);
  const extent = sizeAt(x.shape, axis);
  if (size > extent)
    throw new ShapeError(`maximum size for tensor at dimension ${axis} is ${extent} but size is ${size}`);
  const count = Math.floor((extent - size) / step) + 1;
  const index = Int32Array.from({ length: count * size }, (_, i) => Math.floor(i / size) * step + (i % size));
  return moveAxis(take(x, constant(index, [count, size]), axis), axis + 1, x.shape.length);
}

/** Grid of coordinates: tensor i varies along axis i (or, for 'xy', the first two are swapped). */
export function meshgrid(vectors: readonly Node[], indexing: 'ij' | 'xy'): Node[] {
  const sizes = vectors.map((vector) => elementCount(vector.shape));
  const swapped = indexing === 'xy' && sizes.length >= 2;
  return vectors.map((vector, i) => {
    const axis = swapped && i < 2 ? 1 - i : i;
    const shape = swapped ? [sizes[1] ?? 1, sizes[0] ?? 1, ...sizes.slice(2)] : sizes;
    return broadcast(reshape(vector, [sizes[i] ?? 1]), shape, [axis]);
  });
}

/** Rotation by 90° from axis `from` towards axis `to`, `times` times. */
export function rotate90(x: Node, times: number, from: number, to: number): Node {
  switch (((times % 4) + 4) % 4) {
    case 1:
      return flip(swapAxes(x, from, to), [from]);
    case 2:
      return flip(x, [from, to]);
    case 3:
      return flip(swapAxes(x, from, to), [to]);
    default:
      return x;
  }
}

/** 1 at the class index along a new last axis, int. */
export function oneHot(index: Node, classes: number): Node {
  const rank = index.shape.length;
  const shape = [...index.shape, classes];
  const hit = eq(
    broadcast(
      index,
      shape,
      index.shape.map((_, i) => i),
    ),
    iota(shape, rank),
  );
  return select(hit, full(1, [], 'int'), full(0, [], 'int'));
}

/** bool [rows, columns] of the band −below ≤ column − row ≤ above. */
export function band(rows: number, columns: number, below: number, above: number): Node {
  const offset = sub(iota([rows, columns], 1), iota([rows, columns], 0));
  return and(le(full(-below, [], 'int'), offset), le(offset, full(above, [], 'int')));
}
