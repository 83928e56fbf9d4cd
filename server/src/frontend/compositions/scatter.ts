/** Gather and scatter along one axis, with PyTorch's rule that the index may be smaller than the tensor. */
import type { Node } from '../../graph/node';
import { elementCount } from '../../graph/node';
import {
  add,
  broadcast,
  convert,
  cumsum,
  div,
  eq,
  full,
  lt,
  pad,
  reduceSum,
  reshape,
  scatterAdd,
  scatterAddAlong,
  select,
  slice,
  sub,
  take,
  takeAlong,
} from '../../graph/operations';
import type { Shape } from '../../graph/primitives';
import { ShapeError } from '../../graph/shapes';
import { normaliseAxis, sizeAt, withAxis } from './axes';

function requireSmaller(index: Node, shape: Shape, axis: number, name: string): void {
  if (index.shape.length !== shape.length)
    throw new ShapeError(`Index tensor must have the same number of dimensions as ${name} tensor`);
  if (index.shape.some((size, i) => i !== axis && size > sizeAt(shape, i)))
    throw new ShapeError(
      `Size does not match at dimension ${index.shape.findIndex((size, i) => i !== axis && size > sizeAt(shape, i))} expected index [${index.shape.join(', ')}] to be no larger than ${name} [${shape.join(', ')}] apart from dimension ${axis}`,
    );
}

/** The leading block of x of the given shape. */
const corner = (x: Node, shape: Shape): Node =>
  x.shape.every((size, i) => size === shape[i])
    ? x
    : slice(
        x,
        x.shape.map(() => 0),
        shape,
      );

/** out[..., i, ...] = x[..., index[..., i, ...], ...] */
export function gather(x: Node, dim: number, index: Node): Node {
  if (x.shape.length === 0) return broadcast(x, index.shape, []);
  const axis = normaliseAxis(dim, x.shape.length);
  requireSmaller(index, x.shape, axis, 'input');
  return takeAlong(corner(x, withAxis(index.shape, axis, sizeAt(x.shape, axis))), index, axis);
}

/** Sum of `source` at its indices, zeros elsewhere, in the shape of x. */
function scatteredSum(shape: Shape, axis: number, index: Node, source: Node): Node {
  const sums = scatterAddAlong(corner(source, index.shape), index, axis, sizeAt(shape, axis));
  return pad(
    sums,
    shape.map(() => 0),
    shape.map((size, i) => size - sizeAt(sums.shape, i)),
  );
}

export function scatterAddTo(x: Node, dim: number, index: Node, source: Node): Node {
  const axis = normaliseAxis(dim, x.shape.length);
  requireSmaller(index, x.shape, axis, 'self');
  return add(x, scatteredSum(x.shape, axis, index, source));
}

/** How many updates each element of x gets, int. */
const hitCount = (x: Node, axis: number, index: Node): Node =>
  scatteredSum(x.shape, axis, index, full(1, index.shape, 'int'));

/** Replaces the elements at the indices. For repeated ones, which PyTorch leaves open, the result is the mean. */
export function scatterTo(x: Node, dim: number, index: Node, source: Node): Node {
  const axis = normaliseAxis(dim, x.shape.length);
  requireSmaller(index, x.shape, axis, 'self');
  const hits = hitCount(x, axis, index);
  const written = lt(full(0, [], 'int'), hits);
  const sums = scatteredSum(x.shape, axis, index, source);
  const value = x.dtype === 'float' ? div(sums, convert(select(written, hits, full(1, [], 'int')), 'float')) : sums;
  return select(written, value, x);
}

/** Mean of the updates (and of x itself with `includeSelf`) at the indices. */
export function scatterMean(x: Node, dim: number, index: Node, source: Node, includeSelf: boolean): Node {
  const axis = normaliseAxis(dim, x.shape.length);
  requireSmaller(index, x.shape, axis, 'self');
  const hits = convert(hitCount(x, axis, index), 'float');
  const sums = scatteredSum(x.shape, axis, index, source);
  if (includeSelf) return div(add(x, sums), add(hits, full(1)));
  const written = lt(full(0), hits);
  return select(written, div(sums, select(written, hits, full(1))), x);
}

/** Rows of `source` added to x along an axis at a vector of indices. */
export function indexAdd(x: Node, dim: number, index: Node, source: Node): Node {
  const axis = normaliseAxis(dim, x.shape.length);
  return add(x, scatterAdd(source, index, axis, sizeAt(x.shape, axis)));
}

/** bool along `axis`: whether the vector of indices names that position. */
function named(x: Node, axis: number, index: Node): Node {
  const hits = scatterAdd(full(1, index.shape, 'int'), index, 0, sizeAt(x.shape, axis));
  return broadcast(lt(full(0, [], 'int'), hits), x.shape, [axis]);
}

export function indexCopy(x: Node, dim: number, index: Node, source: Node): Node {
  const axis = normaliseAxis(dim, x.shape.length);
  return select(named(x, axis, index), scatterAdd(source, index, axis, sizeAt(x.shape, axis)), x);
}

export function indexFill(x: Node, dim: number, index: Node, value: Node): Node {
  const axis = normaliseAxis(dim, x.shape.length);
  return select(named(x, axis, index), value, x);
}

export function indexSelect(x: Node, dim: number, index: Node): Node {
  if (x.shape.length === 0) return x;
  return take(x, index.shape.length === 0 ? reshape(index, [1]) : index, normaliseAxis(dim, x.shape.length));
}

/** Elements of `source`, in order, where the mask is true. */
export function maskedScatter(x: Node, mask: Node, source: Node): Node {
  const count = elementCount(x.shape);
  const flat = reshape(mask, [count]);
  const order = sub(cumsum(convert(flat, 'int'), 0), full(1, [], 'int'));
  const index = select(flat, order, full(0, [], 'int'));
  const taken = take(reshape(source, [elementCount(source.shape)]), index, 0);
  return select(mask, reshape(taken, x.shape), x);
}

/** Number of sorted `boundaries` (last axis) below x (or not above it with `right`): torch.bucketize. */
export function bucketize(x: Node, boundaries: Node, right: boolean): Node {
  const shape = [...x.shape, sizeAt(boundaries.shape, 0)];
  const values = broadcast(
    x,
    shape,
    x.shape.map((_, i) => i),
  );
  const limits = broadcast(boundaries, shape, [x.shape.length]);
  const below = lt(limits, values);
  const counted = right ? select(eq(limits, values), full(1, [], 'bool'), below) : below;
  return reduceSum(convert(counted, 'int'), [x.shape.length]);
}

/** Weighted histogram of non-negative ints: counts per value. */
export function binCount(x: Node, bins: number, weights?: Node): Node {
  return scatterAdd(weights ?? full(1, x.shape, 'int'), x, 0, bins);
}
