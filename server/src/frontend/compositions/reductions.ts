/** Reductions over axes. `dims` undefined or empty means all; results drop the axes unless `keepdim`. */
import type { Node } from '../../graph/node';
import { elementCount } from '../../graph/node';
import {
  abs,
  add,
  argmax as argmaxPrimitive,
  argsort,
  concat,
  convert,
  div,
  eq,
  full,
  lt,
  max,
  min,
  mul,
  ne,
  neg,
  pow,
  reduceMax,
  reduceSum,
  reshape,
  scale,
  select,
  sliceAxis,
  sqrt,
  stopGradient,
  sub,
  takeAlong,
} from '../../graph/operations';
import { ShapeError } from '../../graph/shapes';
import { keptShape, normaliseAxes, normaliseAxis, sizeAt } from './axes';

type Dims = readonly number[] | undefined;

const finish = (reduced: Node, x: Node, axes: readonly number[], keepdim: boolean): Node =>
  keepdim ? reshape(reduced, keptShape(x.shape, axes)) : reduced;

const countAlong = (x: Node, axes: readonly number[]): number =>
  elementCount(axes.map((axis) => sizeAt(x.shape, axis)));

export function sum(x: Node, dims?: Dims, keepdim = false): Node {
  const axes = normaliseAxes(dims, x.shape.length);
  return finish(reduceSum(x, axes), x, axes, keepdim);
}

export function mean(x: Node, dims?: Dims, keepdim = false): Node {
  const axes = normaliseAxes(dims, x.shape.length);
  return finish(scale(reduceSum(x, axes), 1 / countAlong(x, axes)), x, axes, keepdim);
}

/** Σ(x − x̄)² / (n − correction): in two passes, without cancellation. */
export function variance(x: Node, dims?: Dims, correction = 1, keepdim = false): Node {
  const axes = normaliseAxes(dims, x.shape.length);
  const centred = sub(x, mean(x, axes, true));
  const count = countAlong(x, axes) - correction;
  const squares = reduceSum(mul(centred, centred), axes);
  return finish(count > 0 ? scale(squares, 1 / count) : div(squares, full(0)), x, axes, keepdim);
}

export const standardDeviation = (x: Node, dims?: Dims, correction = 1, keepdim = false): Node =>
  sqrt(variance(x, dims, correction, keepdim));

/** √x with derivative 0 at 0: what PyTorch gives for norms and distances there. */
export function sqrtFlatAtZero(x: Node): Node {
  const zero = eq(x, full(0));
  return select(zero, full(0), sqrt(select(zero, full(1), x)));
}

/** Vector p-norm (Σ|x|ᵖ)^{1/p}; p = ±∞ and 0 as in torch.linalg.vector_norm. */
export function vectorNorm(x: Node, order = 2, dims?: Dims, keepdim = false): Node {
  const axes = normaliseAxes(dims, x.shape.length);
  if (order === 2) return finish(sqrtFlatAtZero(reduceSum(mul(x, x), axes)), x, axes, keepdim);
  if (order === 1) return finish(reduceSum(abs(x), axes), x, axes, keepdim);
  if (order === 0) return finish(reduceSum(convert(ne(x, full(0)), 'float'), axes), x, axes, keepdim);
  if (order === Infinity) return amax(abs(x), axes, keepdim);
  if (order === -Infinity) return amin(abs(x), axes, keepdim);
  const magnitude = abs(x);
  const zeroElement = eq(x, full(0));
  const powers = select(zeroElement, full(0), pow(select(zeroElement, full(1), magnitude), full(order)));
  const total = reduceSum(powers, axes);
  const zero = eq(total, full(0));
  return finish(select(zero, full(0), pow(select(zero, full(1), total), full(1 / order))), x, axes, keepdim);
}

/**
 * Product along one axis by halving: log₂ n multiplications of whole slabs, exact derivatives also where factors
 * are zero (unlike exp Σ log).
 */
export function productAlong(x: Node, dim: number, keepdim = false): Node {
  const axis = normaliseAxis(dim, x.shape.length);
  let current = x;
  for (let size = sizeAt(x.shape, axis); size > 1; size = sizeAt(current.shape, axis)) {
    const half = Math.floor(size / 2);
    const pairs = mul(sliceAxis(current, axis, 0, half), sliceAxis(current, axis, half, 2 * half));
    current = size % 2 === 1 ? concat([pairs, sliceAxis(current, axis, size - 1, size)], axis) : pairs;
  }
  const result = sizeAt(x.shape, axis) === 0 ? full(1, keptShape(x.shape, [axis]), x.dtype) : current;
  return keepdim
    ? result
    : reshape(
        result,
        x.shape.filter((_, i) => i !== axis),
      );
}

