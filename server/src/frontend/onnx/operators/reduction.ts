/** Reductions and orderings along axes. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import {
  abs,
  concat,
  convert,
  cumsum,
  eq,
  full,
  iota,
  log,
  mul,
  reshape,
  reverse,
  sliceAxis,
  sub,
} from '../../../graph/operations';
import { keptShape, normaliseAxes, normaliseAxis, sizeAt, withAxis } from '../../compositions/axes';
import { square } from '../../compositions/elementwise';
import {
  amax,
  amin,
  argmax,
  argmin,
  cumulativeProduct,
  mean,
  productAlong,
  sqrtFlatAtZero,
  sum,
  topk,
} from '../../compositions/reductions';
import { logsumexp } from '../../compositions/softmax';
import type { Operator, OperatorCall } from '../operatorCall';

type Reduce = (x: Node, axes: readonly number[], keepdim: boolean) => Node;

/**
 * Axes are an attribute in older operator sets; none mean all, unless `noop_with_empty_axes` says that nothing is reduced.
 * `ofNothing`: the result for no elements; `single`: the result for one.
 */
const over =
  (reduce: Reduce, ofNothing: number, single: (x: Node) => Node = (x) => x): Operator =>
  (call) => {
    const x = call.input(0);
    const axes = call.listed(1, 'axes') ?? [];
    if (axes.length === 0 && call.int('noop_with_empty_axes', 0) === 1) return single(x);
    const all = normaliseAxes(axes.length === 0 ? undefined : axes, x.shape.length);
    if (all.length === 0) return single(x);
    const keepdim = call.int('keepdims', 1) === 1;
    if (all.some((axis) => x.shape[axis] === 0)) return nothing(x, all, keepdim, ofNothing);
    return reduce(x, all, keepdim);
  };

/** The neutral element in the shape of a reduction of no elements. */
function nothing(x: Node, axes: readonly number[], keepdim: boolean, value: number): Node {
  const shape = keepdim ? keptShape(x.shape, axes) : x.shape.filter((_, axis) => !axes.includes(axis));
  return full(value, shape, x.dtype);
}

/** In whole numbers where truths are compared. */
const comparing =
  (reduce: Reduce): Reduce =>
  (x, axes, keepdim) =>
    x.dtype === 'bool' ? convert(reduce(convert(x, 'int'), axes, keepdim), 'bool') : reduce(x, axes, keepdim);

/** One axis after the other, from the last on so that positions stay valid. */
const oneByOne =
  (reduce: (x: Node, axis: number, keepdim: boolean) => Node): Reduce =>
  (x, axes, keepdim) =>
    axes
      .map((axis) => normaliseAxis(axis, x.shape.length))
      .sort((a, b) => b - a)
      .reduce((current, axis) => reduce(current, axis, keepdim), x);

const position =
  (find: (x: Node, dim?: number, keepdim?: boolean) => Node): Operator =>
  (call) => {
    const x = call.input(0);
    const axis = normaliseAxis(call.int('axis', 0), x.shape.length);
    const keepdim = call.int('keepdims', 1) === 1;
    if (call.int('select_last_index', 0) !== 1) return find(x, axis, keepdim);
    return sub(full(sizeAt(x.shape, axis) - 1, [], 'int'), find(reverse(x, [axis]), axis, keepdim));
  };

/** The number is an attribute before operator set 10. */
function largest(call: OperatorCall): { readonly outputs: readonly Node[] } {
  const k = call.has('k') ? call.int('k', 1) : (call.numbers(1)[0] ?? 1);
  const { values, indices } = topk(call.input(0), k, call.int('axis', -1), call.int('largest', 1) === 1);
  return { outputs: [values, indices] };
}

/** `exclusive`: without the element itself; `reverse`: from the end. */
function cumulative(call: OperatorCall): Node {
  const x = call.input(0);
  const axis = normaliseAxis(call.numbers(1)[0] ?? 0, x.shape.length);
  const backwards = call.int('reverse', 0) === 1;
  const turned = backwards ? reverse(x, [axis]) : x;
  const sums = cumsum(call.int('exclusive', 0) === 1 ? delayed(turned, axis, 0) : turned, axis);
  return backwards ? reverse(sums, [axis]) : sums;
}

function cumulativeProducts(call: OperatorCall): Node {
  const x = call.input(0);
  const axis = normaliseAxis(call.numbers(1)[0] ?? 0, x.shape.length);
  const backwards = call.int('reverse', 0) === 1;
  const turned = backwards ? reverse(x, [axis]) : x;
  const products = cumulativeProduct(call.int('exclusive', 0) === 1 ? delayed(turned, axis, 1) : turned, axis);
  return backwards ? reverse(products, [axis]) : products;
}

/** 1 at the first largest element along an axis; before operator set 13 over everything from the axis on. */
function hardmax(call: OperatorCall): Node {
  const given = call.input(0);
  const axis = normaliseAxis(call.int('axis', call.version >= 13 ? -1 : 1), given.shape.length);
  const rows = elementCount(given.shape.slice(0, axis));
  const [x, along] =
    call.version >= 13 ? [given, axis] : [reshape(given, [rows, elementCount(given.shape) / Math.max(1, rows)]), 1];
  const hit = eq(argmax(x, along, true), iota(x.shape, along));
  return reshape(convert(hit, 'float'), given.shape);
}

/** Moved by one place, with the neutral element in front. */
function delayed(x: Node, axis: number, neutral: number): Node {
  const size = sizeAt(x.shape, axis);
  return concat([full(neutral, withAxis(x.shape, axis, 1), x.dtype), sliceAxis(x, axis, 0, size - 1)], axis);
}

export const reduction: Readonly<Record<string, Operator>> = {
  ReduceSum: over(sum, 0),
  ReduceMean: over(mean, NaN),
  ReduceMax: over(comparing(amax), -Infinity),
  ReduceMin: over(comparing(amin), Infinity),
  ReduceProd: over(oneByOne(productAlong), 1),
  ReduceL1: over((x, axes, keepdim) => sum(abs(x), axes, keepdim), 0, abs),
  ReduceL2: over((x, axes, keepdim) => sqrtFlatAtZero(sum(mul(x, x), axes, keepdim)), 0, abs),
  ReduceSumSquare: over((x, axes, keepdim) => sum(mul(x, x), axes, keepdim), 0, square),
  ReduceLogSum: over((x, axes, keepdim) => log(sum(x, axes, keepdim)), -Infinity, log),
  ReduceLogSumExp: over(logsumexp, -Infinity),
  ArgMax: position(argmax),
  ArgMin: position(argmin),
  TopK: largest,
  CumSum: cumulative,
  CumProd: cumulativeProducts,
  Hardmax: hardmax,
};
