/** Methods that change the type or place of a tensor, or ask about them; and those that leave the graph. */
import { elementCount } from '../../../graph/node';
import { stopGradient } from '../../../graph/operations';
import type { Interpreter } from '../../../python/interpreter';
import type { PyValue } from '../../../python/values';
import { PyInstance, PyList, PyTuple } from '../../../python/values';
import type { TorchDtype } from '../../model';
import { requireConcrete } from '../tensor/concrete';
import { asDtype, bytesOf, dtypeNames, isFloating } from '../tensor/dtype';
import type { TensorPayload } from '../tensor/payload';
import { castTo } from '../tensor/promotion';
import { extentValue, shapeValue } from '../tensor/dataTensor';
import { payloadOf } from '../tensor/tensor';
import type { Call, FunctionRow } from './call';
import { row, typeTitle } from './call';
import { isDevice } from './device';

/** The tensor itself when the type is the same already. */
function cast(call: Call, dtype: TorchDtype): PyValue {
  const payload = call.payload('input');
  if (payload.dtype === dtype) return call.value('input');
  return call.tensor(castTo(payload.node, dtype), dtype);
}

/** `.to(…)`: a type, a device, another tensor, in any order. */
function to(call: Call): PyValue {
  const given = call.value('args');
  const items = [...(given instanceof PyTuple ? given.items : []), call.value('dtype'), call.value('other')];
  for (const item of items) {
    const other = payloadOf(item);
    if (other !== undefined) return cast(call, other.dtype);
    const dtype = asDtype(item) ?? pythonNumberType(item, call.interpreter);
    if (dtype !== undefined) return cast(call, dtype);
    if (item instanceof PyInstance && !isDevice(item)) return call.unsupported('with this argument is not followed');
  }
  return call.value('input');
}

function pythonNumberType(value: PyValue, interpreter: Interpreter): TorchDtype | undefined {
  if (value === null || typeof value === 'string') return undefined;
  const name = interpreter.findAttribute(value, '__name__');
  return name === 'float' ? 'float32' : name === 'int' ? 'int64' : name === 'bool' ? 'bool' : undefined;
}

const legacyName = (dtype: TorchDtype): string => `torch.${typeTitle(dtype)}Tensor`;

/** `.type()` names the type; `.type(t)` converts. */
function type(call: Call): PyValue {
  const wanted = call.value('dtype');
  if (wanted === null) return legacyName(call.dtype('input'));
  const dtype = asDtype(wanted) ?? legacyDtype(typeof wanted === 'string' ? wanted : call.interpreter.str(wanted));
  return dtype === undefined ? call.fail(`invalid type: '${call.interpreter.str(wanted)}'`) : cast(call, dtype);
}

/** The type that torch.FloatTensor, torch.cuda.LongTensor, … hold. */
export function legacyDtype(name: string): TorchDtype | undefined {
  const title = /(\w+)Tensor'?>?$/.exec(name)?.[1] ?? /(\w+)$/.exec(name)?.[1] ?? '';
  return Object.values(dtypeNames).find((dtype) => typeTitle(dtype) === title || dtype === title);
}

/** A number of Python from one element. */
export function pythonNumber(value: number, dtype: TorchDtype): PyValue {
  return dtype === 'bool' ? value !== 0 : isFloating(dtype) ? roundTo(value, dtype) : BigInt(value);
}

/** Constants are kept in float64; a float32 tensor shows the nearest float32. */
const roundTo = (value: number, dtype: TorchDtype): number => (dtype === 'float64' ? value : Math.fround(value));

export function item(payload: TensorPayload, interpreter: Interpreter, use: string): PyValue {
  if (elementCount(payload.shape) !== 1)
    return interpreter.raise(
      'RuntimeError',
      `a Tensor with ${elementCount(payload.shape)} elements cannot be converted to Scalar`,
    );
  const [value = 0] = requireConcrete(payload, interpreter, use);
  return pythonNumber(value, payload.dtype);
}

/** Nested lists of the tensor's numbers. */
function toList(payload: TensorPayload, interpreter: Interpreter): PyValue {
  const data = requireConcrete(payload, interpreter, 'tolist()');
  const build = (axis: number, offset: number): PyValue => {
    if (axis === payload.shape.length) return pythonNumber(data[offset] ?? 0, payload.dtype);
    const inner = elementCount(payload.shape.slice(axis + 1));
    return new PyList(Array.from({ length: payload.shape[axis] ?? 0 }, (_, i) => build(axis + 1, offset + i * inner)));
  };
  return build(0, 0);
}

