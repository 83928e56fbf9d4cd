/** Data in training scripts: functions that know the shape of what they give, although not its values. */
import { LimitExceeded, PythonException, TraceStop } from '../../python/errors';
import type { Interpreter } from '../../python/interpreter';
import {
  NativeFunction,
  PyDict,
  PyInstance,
  PyList,
  PyModule,
  PyTuple,
  Unknown,
  UnknownList,
} from '../../python/values';
import type { BoundArguments, PyValue } from '../../python/values';
import type { TorchDtype } from '../model';
import { UNKNOWN_EXTENT } from '../../dataset/unknownExtent';
import { dataTensor } from './tensor/dataTensor';
import { asDtype } from './tensor/dtype';
import { withoutArray } from './tensor/fromPython';
import { payloadOf } from './tensor/tensor';

/** What is known of a result although an argument is not; undefined: nothing. */
type ShapeRule = (args: BoundArguments, interpreter: Interpreter) => PyValue | undefined;

const rules: Readonly<Record<string, ShapeRule>> = {
  randint: (args, interpreter) => {
    const shape = ['size', 'high', 'low']
      .map((name) => knownShape(args[name] ?? null))
      .find((each) => each !== undefined);
    return shape && dataTensor(interpreter, shape, asDtype(args['dtype'] ?? null) ?? 'int64');
  },
  randperm: (args, interpreter) =>
    args['n'] instanceof Unknown ? dataTensor(interpreter, [UNKNOWN_EXTENT], 'int64') : undefined,
  tensor: fromUnknownList,
  as_tensor: fromUnknownList,
  from_numpy: fromUnknownList,
  stack: ({ tensors = null, dim = 0n }, interpreter) => {
    const item = tensors instanceof UnknownList ? payloadOf(tensors.item) : undefined;
    return item === undefined || dim !== 0n
      ? undefined
      : dataTensor(interpreter, [UNKNOWN_EXTENT, ...item.shape], item.dtype);
  },
};

/** For an interpreter that only reads a training script. */
export function installScriptTensors(interpreter: Interpreter): void {
  const torch: unknown = interpreter.importModule('torch');
  if (!(torch instanceof PyModule)) return;
  for (const [name, rule] of Object.entries(rules)) {
    const original = interpreter.findAttribute(torch, name);
    if (!(original instanceof NativeFunction)) continue;
    torch.attributes.set(
      name,
      new NativeFunction(original.signature, (args, caller) => {
        const isUnknown = Object.values(args).some((value) => value instanceof Unknown);
        return (isUnknown ? rule(args, caller) : undefined) ?? original.call(args, caller);
      }),
    );
  }
}

function knownShape(value: PyValue): number[] | undefined {
  const items = value instanceof PyTuple || value instanceof PyList ? value.items : undefined;
  return items?.every((item) => typeof item === 'bigint' || item instanceof Unknown) === true
    ? items.map((item) => (typeof item === 'bigint' ? Number(item) : UNKNOWN_EXTENT))
    : undefined;
}

function fromUnknownList({ data = null, dtype = null }: BoundArguments, interpreter: Interpreter): PyValue | undefined {
  const shape: number[] = [];
  let item = data;
  for (; item instanceof UnknownList; item = withoutArray(item.item)) shape.push(UNKNOWN_EXTENT);
  const inner = shape.length === 0 ? undefined : leaf(item);
  return inner && dataTensor(interpreter, [...shape, ...inner.shape], asDtype(dtype) ?? inner.dtype);
}

/** Shape and type of the innermost item of nested lists. */
function leaf(item: PyValue): { readonly shape: readonly number[]; readonly dtype: TorchDtype } | undefined {
  if (typeof item === 'boolean') return { shape: [], dtype: 'bool' };
  if (typeof item === 'bigint') return { shape: [], dtype: 'int64' };
  if (typeof item === 'number') return { shape: [], dtype: 'float32' };
  const payload = payloadOf(item);
  if (payload !== undefined) return payload;
  const first = item instanceof PyList || item instanceof PyTuple ? item.items[0] : undefined;
  const inner = first === undefined ? undefined : leaf(first);
  return inner && (item instanceof PyList || item instanceof PyTuple)
    ? { ...inner, shape: [item.items.length, ...inner.shape] }
    : undefined;
}

/** An array of numpy of the given shape (one axis where none is given) and type. */
export function dataArray(interpreter: Interpreter, shape: PyValue, dtype: PyValue): PyValue | undefined {
  const arrays = interpreter.importModule('numpy');
  const example = attempt(() => interpreter.call(interpreter.getAttribute(arrays, 'zeros'), [1n, dtype]));
  const type = example === undefined ? undefined : payloadOf(withoutArray(example))?.dtype;
  const extents =
    shape === null ? [UNKNOWN_EXTENT] : knownShape(typeof shape === 'bigint' ? new PyTuple([shape]) : shape);
  if (type === undefined || extents === undefined) return undefined;
  return interpreter.call(interpreter.getAttribute(arrays, 'ndarray'), [dataTensor(interpreter, extents, type)]);
}

/**
 * What a loader of torch.utils.data gives: samples of the data set joined along a new first axis, as its default collation
 * does. Unknown where a sample cannot be followed.
 */
export function batchOf(interpreter: Interpreter, loader: PyInstance): PyValue {
  const option = (name: string): PyValue => loader.attributes.get(name) ?? null;
  const dataset = option('dataset');
  const sample =
    attempt(() => firstSample(interpreter, dataset)) ?? new Unknown('a sample of the data', interpreter.currentSpan);
  const size = option('batch_size');
  const count = typeof size === 'bigint' ? Number(size) : UNKNOWN_EXTENT;
  const collate = option('collate_fn');
  if (collate !== null) {
    const samples = new PyList(Array.from({ length: Math.min(count, MOST_COLLATED) }, () => sample));
    const joined = count > MOST_COLLATED ? undefined : attempt(() => interpreter.call(collate, [samples]));
    return joined ?? new Unknown('a batch of a data loader', interpreter.currentSpan);
  }
  return size === null ? sample : batched(interpreter, sample, count);
}

/** Samples that a collation of the code's own is given. */
const MOST_COLLATED = 256;

function firstSample(interpreter: Interpreter, dataset: PyValue): PyValue {
  if (interpreter.typeOf(dataset).lookup('__getitem__') !== undefined) return interpreter.getItem(dataset, 0n);
  for (const sample of interpreter.iterate(dataset)) return sample;
  return new Unknown('a sample of the data', interpreter.currentSpan);
}

function batched(interpreter: Interpreter, sample: PyValue, count: number): PyValue {
  const inner = (value: PyValue): PyValue => batched(interpreter, value, count);
  if (sample instanceof PyTuple || sample instanceof PyList) return new PyList(sample.items.map(inner));
  if (sample instanceof PyDict) return PyDict.of(sample.entries().map(([key, value]) => [key, inner(value)]));
  const payload = payloadOf(withoutArray(sample));
  if (payload !== undefined) return dataTensor(interpreter, [count, ...payload.shape], payload.dtype);
  if (typeof sample === 'bigint' || typeof sample === 'boolean') return dataTensor(interpreter, [count], 'int64');
  if (typeof sample === 'number') return dataTensor(interpreter, [count], 'float64');
  return new Unknown('a batch of a data loader', interpreter.currentSpan);
}

/** Undefined where the code cannot be followed. */
function attempt(run: () => PyValue): PyValue | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof LimitExceeded) throw error;
    if (error instanceof PythonException || error instanceof TraceStop) return undefined;
    throw error;
  }
}
