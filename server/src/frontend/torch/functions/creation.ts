/** Functions that make tensors: constants, ranges, random numbers. */
import type { Node } from '../../../graph/node';
import {
  broadcastShapes,
  broadcastTo,
  add,
  constant,
  eq,
  full,
  iota,
  lt,
  mul,
  scale,
  select,
} from '../../../graph/operations';
import type { Shape } from '../../../graph/primitives';
import type { PyValue } from '../../../python/values';
import { PyList, PyTuple, Unknown } from '../../../python/values';
import type { TorchDtype } from '../../model';
import { oneHot } from '../../compositions/structure';
import { concreteValue, requireConcrete } from '../tensor/concrete';
import { graphDtype } from '../tensor/dtype';
import { tensorFromPython, withoutArray } from '../tensor/fromPython';
import { drawn, lazyConstant } from '../tensor/lazyConstant';
import { asOperand, castTo } from '../tensor/promotion';
import type { RandomStream } from '../tensor/randomStream';
import { payloadOf } from '../tensor/tensor';
import type { Call, FunctionRow } from './call';
import { isSequence, row } from './call';

/** Keyword arguments that every factory takes; only `dtype` and `requires_grad` matter. */
const factory =
  'dtype=None, layout=None, device=None, requires_grad=False, pin_memory=False, memory_format=None, generator=None';

/** A made tensor that may be a leaf with gradient. */
function made(call: Call, node: Node, dtype: TorchDtype): PyValue {
  const tensor = call.tensor(node, dtype);
  if (call.has('requires_grad') && call.flag('requires_grad')) {
    const payload = payloadOf(tensor);
    if (payload !== undefined) payload.requiresGrad = true;
  }
  return tensor;
}

/** Sizes given as `*size`. */
const sizes = (call: Call): number[] => {
  const shape = call.variadicInts('size');
  const negative = shape.find((size) => size < 0);
  if (negative !== undefined)
    call.fail(`Trying to create tensor with negative dimension ${negative}: [${shape.join(', ')}]`);
  return shape;
};

const dtypeOr = (call: Call, fallback: TorchDtype): TorchDtype => call.optionalDtype() ?? fallback;

const constantRow = (name: string, value: number): FunctionRow =>
  row(`${name}(*size, ${factory})`, (call) => {
    const dtype = dtypeOr(call, call.context.defaultDtype);
    return made(call, full(value, sizes(call), graphDtype(dtype)), dtype);
  });

/** `…_like(input)` */
const likeRow = (name: string, fill: (call: Call, shape: Shape, dtype: TorchDtype) => Node): FunctionRow =>
  row(`${name}(input, ${name === 'full_like' ? 'fill_value, ' : ''}*, ${factory})`, (call) => {
    const dtype = dtypeOr(call, call.dtype('input'));
    return made(call, fill(call, call.payload('input').shape, dtype), dtype);
  });

function filled(call: Call, shape: Shape, dtype: TorchDtype): Node {
  const value = asOperand(call.value('fill_value'), call.interpreter) ?? call.wrongType('fill_value', 'Number');
  return broadcastTo(castTo(value.node, dtype), shape);
}

/** Type of full(…): that of its value. */
function fillDtype(call: Call): TorchDtype {
  const value = asOperand(call.value('fill_value'), call.interpreter) ?? call.wrongType('fill_value', 'Number');
  return value.dtype;
}

/** Random values made when first needed. */
function random(call: Call, shape: Shape, value: (stream: RandomStream) => number): Node {
  const stream = call.context.draw(call.interpreter.currentSpan);
  return lazyConstant(shape, 'float', (count) => {
    const numbers = stream();
    return drawn(count, () => value(numbers));
  });
}

export const uniformNode = (call: Call, shape: Shape): Node => random(call, shape, (stream) => stream.uniform());

export function normalNode(call: Call, shape: Shape): Node {
  const { noise, phase } = call.context;
  const node = random(call, shape, (stream) => stream.normal());
  return noise || phase === 'construct' ? node : broadcastTo(full(0), shape);
}

