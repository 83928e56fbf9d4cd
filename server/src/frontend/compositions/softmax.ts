/** Softmax and its relatives, shifted by the maximum so that no exponential overflows. */
import type { Node } from '../../graph/node';
import {
  add,
  cumsum,
  div,
  eq,
  exp,
  full,
  log,
  neg,
  or,
  reduceMax,
  reduceSum,
  reshape,
  select,
  stopGradient,
  sub,
} from '../../graph/operations';
import { keptShape, normaliseAxes, normaliseAxis } from './axes';

/** The maximum along `axes`, kept as size 1. It cancels from every result here, hence no derivative. */
function shift(x: Node, axes: readonly number[]): Node {
  const kept = keptShape(x.shape, axes);
  let largest = stopGradient(x);
  // From the last axis on, so that the positions of the others stay valid.
  for (const axis of [...axes].sort((a, b) => b - a)) largest = reduceMax(largest, axis);
  return reshape(largest, kept);
}

const total = (x: Node, axes: readonly number[]): Node => reshape(reduceSum(x, axes), keptShape(x.shape, axes));

export function softmax(x: Node, dim: number): Node {
  if (x.shape.length === 0) return div(x, x);
  const axes = [normaliseAxis(dim, x.shape.length)];
  const weights = exp(sub(x, shift(x, axes)));
  return div(weights, total(weights, axes));
}

/** Softmax that gives 0 instead of NaN where every score is −∞ (PyTorch's attention). */
export function safeSoftmax(x: Node, dim: number): Node {
  const axes = [normaliseAxis(dim, x.shape.length)];
  const largest = shift(x, axes);
  const weights = exp(sub(x, select(eq(largest, full(-Infinity)), full(0), largest)));
  const sum = total(weights, axes);
  return div(weights, select(eq(sum, full(0)), full(1), sum));
}

export const softmin = (x: Node, dim: number): Node => softmax(neg(x), dim);

/** x − max − log Σ e^{x − max} */
export function logSoftmax(x: Node, dim: number): Node {
  if (x.shape.length === 0) return sub(x, x);
  const axes = [normaliseAxis(dim, x.shape.length)];
  const shifted = sub(x, shift(x, axes));
  return sub(shifted, log(total(exp(shifted), axes)));
}

/** log Σ e^x over `dims`; an infinite maximum is not subtracted, so that the result is ±∞ and not NaN. */
export function logsumexp(x: Node, dims: readonly number[], keepdim = false): Node {
  const axes = normaliseAxes(dims, x.shape.length);
  const largest = shift(x, axes);
  const infinite = or(eq(largest, full(Infinity)), eq(largest, full(-Infinity)));
  const base = select(infinite, full(0), largest);
  const result = add(log(total(exp(sub(x, base)), axes)), base);
  return keepdim
    ? result
    : reshape(
        result,
        x.shape.filter((_, i) => !axes.includes(i)),
      );
}

/** log Σ_{j ≤ i} e^{x_j} along an axis: as `logsumexp`, with one shift for the whole axis. */
export function logcumsumexp(x: Node, dim: number): Node {
  const axis = normaliseAxis(dim, x.shape.length);
  const largest = shift(x, [axis]);
  return add(log(cumsum(exp(sub(x, largest)), axis)), largest);
}