const casts: Readonly<Record<string, TorchDtype>> = {
  float: 'float32',
  double: 'float64',
  half: 'float16',
  bfloat16: 'bfloat16',
  long: 'int64',
  int: 'int32',
  short: 'int16',
  char: 'int8',
  byte: 'uint8',
  bool: 'bool',
};

const self = (call: Call): PyValue => call.value('input');

/** Methods only. */
export const conversionRows: readonly FunctionRow[] = [
  ...Object.entries(casts).map(([name, dtype]) =>
    row(`${name}(input, memory_format=None)`, (call) => cast(call, dtype)),
  ),
  row('to(input, *args, dtype=None, device=None, other=None, non_blocking=False, copy=False, memory_format=None)', to),
  row('type(input, dtype=None, non_blocking=False)', type),
  row('type_as(input, other)', (call) => cast(call, call.dtype('other'))),
  row('cuda(input, device=None, non_blocking=False, memory_format=None)', self),
  row('cpu(input, memory_format=None)', self),
  row('xpu(input, device=None)', self),
  row('pin_memory(input, device=None)', self),
  row('share_memory_(input)', self),
  row('coalesce(input)', self),
  row('to_dense(input)', self),
  row('resolve_conj(input)', self),
  row('resolve_neg(input)', self),
  row('conj(input)', self),
  row('item(input)', (call) => item(call.payload('input'), call.interpreter, 'item()')),
  row('tolist(input)', (call) => toList(call.payload('input'), call.interpreter)),
  row('numpy(input, *, force=False)', (call) => call.value('input')),
  row('size(input, dim=None)', (call) => {
    const { shape } = call.payload('input');
    if (!call.has('dim')) return shapeValue(call.payload('input'), call.interpreter);
    const axis = call.int('dim');
    const size = shape[axis < 0 ? axis + shape.length : axis];
    return size === undefined
      ? call.interpreter.raise(
          'IndexError',
          `Dimension out of range (expected to be in range of [${-shape.length}, ${shape.length - 1}], but got ${axis})`,
        )
      : extentValue(size, call.interpreter);
  }),
  row('dim(input)', (call) => BigInt(call.payload('input').shape.length)),
  row('ndimension(input)', (call) => BigInt(call.payload('input').shape.length)),
  row('numel(input)', (call) => extentValue(elementCount(call.payload('input').shape), call.interpreter)),
  row('nelement(input)', (call) => BigInt(elementCount(call.payload('input').shape))),
  row('element_size(input)', (call) => BigInt(bytesOf(call.dtype('input')))),
  row('stride(input, dim=None)', (call) => {
    const { shape } = call.payload('input');
    const strides = shape.map((_, i) => BigInt(elementCount(shape.slice(i + 1))));
    return call.has('dim') ? (strides.at(call.int('dim')) ?? 1n) : new PyTuple(strides);
  }),
  row('storage_offset(input)', () => 0n),
  row('data_ptr(input)', () => 0n),
  row('get_device(input)', () => -1n),
  row('is_contiguous(input, memory_format=None)', (call) => call.payload('input').contiguous),
  row('is_floating_point(input)', (call) => isFloating(call.dtype('input'))),
  row('is_complex(input)', () => false),
  row('is_signed(input)', (call) => call.dtype('input') !== 'uint8'),
  row('is_pinned(input)', () => false),
  row('is_inference(input)', () => false),
  row('requires_grad_(input, requires_grad=True)', (call) => {
    call.payload('input').requiresGrad = call.flag('requires_grad');
    return call.value('input');
  }),
  row('detach_(input)', (call) => {
    const payload = call.payload('input');
    if (isFloating(payload.dtype)) payload.assign(stopGradient(payload.node));
    return call.value('input');
  }),
  row('retain_grad(input)', () => null),
  row('register_hook(input, hook)', () => null),
  row('backward(input, gradient=None, retain_graph=None, create_graph=False, inputs=None)', () => null),
  row('zero_grad(input)', () => null),
];