/** Standard Gumbel noise −log(−log u). */
export const gumbelNode = (call: Call, shape: Shape): Node =>
  random(call, shape, (stream) => -Math.log(-Math.log(stream.uniform() || Number.MIN_VALUE)));

export const exponentialNode = (call: Call, shape: Shape): Node =>
  random(call, shape, (stream) => -Math.log(1 - stream.uniform()));

export function integerNode(call: Call, shape: Shape, low: number, high: number): Node {
  const stream = call.context.draw(call.interpreter.currentSpan);
  return lazyConstant(shape, 'int', (count) => {
    const numbers = stream();
    return Int32Array.from({ length: count }, () => numbers.integer(low, high));
  });
}

/** bool with probability p (a number, or a tensor of the shape). */
export function bernoulliNode(call: Call, shape: Shape, probability: Node | number): Node {
  const uniform = uniformNode(call, shape);
  return lt(uniform, typeof probability === 'number' ? full(probability) : probability);
}

const randomRow = (name: string, node: (call: Call, shape: Shape) => Node): FunctionRow =>
  row(`${name}(*size, ${factory})`, (call) =>
    made(call, node(call, sizes(call)), dtypeOr(call, call.context.defaultDtype)),
  );

function arange(call: Call): PyValue {
  const first = ['start', 'end', 'step'].map((name) => call.value(name));
  const [start, end] = first[1] === null ? [0, call.number('start')] : [call.number('start'), call.number('end')];
  const step = call.number('step');
  const whole = first.every(
    (value) => value === null || typeof value === 'bigint' || payloadOf(value)?.dtype === 'int64',
  );
  const dtype = dtypeOr(call, whole ? 'int64' : call.context.defaultDtype);
  if (step === 0) return call.fail('step must be nonzero');
  const count = Math.max(0, Math.ceil((end - start) / step));
  if ((end - start) * step < 0) return call.fail('upper bound and lower bound inconsistent with step sign');
  const counter = iota([count], 0);
  const node =
    graphDtype(dtype) === 'int' && whole
      ? add(mul(counter, full(step, [], 'int')), full(start, [], 'int'))
      : constant(
          Float64Array.from({ length: count }, (_, i) => start + i * step),
          [count],
        );
  return made(call, node, dtype);
}

function spaced(call: Call, at: (fraction: number) => number): PyValue {
  const steps = call.int('steps');
  const data = Float64Array.from({ length: steps }, (_, i) => at(steps > 1 ? i / (steps - 1) : 0));
  return made(call, constant(data, [steps]), dtypeOr(call, call.context.defaultDtype));
}

/** Elements of a matrix that is written out. */
const LARGEST_WRITTEN = 1 << 20;

function identity(call: Call): PyValue {
  const n = call.int('n');
  const m = call.optionalInt('m') ?? n;
  const dtype = dtypeOr(call, call.context.defaultDtype);
  if (n * m > LARGEST_WRITTEN) {
    const onDiagonal = eq(iota([n, m], 0), iota([n, m], 1));
    return made(call, select(onDiagonal, full(1, [n, m]), full(0, [n, m])), dtype);
  }
  const data = new Float64Array(n * m);
  for (let i = 0; i < Math.min(n, m); i++) data[i * m + i] = 1;
  return made(call, constant(data, [n, m]), dtype);
}

/** torch.tensor and its relatives. A tensor argument is copied (`copy`) or passed on. */
function fromData(call: Call, copy: boolean): PyValue {
  const data = withoutArray(call.value('data'));
  const own = payloadOf(data);
  const dtype = call.optionalDtype();
  if (own !== undefined && !copy)
    return dtype === undefined || dtype === own.dtype ? data : call.tensor(castTo(own.node, dtype), dtype);
  if (containsUnknown(data)) return new Unknown('the elements of a tensor are not known', call.interpreter.currentSpan);
  const tensor = tensorFromPython(data, call.interpreter, dtype);
  const payload = payloadOf(tensor);
  if (payload !== undefined && call.has('requires_grad') && call.flag('requires_grad')) payload.requiresGrad = true;
  return tensor;
}

