import { ByteRange, type ByteSource } from '../byteSource';
import { contiguousStrides } from '../stridedTensor';
import { elementTypes, elementWidth, type ElementType } from '../elementType';
import type { AllowedGlobal, AllowedGlobals, GlobalCall, PickleContext } from './machine';
import { NumpyArray } from './numpyGlobals';
import { bytesOf, GlobalReference, PickleObject, type PickleValue } from './values';

/** A `torch.dtype` as a value. */
export class TorchDtype extends PickleObject {
  constructor(readonly dtypeName: string) {
    super();
  }
  get elementType(): ElementType | undefined {
    return elementTypes.find((type) => type === this.dtypeName);
  }
}

/** A storage named by a persistent id. Formats that store the bytes behind the pickle fill `bytes` in later. */
export class TorchStorage extends PickleObject {
  bytes: ByteSource | undefined = undefined;
  littleEndian = true;
  /** Set when this is a part of another storage, as old files may say; `start` in elements. */
  view: { readonly root: TorchStorage; readonly start: number } | undefined = undefined;
  constructor(
    readonly key: string,
    /** Undefined for untyped storages: bytes. */
    readonly elementType: ElementType | undefined,
    /** Storages of types that are not read (quantised) keep their torch name for the message. */
    readonly typeName: string,
    readonly elementCount: number,
  ) {
    super();
  }
  get byteLength(): number {
    return this.elementCount * this.width;
  }
  private get width(): number {
    return this.elementType === undefined ? (quantizedWidths[this.typeName] ?? 1) : elementWidth(this.elementType);
  }
  /** The bytes, once the format has filled them in. */
  resolve(): ByteSource | undefined {
    const { view } = this;
    if (view === undefined) return this.bytes;
    return view.root.bytes && new ByteRange(view.root.bytes, view.start * this.width, this.byteLength);
  }
}

export class TorchTensor extends PickleObject {
  constructor(
    readonly storage: TorchStorage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
    /** Undefined when the element type is not one that is read. */
    readonly elementType: ElementType | undefined,
  ) {
    super();
  }
}

const storageTypes: Readonly<Record<string, ElementType>> = {
  FloatStorage: 'float32',
  DoubleStorage: 'float64',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
  ComplexFloatStorage: 'complex64',
  ComplexDoubleStorage: 'complex128',
};

/** Bytes per element of storages whose meaning needs a scale; they are skipped. Untyped storages count bytes. */
const quantizedWidths: Readonly<Record<string, number>> = { QInt32Storage: 4 };

const isCount = (value: PickleValue | undefined): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const isShape = (value: PickleValue | undefined): value is number[] => Array.isArray(value) && value.every(isCount);

/** Storage of the persistent id ('storage', type, key, location, count[, view]); each key is one object. */
export function storageOf(
  id: PickleValue,
  storages: Map<string, TorchStorage>,
  context: PickleContext,
): TorchStorage | undefined {
  if (!Array.isArray(id) || id[0] !== 'storage') return undefined;
  const [, type, key, , count, view] = id;
  if (!(type instanceof GlobalReference) || !isCount(count) || !isKey(key))
    return context.fail('the persistent id of a storage is malformed');
  const storage = known(storages, String(key), type.globalName, count);
  if (!Array.isArray(view)) return storage;
  const [viewKey, start, size] = view;
  if (!isKey(viewKey) || !isCount(start) || !isCount(size)) return context.fail('the view of a storage is malformed');
  const part = known(storages, `view ${String(viewKey)}`, type.globalName, size);
  part.view = { root: storage, start };
  return part;
}

const isKey = (value: PickleValue | undefined): value is string | number =>
  typeof value === 'string' || typeof value === 'number';

function known(storages: Map<string, TorchStorage>, key: string, typeName: string, count: number): TorchStorage {
  const existing = storages.get(key);
  if (existing !== undefined) return existing;
  const storage = new TorchStorage(key, storageTypes[typeName], typeName, count);
  storages.set(key, storage);
  return storage;
}

/** `_rebuild_tensor_v2(storage, offset, size, stride, …)`; `_v3` adds the dtype at position 6. */
const rebuildTensor =
  (dtypeAt: number | undefined): GlobalCall =>
  (args, context) => {
    const [storage, offset, shape, strides] = args;
    const dtype = dtypeAt === undefined ? undefined : args[dtypeAt];
    if (!(storage instanceof TorchStorage)) return undefined;
    if (!isCount(offset) || !isShape(shape) || !isShape(strides))
      return context.fail('a tensor has an impossible size, stride or offset');
    const type = dtype instanceof TorchDtype ? dtype.elementType : storage.elementType;
    return new TorchTensor(storage, offset, shape, strides, type);
  };

