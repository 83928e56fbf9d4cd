import { isElementType, elementWidth, decodeElements, type ElementType } from '../elementType';
import type { AllowedGlobal, AllowedGlobals, GlobalCall } from './machine';
import { bytesOf, OpaqueObject, PickleObject, type PickleValue } from './values';
import type { ByteSource } from '../byteSource';

/** Element type by numpy's kind and width: 'f4' → float32. */
const typesByCode: Readonly<Record<string, ElementType>> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
  c8: 'complex64',
  c16: 'complex128',
};

/** The element type of numpy's type code without byte order; undefined for objects, text, records, dates. */
export const numpyElementType = (code: string): ElementType | undefined => typesByCode[code];

/** `numpy.dtype('f4', align, copy)`; BUILD brings the byte order. */
export class NumpyDtype extends PickleObject {
  littleEndian = true;
  constructor(readonly code: string) {
    super();
  }
  get elementType(): ElementType | undefined {
    return numpyElementType(this.code);
  }
  /** State: (version, byteorder, subdtype, names, fields, itemsize, alignment, flags). */
  override setState(state: PickleValue): void {
    if (Array.isArray(state)) this.littleEndian = state[1] !== '>';
  }
}

/** An array whose BUILD brings (version, shape, dtype, fortran order, bytes). */
export class NumpyArray extends PickleObject {
  shape: readonly number[] = [];
  dtype: NumpyDtype | undefined = undefined;
  fortranOrder = false;
  /** Undefined for arrays of objects. */
  bytes: ByteSource | undefined = undefined;
  /** Of arrays of objects. */
  objects: readonly PickleValue[] | undefined = undefined;

  constructor(private readonly file: string) {
    super();
  }

  override setState(state: PickleValue): void {
    if (!Array.isArray(state)) return;
    const [shape, dtype, fortranOrder, data] = state.length === 5 ? state.slice(1) : state;
    this.fill(shape, dtype, fortranOrder === true || fortranOrder === 1, data);
  }

  fill(
    shape: PickleValue | undefined,
    dtype: PickleValue | undefined,
    fortranOrder: boolean,
    data: PickleValue | undefined,
  ): this {
    if (Array.isArray(shape) && shape.every((size): size is number => typeof size === 'number')) this.shape = shape;
    if (dtype instanceof NumpyDtype) this.dtype = dtype;
    this.fortranOrder = fortranOrder;
    this.bytes = bytesOf(data, this.file);
    if (Array.isArray(data)) this.objects = data;
    return this;
  }
}

const makeDtype: GlobalCall = ([code]) =>
  typeof code === 'string' ? new NumpyDtype(code.replace(/^[<>=|]/, '')) : undefined;

/** `scalar(dtype, bytes)`: small numbers become numbers; int64 beyond 2^53 and complex stay opaque. */
const makeScalar: GlobalCall = ([dtype, data]) => {
  const type = dtype instanceof NumpyDtype ? dtype.elementType : undefined;
  const bytes = typeof data === 'string' ? Uint8Array.from(Buffer.from(data, 'latin1')) : data;
  if (type === undefined || !(bytes instanceof Uint8Array) || bytes.length !== elementWidth(type)) return undefined;
  const decoded = decodeElements(bytes, type, !(dtype instanceof NumpyDtype) || dtype.littleEndian);
  const [value] = decoded;
  if (value === undefined || decoded.length > 1) return undefined;
  if (type === 'bool') return value === 1;
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value;
};

const call = (function_: GlobalCall): AllowedGlobal => ({ call: function_ });

const table = new Map<string, AllowedGlobal>([
  ['dtype', call(makeDtype)],
  ['multiarray._reconstruct', call((_, { file }) => new NumpyArray(file))],
  ['ndarray', call((_, { file }) => new NumpyArray(file))],
  ['multiarray.scalar', call(makeScalar)],
  // Protocol 5: (buffer, dtype, shape, order).
  [
    'numeric._frombuffer',
    call(([data, dtype, shape, order], { file }) => new NumpyArray(file).fill(shape, dtype, order === 'F', data)),
  ],
]);

/** `numpy.core` was renamed to `numpy._core` in numpy 2. Types used as values (`numpy.float32`) name themselves. */
export const numpyGlobals: AllowedGlobals = (module, name) => {
  if (!/^numpy(\.|$)/.test(module)) return undefined;
  const inside = module.replace(/^numpy\.?/, '').replace(/^_?core\.?/, '');
  const found = table.get(inside === '' ? name : `${inside}.${name}`);
  if (found !== undefined) return found;
  return inside === '' && isElementType(name) ? { value: new OpaqueObject(`numpy.${name}`, []) } : undefined;
};