const containsUnknown = (value: PyValue): boolean =>
  value instanceof Unknown ||
  ((value instanceof PyList || value instanceof PyTuple) && value.items.some(containsUnknown));

function normalDistribution(call: Call): PyValue {
  const [mean, std] = ['mean', 'std'].map(
    (name) => asOperand(call.value(name), call.interpreter) ?? call.wrongType(name, 'Tensor or Number'),
  );
  if (mean === undefined || std === undefined) return call.fail('normal(): mean and std are needed');
  const dtype =
    call.optionalDtype() ??
    (mean.rank !== 'number' ? mean.dtype : std.rank !== 'number' ? std.dtype : call.context.defaultDtype);
  const shape = call.has('size') ? call.intList('size') : broadcastShapes(mean.node.shape, std.node.shape);
  const noise = normalNode(call, shape);
  return made(call, add(mul(noise, castTo(std.node, dtype)), castTo(mean.node, dtype)), dtype);
}

function randint(call: Call): PyValue {
  // randint(high, size), randint(low, high, size)
  const positional = ['low', 'high', 'size'].map((name) => call.value(name)).filter((value) => value !== null);
  const shapeAt = positional.findIndex(isSequence);
  const shape = [...call.interpreter.iterate(positional[shapeAt] ?? null)].map((size) =>
    call.interpreter.toInt(size, 'size'),
  );
  const limits = positional.filter((_, i) => i !== shapeAt).map((value) => call.interpreter.toInt(value, 'limit'));
  const [low, high] = limits.length === 1 ? [0, limits[0] ?? 1] : [limits[0] ?? 0, limits[1] ?? 1];
  if (high <= low) return call.fail(`random_ expects 'from' to be less than 'to', but got from=${low} >= to=${high}`);
  return made(call, integerNode(call, shape, low, high), dtypeOr(call, 'int64'));
}

/** Row and column indices of a triangle [2, count]. */
function triangleIndices(call: Call, lower: boolean): PyValue {
  const [rows, columns, offset] = [call.int('row'), call.int('col'), call.int('offset')];
  const pairs: [number, number][] = [];
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) if (lower ? j - i <= offset : j - i >= offset) pairs.push([i, j]);
  const data = Int32Array.from([...pairs.map(([i]) => i), ...pairs.map(([, j]) => j)]);
  return call.tensor(constant(data, [2, pairs.length]), 'int64');
}

const windows: Readonly<Record<string, (phase: number) => number>> = {
  hann_window: (phase) => 0.5 - 0.5 * Math.cos(phase),
  hamming_window: (phase) => 0.54 - 0.46 * Math.cos(phase),
  blackman_window: (phase) => 0.42 - 0.5 * Math.cos(phase) + 0.08 * Math.cos(2 * phase),
  bartlett_window: (phase) => 1 - Math.abs(phase / Math.PI - 1),
};

const windowRows = Object.entries(windows).map(([name, at]) =>
  row(`${name}(window_length, periodic=True, *, ${factory})`, (call) => {
    const length = call.int('window_length');
    const period = Math.max(call.flag('periodic') ? length : length - 1, 1);
    const data = Float64Array.from({ length }, (_, i) => (length === 1 ? 1 : at((2 * Math.PI * i) / period)));
    return made(call, constant(data, [length]), dtypeOr(call, call.context.defaultDtype));
  }),
);