export const product = (x: Node): Node => productAlong(reshape(x, [elementCount(x.shape)]), 0);

function requireElements(x: Node, axis: number, name: string): void {
  if (sizeAt(x.shape, axis) === 0)
    throw new ShapeError(`${name}(): Expected reduction dim ${axis} to have non-zero size.`);
}

/**
 * The maximum over one axis and its first index. The derivative goes to that index.
 */
export function maxAlong(x: Node, dim: number, keepdim = false): { values: Node; indices: Node } {
  if (x.shape.length === 0) return { values: x, indices: full(0, [], 'int') };
  const axis = normaliseAxis(dim, x.shape.length);
  requireElements(x, axis, 'max');
  return {
    values: finish(reduceMax(x, axis), x, [axis], keepdim),
    indices: finish(argmaxPrimitive(x, axis), x, [axis], keepdim),
  };
}

export function minAlong(x: Node, dim: number, keepdim = false): { values: Node; indices: Node } {
  const { values, indices } = maxAlong(neg(x), dim, keepdim);
  return { values: neg(values), indices };
}

/** Maximum over axes; ties share the derivative equally (torch.amax and torch.max without dim). */
export function amax(x: Node, dims?: Dims, keepdim = false): Node {
  const axes = normaliseAxes(dims, x.shape.length);
  if (axes.length === 0) return x;
  for (const axis of axes) requireElements(x, axis, 'amax');
  if (x.dtype !== 'float') return finish(largest(x, axes), x, axes, keepdim);
  // Value of the maximum, derivative Σ_ties dx / #ties; the comparison is with a constant of differentiation.
  const top = stopGradient(reshape(largest(x, axes), keptShape(x.shape, axes)));
  const ties = eq(x, top);
  const count = reshape(reduceSum(convert(ties, 'float'), axes), keptShape(x.shape, axes));
  const shared = reshape(reduceSum(select(ties, x, full(0)), axes), keptShape(x.shape, axes));
  // Without ties (NaN compares unequal) the plain maximum keeps NaN visible.
  const result = select(eq(count, full(0)), top, div(shared, select(eq(count, full(0)), full(1), count)));
  return keepdim
    ? result
    : reshape(
        result,
        x.shape.filter((_, i) => !axes.includes(i)),
      );
}

function largest(x: Node, axes: readonly number[]): Node {
  let current = x;
  for (const axis of [...axes].sort((a, b) => b - a)) current = reduceMax(current, axis);
  return current;
}

export const amin = (x: Node, dims?: Dims, keepdim = false): Node => neg(amax(neg(x), dims, keepdim));

export function argmax(x: Node, dim?: number, keepdim = false): Node {
  if (dim === undefined) return argmaxPrimitive(reshape(x, [elementCount(x.shape)]), 0);
  const axis = normaliseAxis(dim, x.shape.length);
  if (x.shape.length === 0) return full(0, [], 'int');
  return finish(argmaxPrimitive(x, axis), x, [axis], keepdim);
}

export const argmin = (x: Node, dim?: number, keepdim = false): Node => argmax(neg(x), dim, keepdim);

/** True where any (or, negated twice, all) of the elements are nonzero. `x` is bool. */
export function any(x: Node, dims?: Dims, keepdim = false): Node {
  const axes = normaliseAxes(dims, x.shape.length);
  return finish(lt(full(0, [], 'int'), reduceSum(convert(x, 'int'), axes)), x, axes, keepdim);
}

export function all(x: Node, dims?: Dims, keepdim = false): Node {
  const axes = normaliseAxes(dims, x.shape.length);
  const count = full(countAlong(x, axes), [], 'int');
  return finish(eq(reduceSum(convert(x, 'int'), axes), count), x, axes, keepdim);
}

/**
 * Inclusive scan with an associative operation by doubling: log₂ n steps (Hillis and Steele 1986).
 * Elements before the start are left out, so no neutral element is needed.
 */
function scan(x: Node, dim: number, combine: (earlier: Node, later: Node) => Node): Node {
  const axis = normaliseAxis(dim, x.shape.length);
  const size = sizeAt(x.shape, axis);
  let current = x;
  for (let step = 1; step < size; step *= 2) {
    const combined = combine(sliceAxis(current, axis, 0, size - step), sliceAxis(current, axis, step, size));
    current = concat([sliceAxis(current, axis, 0, step), combined], axis);
  }
  return current;
}

