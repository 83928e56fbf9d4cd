/** Reductions and orderings along axes. */
import type { Node } from '../../../graph/node';
import { abs, cumsum, log, mul, pad, reverse, sliceAxis } from '../../../graph/operations';
import { normaliseAxis, sizeAt } from '../../compositions/axes';
import {
  amax,
  amin,
  argmax,
  argmin,
  mean,
  productAlong,
  sqrtFlatAtZero,
  sum,
  topk,
} from '../../compositions/reductions';
import { logsumexp } from '../../compositions/softmax';
import type { Operator, OperatorCall } from '../operatorCall';

type Reduce = (x: Node, axes: readonly number[], keepdim: boolean) => Node;

/** Axes are an attribute in older operator sets; none mean all, unless `noop_with_empty_axes` says that they mean nothing. */
const over =
  (reduce: Reduce): Operator =>
  (call) => {
    const x = call.input(0);
    const axes = call.listed(1, 'axes') ?? [];
    if (axes.length === 0 && call.int('noop_with_empty_axes', 0) === 1) return x;
    const all = axes.length === 0 ? x.shape.map((_, i) => i) : axes;
    return all.length === 0 ? x : reduce(x, all, call.int('keepdims', 1) === 1);
  };

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
    if (call.int('select_last_index', 0) === 1) call.fail('select_last_index is not read');
    return find(call.input(0), call.int('axis', 0), call.int('keepdims', 1) === 1);
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
  const sums = cumsum(call.int('exclusive', 0) === 1 ? delayed(turned, axis) : turned, axis);
  return backwards ? reverse(sums, [axis]) : sums;
}

/** Moved by one place, zero in front. */
function delayed(x: Node, axis: number): Node {
  const size = sizeAt(x.shape, axis);
  const before = x.shape.map((_, i) => (i === axis ? 1 : 0));
  return pad(
    sliceAxis(x, axis, 0, size - 1),
    before,
    x.shape.map(() => 0),
  );
}

export const reduction: Readonly<Record<string, Operator>> = {
  ReduceSum: over(sum),
  ReduceMean: over(mean),
  ReduceMax: over(amax),
  ReduceMin: over(amin),
  ReduceProd: over(oneByOne(productAlong)),
  ReduceL1: over((x, axes, keepdim) => sum(abs(x), axes, keepdim)),
  ReduceL2: over((x, axes, keepdim) => sqrtFlatAtZero(sum(mul(x, x), axes, keepdim))),
  ReduceSumSquare: over((x, axes, keepdim) => sum(mul(x, x), axes, keepdim)),
  ReduceLogSum: over((x, axes, keepdim) => log(sum(x, axes, keepdim))),
  ReduceLogSumExp: over(logsumexp),
  ArgMax: position(argmax),
  ArgMin: position(argmin),
  TopK: largest,
  CumSum: cumulative,
};