/** Functions only. */
export const creationRows: readonly FunctionRow[] = [
  constantRow('zeros', 0),
  constantRow('ones', 1),
  constantRow('empty', 0),
  row(`full(size, fill_value, *, ${factory})`, (call) => {
    const dtype = dtypeOr(call, fillDtype(call));
    return made(call, filled(call, call.intList('size'), dtype), dtype);
  }),
  row(`empty_strided(size, stride, *, ${factory})`, (call) => {
    const dtype = dtypeOr(call, call.context.defaultDtype);
    return made(call, full(0, call.intList('size'), graphDtype(dtype)), dtype);
  }),
  likeRow('zeros_like', (_, shape, dtype) => full(0, shape, graphDtype(dtype))),
  likeRow('ones_like', (_, shape, dtype) => full(1, shape, graphDtype(dtype))),
  likeRow('empty_like', (_, shape, dtype) => full(0, shape, graphDtype(dtype))),
  likeRow('full_like', filled),
  likeRow('rand_like', (call, shape) => uniformNode(call, shape)),
  likeRow('randn_like', (call, shape) => normalNode(call, shape)),
  row(`randint_like(input, low, high=None, *, ${factory})`, (call) => {
    const [low, high] = call.has('high') ? [call.int('low'), call.int('high')] : [0, call.int('low')];
    const dtype = dtypeOr(call, call.dtype('input'));
    return made(call, castTo(integerNode(call, call.payload('input').shape, low, high), dtype), dtype);
  }),
  randomRow('rand', uniformNode),
  randomRow('randn', normalNode),
  row(`randint(low=None, high=None, size=None, *, ${factory})`, randint),
  row(`randperm(n, *, ${factory})`, (call) => {
    const stream = call.context.draw(call.interpreter.currentSpan);
    return made(
      call,
      lazyConstant([call.int('n')], 'int', (count) => stream().permutation(count)),
      dtypeOr(call, 'int64'),
    );
  }),
  row(
    'normal(mean=0.0, std=1.0, size=None, *, dtype=None, device=None, generator=None, requires_grad=False)',
    normalDistribution,
  ),
  row(`arange(start, end=None, step=1, *, ${factory})`, arange),
  row(`range(start, end=None, step=1, *, ${factory})`, (call) => {
    const [start, end, step] = [call.number('start'), call.number('end'), call.number('step')];
    const data = Float64Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, i) => start + i * step);
    return made(call, constant(data, [data.length]), dtypeOr(call, call.context.defaultDtype));
  }),
  row(`linspace(start, end, steps, *, ${factory})`, (call) => {
    const [start, end] = [call.number('start'), call.number('end')];
    return spaced(call, (t) => (t <= 0.5 ? start + t * (end - start) : end - (1 - t) * (end - start)));
  }),
  row(`logspace(start, end, steps, base=10.0, *, ${factory})`, (call) => {
    const [start, end, base] = [call.number('start'), call.number('end'), call.number('base')];
    return spaced(call, (t) => base ** (start + t * (end - start)));
  }),
  row(`eye(n, m=None, *, ${factory})`, identity),
  row('tensor(data, *, dtype=None, device=None, requires_grad=False, pin_memory=False)', (call) =>
    fromData(call, true),
  ),
  row('as_tensor(data, dtype=None, device=None)', (call) => fromData(call, false)),
  row('asarray(data, *, dtype=None, device=None, copy=None, requires_grad=False)', (call) => fromData(call, false)),
  row('from_numpy(data)', (call) => fromData(call, false)),
  row('scalar_tensor(data, *, dtype=None, device=None)', (call) => fromData(call, true)),
  row('tril_indices(row, col, offset=0, *, dtype=None, device=None, layout=None)', (call) =>
    triangleIndices(call, true),
  ),
  row('triu_indices(row, col, offset=0, *, dtype=None, device=None, layout=None)', (call) =>
    triangleIndices(call, false),
  ),
  ...windowRows,
];

