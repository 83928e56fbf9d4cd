/** Reductions, scans and orderings of torch. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import {
  convert,
  cumsum,
  div,
  full,
  not,
  max,
  min,
  reshape,
  select,
  isnan,
  sub,
  mul,
  add,
  scale,
  sliceAxis,
} from '../../../graph/operations';
import type { PyValue } from '../../../python/values';
import { PyTuple, Unknown } from '../../../python/values';
import type { TorchDtype } from '../../model';
import { normaliseAxis, sizeAt } from '../../compositions/axes';
import { logcumsumexp, logsumexp } from '../../compositions/softmax';
import * as reduce from '../../compositions/reductions';
import { stack } from '../../compositions/structure';
import { concreteValue } from '../tensor/concrete';
import { isFloating } from '../tensor/dtype';
import { castTo, toGraphDtype } from '../tensor/promotion';
import { payloadOf } from '../tensor/tensor';
import type { FunctionRow } from './call';
import { Call, row, typeTitle } from './call';

/** Integers add up as int64. */
const accumulatorType = (dtype: TorchDtype): TorchDtype => (isFloating(dtype) ? dtype : 'int64');

/** The tensor in the type of an accumulating reduction, `dtype=` winning. */
function accumulated(call: Call): { x: Node; dtype: TorchDtype } {
  const dtype = call.optionalDtype() ?? accumulatorType(call.dtype('input'));
  return { x: castTo(call.node('input'), dtype), dtype };
}

function floatsOnly(call: Call): { x: Node; dtype: TorchDtype } {
  const dtype = call.optionalDtype() ?? call.dtype('input');
  if (!isFloating(dtype))
    return call.fail(
      `${call.name}(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: ${typeTitle(call.dtype('input'))}`,
    );
  return { x: castTo(call.node('input'), dtype), dtype };
}

const dims = (call: Call): number[] | undefined => call.optionalIntList('dim');

/** `correction` from `correction=`, or from `unbiased`, given by position or by name. */
function spread(call: Call): { dims: number[] | undefined; correction: number } {
  const first = call.value('dim');
  if (typeof first === 'boolean') return { dims: undefined, correction: first ? 1 : 0 };
  const correction = call.has('correction')
    ? call.number('correction')
    : call.has('unbiased')
      ? call.flag('unbiased')
        ? 1
        : 0
      : 1;
  return { dims: dims(call), correction };
}

const spreadSignature = (name: string): string =>
  `${name}(input, dim=None, unbiased=None, keepdim=False, *, correction=None)`;

function norm(call: Call): PyValue {
  const { x, dtype } = floatsOnly(call);
  const given = call.value('p');
  if (typeof given === 'string' && given !== 'fro') return call.unsupported(`with p='${given}' is not followed`);
  const order = given === null || given === 'fro' ? 2 : call.number('p');
  return call.tensor(reduce.vectorNorm(x, order, dims(call), call.flag('keepdim')), dtype);
}

type Pair = { values: Node; indices: Node };

const pairOf = (call: Call, { values, indices }: Pair): PyValue =>
  call.struct({ values: call.tensor(values, call.dtype('input')), indices: call.tensor(indices, 'int64') });

/** max and min: of everything, along an axis, or of two tensors. */
const extremum = (
  name: string,
  along: (x: Node, dim: number, keepdim: boolean) => Pair,
  overall: (x: Node) => Node,
  between: (a: Node, b: Node) => Node,
): FunctionRow =>
  row(`${name}(input, dim=None, keepdim=False, *, other=None)`, (call) => {
    const second = call.has('other') ? call.value('other') : call.value('dim');
    if (payloadOf(second) !== undefined) {
      const pair = new Call({ ...call.args, other: second }, call.interpreter, name);
      const { nodes, dtype } = pair.promoted('input', 'other');
      return call.tensor(between(nodes[0] ?? full(0), nodes[1] ?? full(0)), dtype);
    }
    if (!call.has('dim')) return call.tensor(overall(call.node('input')), call.dtype('input'));
    return pairOf(call, along(call.node('input'), call.int('dim'), call.flag('keepdim')));
  });

/** Extremes of ints and bools go through ints. */
const numeric = (x: Node): Node => (x.dtype === 'bool' ? convert(x, 'int') : x);

function allOrAny(name: 'all' | 'any'): FunctionRow {
  return row(`${name}(input, dim=None, keepdim=False)`, (call) =>
    call.tensor(reduce[name](toGraphDtype(call.node('input'), 'bool'), dims(call), call.flag('keepdim')), 'bool'),
  );
}

function quantiles(call: Call): PyValue {
  const x = call.floats('input');
  const flat = call.has('dim') ? x : reshape(x, [elementCount(x.shape)]);
  const dim = call.optionalInt('dim') ?? 0;
  const levels = payloadOf(call.value('q'));
  if (levels === undefined)
    return call.tensor(reduce.quantile(flat, call.number('q'), dim, call.flag('keepdim')), call.floatDtype('input'));
  const known = concreteValue(levels.node, call.interpreter);
  if (known === undefined) return call.unsupported('with levels that depend on the data is not followed');
  const parts = [...known].map((q) => reduce.quantile(flat, q, dim, call.flag('keepdim')));
  const stacked = levels.shape.length === 0 ? (parts[0] ?? x) : stack(parts, 0);
  return call.tensor(stacked, call.floatDtype('input'));
}