const rebuildParameter: GlobalCall = ([data]) => (data instanceof TorchTensor ? data : undefined);

/** `_rebuild_from_type_v2(function, type, args, state)`: subclasses of Tensor. */
const rebuildFromType: GlobalCall = ([function_, , args], context) => {
  if (!(function_ instanceof GlobalReference) || !Array.isArray(args)) return undefined;
  const inner = torchTable.get(function_.qualifiedName);
  return inner && 'call' in inner && function_.globalName !== '_rebuild_from_type_v2'
    ? inner.call(args, context)
    : undefined;
};

/** `_rebuild_device_tensor_from_numpy(array, dtype, device, requires_grad)`: tensors saved from XLA and the like. */
const rebuildFromNumpy: GlobalCall = ([array, dtype]) => {
  if (
    !(array instanceof NumpyArray) ||
    array.bytes === undefined ||
    array.fortranOrder ||
    !(dtype instanceof TorchDtype)
  )
    return undefined;
  const type = array.dtype?.elementType;
  if (type === undefined) return undefined;
  const storage = new TorchStorage('numpy', type, type, Math.floor(array.bytes.size / elementWidth(type)));
  storage.bytes = array.bytes;
  storage.littleEndian = array.dtype?.littleEndian ?? true;
  return new TorchTensor(storage, 0, array.shape, contiguousStrides(array.shape), type);
};

const asShape: GlobalCall = ([sizes = []]) => (Array.isArray(sizes) ? sizes : undefined);

const asDevice: GlobalCall = (parts) =>
  parts.filter((part) => typeof part === 'string' || typeof part === 'number').join(':');

const call = (function_: GlobalCall): AllowedGlobal => ({ call: function_ });

const torchTable = new Map<string, AllowedGlobal>([
  ['torch._utils._rebuild_tensor', call(rebuildTensor(undefined))],
  ['torch._utils._rebuild_tensor_v2', call(rebuildTensor(undefined))],
  ['torch._utils._rebuild_tensor_v3', call(rebuildTensor(6))],
  ['torch._utils._rebuild_parameter', call(rebuildParameter)],
  ['torch._utils._rebuild_parameter_with_state', call(rebuildParameter)],
  ['torch.nn.parameter.Parameter', call(rebuildParameter)],
  ['torch._tensor._rebuild_from_type_v2', call(rebuildFromType)],
  ['torch._tensor._rebuild_from_type', call(rebuildFromType)],
  ['torch._utils._rebuild_device_tensor_from_numpy', call(rebuildFromNumpy)],
  ['torch._utils._rebuild_xla_tensor', call(rebuildFromNumpy)],
  ['torch.Size', call(asShape)],
  ['torch.device', call(asDevice)],
  ['torch.jit._pickle.build_intlist', call(asShape)],
  ['torch.jit._pickle.build_doublelist', call(asShape)],
  ['torch.jit._pickle.build_boollist', call(asShape)],
  ['torch.jit._pickle.build_tensorlist', call(asShape)],
  ['torch.jit._pickle.restore_type_tag', call(([value]) => value)],
]);

const dtypeNames = /^(float|double|half|bfloat|int|uint|long|short|complex|bool|quint|qint)/;
const dtypeAliases: Readonly<Record<string, string>> = {
  half: 'float16',
  float: 'float32',
  double: 'float64',
  short: 'int16',
  int: 'int32',
  long: 'int64',
};

export const torchGlobals: AllowedGlobals = (module, name) => {
  if (module === 'torch' && dtypeNames.test(name)) return { value: new TorchDtype(dtypeAliases[name] ?? name) };
  return torchTable.get(`${module}.${name}`);
};

/** Opens the legacy torch file inside `torch.storage._load_from_bytes(bytes)`: how `pickle.dump` stores tensors. */
export type NestedTorchFile = (bytes: ByteSource, context: PickleContext) => Promise<PickleValue>;

export const loadFromBytes = (open: NestedTorchFile): AllowedGlobals => {
  const load: GlobalCall = ([data], context) => {
    const bytes = bytesOf(data, context.file);
    return bytes === undefined ? undefined : open(bytes, context);
  };
  return (module, name) => (module === 'torch.storage' && name === '_load_from_bytes' ? { call: load } : undefined);
};