/** Functions and methods. */
export const randomRows: readonly FunctionRow[] = [
  row('bernoulli(input, p=None, *, generator=None)', (call) => {
    const probability = call.has('p') ? call.number('p') : call.floats('input');
    return call.tensor(bernoulliNode(call, call.payload('input').shape, probability), call.dtype('input'));
  }),
  row('poisson(input, generator=None)', (call) =>
    call.unsupported('draws from a distribution that depends on its input, which is not followed'),
  ),
  row('multinomial(input, num_samples, replacement=False, *, generator=None)', (call) => {
    if (concreteValue(call.node('input'), call.interpreter) === undefined)
      return call.stop('multinomial samples from probabilities that depend on the data');
    const weights = [...requireConcrete(call.payload('input'), call.interpreter, 'multinomial')];
    if (call.payload('input').shape.length !== 1) return call.unsupported('of several rows is not followed');
    const stream = call.context.draw(call.interpreter.currentSpan)();
    const count = call.int('num_samples');
    const chosen = Int32Array.from({ length: count }, () => {
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      let left = stream.uniform() * total;
      let index = weights.findIndex((weight) => (left -= weight) < 0);
      if (index < 0) index = weights.findLastIndex((weight) => weight > 0);
      if (!call.flag('replacement')) weights[index] = 0;
      return index;
    });
    return call.tensor(constant(chosen, [count]), 'int64');
  }),
];

/** `x.new_zeros(…)` and its relatives: methods only, in the tensor's own type. */
export const newRows: readonly FunctionRow[] = [
  ...(
    [
      ['new_zeros', 0],
      ['new_ones', 1],
      ['new_empty', 0],
    ] as const
  ).map(([name, value]) =>
    row(
      `${name}(input, *size, dtype=None, device=None, requires_grad=False, layout=None, pin_memory=False)`,
      (call) => {
        const dtype = dtypeOr(call, call.dtype('input'));
        return made(call, full(value, call.variadicInts('size'), graphDtype(dtype)), dtype);
      },
    ),
  ),
  row('new_full(input, size, fill_value, *, dtype=None, device=None, requires_grad=False)', (call) => {
    const dtype = dtypeOr(call, call.dtype('input'));
    return made(call, filled(call, call.intList('size'), dtype), dtype);
  }),
  row('new_tensor(input, data, *, dtype=None, device=None, requires_grad=False)', (call) =>
    tensorFromPython(call.value('data'), call.interpreter, dtypeOr(call, call.dtype('input'))),
  ),
  row('new(input, *data)', (call) => legacyTensor(call, call.dtype('input'))),
];

/** torch.Tensor(2, 3), torch.FloatTensor([1, 2]), x.new(…): sizes, or data. */
export function legacyTensor(call: Call, dtype: TorchDtype): PyValue {
  const given = [...call.interpreter.iterate(call.value('data'))].map(withoutArray);
  const [only] = given;
  if (given.length === 1 && only !== undefined && typeof only !== 'bigint') {
    const own = payloadOf(only);
    if (own !== undefined) return call.tensor(castTo(own.node, dtype), dtype);
    if (containsUnknown(only))
      return new Unknown('the elements of a tensor are not known', call.interpreter.currentSpan);
    const isSize = only instanceof PyTuple && only.cls?.name === 'Size';
    if (!isSize) return tensorFromPython(only, call.interpreter, dtype);
  }
  const shape = given.length === 0 ? [0] : call.variadicInts('data');
  return call.tensor(full(0, shape, graphDtype(dtype)), dtype);
}

/** F.one_hot */
export function oneHotTensor(call: Call): PyValue {
  const index = call.node('input');
  const given = call.int('num_classes');
  if (given >= 0) return call.tensor(oneHot(index, given), 'int64');
  const known = concreteValue(index, call.interpreter);
  if (known === undefined) return call.stop('one_hot without num_classes needs values that depend on the data');
  return call.tensor(oneHot(index, [...known].reduce((largest, value) => Math.max(largest, value), -1) + 1), 'int64');
}

/** Elements kept with probability 1 − p and scaled by 1/(1 − p). */
export function dropoutMask(call: Call, shape: Shape, p: number): Node {
  if (p >= 1) return full(0, shape);
  return select(bernoulliNode(call, shape, 1 - p), full(1 / (1 - p)), full(0));
}

/** Values in [0, 1) spread over [low, high). */
export const scaled = (node: Node, low: number, high: number): Node => add(scale(node, high - low), full(low));