/** Positions of running extremes are not computed; using them ends the trace. */
const unknownIndices = (call: Call): Unknown =>
  new Unknown(`the indices of ${call.name} are not followed`, call.interpreter.currentSpan);

function ordering(call: Call): { dim: number; descending: boolean } {
  const first = call.value('dim');
  // torch.sort(x, True) means descending in its old form.
  return typeof first === 'boolean'
    ? { dim: -1, descending: first }
    : { dim: call.int('dim'), descending: call.flag('descending') };
}

/** Functions and methods. */
export const reductionRows: readonly FunctionRow[] = [
  row('sum(input, dim=None, keepdim=False, *, dtype=None)', (call) => {
    const { x, dtype } = accumulated(call);
    return call.tensor(reduce.sum(x, dims(call), call.flag('keepdim')), dtype);
  }),
  row('nansum(input, dim=None, keepdim=False, *, dtype=None)', (call) => {
    const { x, dtype } = accumulated(call);
    return call.tensor(reduce.sum(select(isnan(x), full(0), x), dims(call), call.flag('keepdim')), dtype);
  }),
  row('mean(input, dim=None, keepdim=False, *, dtype=None)', (call) => {
    const { x, dtype } = floatsOnly(call);
    return call.tensor(reduce.mean(x, dims(call), call.flag('keepdim')), dtype);
  }),
  row('nanmean(input, dim=None, keepdim=False, *, dtype=None)', (call) => {
    const { x, dtype } = floatsOnly(call);
    const missing = isnan(x);
    const total = reduce.sum(select(missing, full(0), x), dims(call), call.flag('keepdim'));
    const count = reduce.sum(convert(not(missing), 'float'), dims(call), call.flag('keepdim'));
    return call.tensor(div(total, count), dtype);
  }),
  row('prod(input, dim=None, keepdim=False, *, dtype=None)', (call) => {
    const { x, dtype } = accumulated(call);
    const result = call.has('dim') ? reduce.productAlong(x, call.int('dim'), call.flag('keepdim')) : reduce.product(x);
    return call.tensor(result, dtype);
  }),
  row(spreadSignature('var'), (call) => {
    const { dims: axes, correction } = spread(call);
    return call.tensor(
      reduce.variance(floatsOnly(call).x, axes, correction, call.flag('keepdim')),
      call.dtype('input'),
    );
  }),
  row(spreadSignature('std'), (call) => {
    const { dims: axes, correction } = spread(call);
    return call.tensor(
      reduce.standardDeviation(floatsOnly(call).x, axes, correction, call.flag('keepdim')),
      call.dtype('input'),
    );
  }),
  row(spreadSignature('var_mean'), (call) => {
    const { dims: axes, correction } = spread(call);
    const keepdim = call.flag('keepdim');
    return new PyTuple([
      call.tensor(reduce.variance(floatsOnly(call).x, axes, correction, keepdim), call.dtype('input')),
      call.tensor(reduce.mean(floatsOnly(call).x, axes, keepdim), call.dtype('input')),
    ]);
  }),
  row(spreadSignature('std_mean'), (call) => {
    const { dims: axes, correction } = spread(call);
    const keepdim = call.flag('keepdim');
    return new PyTuple([
      call.tensor(reduce.standardDeviation(floatsOnly(call).x, axes, correction, keepdim), call.dtype('input')),
      call.tensor(reduce.mean(floatsOnly(call).x, axes, keepdim), call.dtype('input')),
    ]);
  }),
  row('norm(input, p="fro", dim=None, keepdim=False, dtype=None)', norm),
  row('dist(input, other, p=2)', (call) => {
    const { nodes, dtype } = call.promotedFloats('input', 'other');
    return call.tensor(reduce.vectorNorm(sub(nodes[0] ?? full(0), nodes[1] ?? full(0)), call.number('p')), dtype);
  }),
  extremum(
    'max',
    (x, dim, keepdim) => reduce.maxAlong(numeric(x), dim, keepdim),
    (x) => reduce.amax(numeric(x)),
    max,
  ),
  extremum(
    'min',
    (x, dim, keepdim) => reduce.minAlong(numeric(x), dim, keepdim),
    (x) => reduce.amin(numeric(x)),
    min,
  ),
  row('amax(input, dim=None, keepdim=False)', (call) =>
    call.tensor(reduce.amax(numeric(call.node('input')), dims(call), call.flag('keepdim')), call.dtype('input')),
  ),
  row('amin(input, dim=None, keepdim=False)', (call) =>
    call.tensor(reduce.amin(numeric(call.node('input')), dims(call), call.flag('keepdim')), call.dtype('input')),
  ),
  row('aminmax(input, *, dim=None, keepdim=False)', (call) => {
    const x = call.node('input');
    const [axes, keepdim] = [dims(call), call.flag('keepdim')];
    return call.struct({
      min: call.tensor(reduce.amin(x, axes, keepdim), call.dtype('input')),
      max: call.tensor(reduce.amax(x, axes, keepdim), call.dtype('input')),
    });
  }),
  row('argmax(input, dim=None, keepdim=False)', (call) =>
    call.tensor(reduce.argmax(numeric(call.node('input')), call.optionalInt('dim'), call.flag('keepdim')), 'int64'),
  ),
  row('argmin(input, dim=None, keepdim=False)', (call) =>
    call.tensor(reduce.argmin(numeric(call.node('input')), call.optionalInt('dim'), call.flag('keepdim')), 'int64'),
  ),
  allOrAny('all'),
  allOrAny('any'),
  row('logsumexp(input, dim, keepdim=False)', (call) =>
    call.tensor(logsumexp(call.floats('input'), call.intList('dim'), call.flag('keepdim')), call.floatDtype('input')),
  ),
  row('cumsum(input, dim, *, dtype=None)', (call) => {
    const { x, dtype } = accumulated(call);
    return call.tensor(x.shape.length === 0 ? x : cumsum(x, normaliseAxis(call.int('dim'), x.shape.length)), dtype);
  }),
  row('cumprod(input, dim, *, dtype=None)', (call) => {
    const { x, dtype } = accumulated(call);
    return call.tensor(reduce.cumulativeProduct(x, call.int('dim')), dtype);
  }),
  row('logcumsumexp(input, dim)', (call) =>
    call.tensor(logcumsumexp(call.floats('input'), call.int('dim')), call.floatDtype('input')),
  ),
  row('cummax(input, dim)', (call) => {
    const values = reduce.cumulativeMaximum(call.node('input'), call.int('dim'));
    return call.struct({ values: call.tensor(values, call.dtype('input')), indices: unknownIndices(call) });
  }),
  row('cummin(input, dim)', (call) => {
    const values = reduce.cumulativeMinimum(call.node('input'), call.int('dim'));
    return call.struct({ values: call.tensor(values, call.dtype('input')), indices: unknownIndices(call) });
  }),
  row('sort(input, dim=-1, descending=False, stable=False)', (call) => {
    const { dim, descending } = ordering(call);
    return pairOf(call, reduce.sort(numeric(call.node('input')), dim, descending));
  }),
  row('msort(input)', (call) => call.tensor(reduce.sort(call.node('input'), 0).values, call.dtype('input'))),
  row('argsort(input, dim=-1, descending=False, stable=False)', (call) => {
    const { dim, descending } = ordering(call);
    return call.tensor(reduce.sort(numeric(call.node('input')), dim, descending).indices, 'int64');
  }),
  row('topk(input, k, dim=-1, largest=True, sorted=True)', (call) =>
    pairOf(call, reduce.topk(call.node('input'), call.int('k'), call.int('dim'), call.flag('largest'))),
  ),
  row('kthvalue(input, k, dim=-1, keepdim=False)', (call) =>
    pairOf(call, reduce.kthValue(call.node('input'), call.int('k'), call.int('dim'), call.flag('keepdim'))),
  ),
  row('median(input, dim=None, keepdim=False)', (call) => {
    const x = call.node('input');
    if (call.has('dim')) return pairOf(call, reduce.medianAlong(x, call.int('dim'), call.flag('keepdim')));
    return call.tensor(reduce.medianAlong(reshape(x, [elementCount(x.shape)]), 0).values, call.dtype('input'));
  }),
  row('quantile(input, q, dim=None, keepdim=False, *, interpolation="linear")', quantiles),
  row('count_nonzero(input, dim=None)', (call) =>
    call.tensor(reduce.countNonzero(call.node('input'), dims(call)), 'int64'),
  ),
  row('diff(input, n=1, dim=-1)', (call) => {
    let x = call.node('input');
    for (let i = 0; i < call.int('n'); i++) x = reduce.difference(x, call.int('dim'));
    return call.tensor(x, call.dtype('input'));
  }),
  row('renorm(input, p, dim, maxnorm)', (call) => {
    const x = call.floats('input');
    const axis = normaliseAxis(call.int('dim'), x.shape.length);
    const others = x.shape.map((_, i) => i).filter((i) => i !== axis);
    return call.tensor(
      reduce.renormalise(x, call.number('p'), others, call.number('maxnorm')),
      call.floatDtype('input'),
    );
  }),
  row('trapezoid(y, x=None, *, dx=1, dim=-1)', (call) => {
    const y = call.floats('y');
    const axis = normaliseAxis(call.int('dim'), y.shape.length);
    const size = sizeAt(y.shape, axis);
    const width = call.has('x') ? reduce.difference(call.floats('x'), -1) : full(call.number('dx'));
    const middle = scale(add(sliceAxis(y, axis, 0, size - 1), sliceAxis(y, axis, 1, size)), 0.5);
    return call.tensor(reduce.sum(mul(middle, width), [axis]), call.floatDtype('y'));
  }),
];