export const cumulativeProduct = (x: Node, dim: number): Node => (x.shape.length === 0 ? x : scan(x, dim, mul));

export const cumulativeMaximum = (x: Node, dim: number): Node => (x.shape.length === 0 ? x : scan(x, dim, max));

export const cumulativeMinimum = (x: Node, dim: number): Node => (x.shape.length === 0 ? x : scan(x, dim, min));

export function sort(x: Node, dim = -1, descending = false): { values: Node; indices: Node } {
  if (x.shape.length === 0) return { values: x, indices: full(0, [], 'int') };
  const axis = normaliseAxis(dim, x.shape.length);
  const indices = argsort(x, axis, descending);
  return { values: takeAlong(x, indices, axis), indices };
}

export function topk(x: Node, k: number, dim = -1, biggest = true): { values: Node; indices: Node } {
  const axis = normaliseAxis(dim, x.shape.length);
  if (x.shape.length === 0) return { values: x, indices: full(0, [], 'int') };
  if (k < 0 || k > sizeAt(x.shape, axis)) throw new ShapeError('selected index k out of range');
  const indices = sliceAxis(argsort(x, axis, biggest), axis, 0, k);
  return { values: takeAlong(x, indices, axis), indices };
}

/** The k-th smallest (k from 1) along an axis. */
export function kthValue(x: Node, k: number, dim = -1, keepdim = false): { values: Node; indices: Node } {
  if (x.shape.length === 0) return { values: x, indices: full(0, [], 'int') };
  const axis = normaliseAxis(dim, x.shape.length);
  if (k < 1 || k > sizeAt(x.shape, axis))
    throw new ShapeError(`kthvalue(): selected number k out of range for dimension ${axis}`);
  const index = sliceAxis(argsort(x, axis, false), axis, k - 1, k);
  const shape = keepdim ? keptShape(x.shape, [axis]) : x.shape.filter((_, i) => i !== axis);
  return { values: reshape(takeAlong(x, index, axis), shape), indices: reshape(index, shape) };
}

/** The lower of the two middle values for an even count, as torch.median. */
export const medianAlong = (x: Node, dim = -1, keepdim = false): { values: Node; indices: Node } =>
  kthValue(x, Math.floor((sizeAt(x.shape, normaliseAxis(dim, x.shape.length)) + 1) / 2), dim, keepdim);

/** Linear interpolation between order statistics at fraction q ∈ [0, 1]. */
export function quantile(x: Node, q: number, dim: number, keepdim = false): Node {
  const axis = normaliseAxis(dim, x.shape.length);
  const { values } = sort(x, axis);
  const position = q * (sizeAt(x.shape, axis) - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sizeAt(x.shape, axis) - 1);
  const low = sliceAxis(values, axis, below, below + 1);
  const high = sliceAxis(values, axis, above, above + 1);
  const result = add(low, scale(sub(high, low), position - below));
  return keepdim
    ? result
    : reshape(
        result,
        x.shape.filter((_, i) => i !== axis),
      );
}

/** Number of nonzero elements, int. */
export function countNonzero(x: Node, dims?: Dims): Node {
  const nonzero = x.dtype === 'bool' ? x : ne(x, full(0, [], x.dtype));
  return reduceSum(convert(nonzero, 'int'), normaliseAxes(dims, x.shape.length));
}

/** One row of `x` at `index` of an axis that is dropped. */
export const selectIndex = (x: Node, axis: number, index: number): Node =>
  reshape(
    sliceAxis(x, axis, index, index + 1),
    x.shape.filter((_, i) => i !== axis),
  );

/** Differences of neighbours along an axis. */
export function difference(x: Node, dim: number): Node {
  const axis = normaliseAxis(dim, x.shape.length);
  const size = sizeAt(x.shape, axis);
  return sub(sliceAxis(x, axis, 1, size), sliceAxis(x, axis, 0, size - 1));
}

/** Slices over the axes `others` whose p-norm exceeds `limit` are scaled down to it (torch.renorm). */
export function renormalise(x: Node, order: number, others: readonly number[], limit: number): Node {
  const norms = vectorNorm(x, order, others, true);
  const over = lt(full(limit), norms);
  return select(over, mul(x, div(full(limit), add(norms, full(1e-7)))), x);
}
