/** PyTorch's element types: their order of promotion and how a graph carries them. */
import type { DType } from '../../../graph/primitives';
import { native, nativeClass } from '../../../python/native';
import { PyInstance } from '../../../python/values';
import type { PyValue } from '../../../python/values';
import type { TorchDtype } from '../../model';

interface DtypeRow {
  readonly graph: DType;
  readonly bytes: number;
  /** Smallest and largest finite value, machine epsilon, smallest normal number; integers have the first two. */
  readonly limits: readonly [min: number, max: number, eps: number, tiny: number];
}

const rows: Readonly<Record<TorchDtype, DtypeRow>> = {
  float64: { graph: 'float', bytes: 8, limits: [-Number.MAX_VALUE, Number.MAX_VALUE, 2 ** -52, 2 ** -1022] },
  float32: {
    graph: 'float',
    bytes: 4,
    limits: [-(2 - 2 ** -23) * 2 ** 127, (2 - 2 ** -23) * 2 ** 127, 2 ** -23, 2 ** -126],
  },
  float16: { graph: 'float', bytes: 2, limits: [-65504, 65504, 2 ** -10, 2 ** -14] },
  bfloat16: {
    graph: 'float',
    bytes: 2,
    limits: [-(2 - 2 ** -7) * 2 ** 127, (2 - 2 ** -7) * 2 ** 127, 2 ** -7, 2 ** -126],
  },
  int64: { graph: 'int', bytes: 8, limits: [-(2 ** 63), 2 ** 63, 0, 0] },
  int32: { graph: 'int', bytes: 4, limits: [-(2 ** 31), 2 ** 31 - 1, 0, 0] },
  int16: { graph: 'int', bytes: 2, limits: [-(2 ** 15), 2 ** 15 - 1, 0, 0] },
  int8: { graph: 'int', bytes: 1, limits: [-128, 127, 0, 0] },
  uint8: { graph: 'int', bytes: 1, limits: [0, 255, 0, 0] },
  bool: { graph: 'bool', bytes: 1, limits: [0, 1, 0, 0] },
};

export const graphDtype = (dtype: TorchDtype): DType => rows[dtype].graph;

export const bytesOf = (dtype: TorchDtype): number => rows[dtype].bytes;

export const limitsOf = (dtype: TorchDtype): DtypeRow['limits'] => rows[dtype].limits;

export const isFloating = (dtype: TorchDtype): boolean => rows[dtype].graph === 'float';

/** 0 bool, 1 integer, 2 floating: the higher one wins a promotion. */
export const category = (dtype: TorchDtype): number => ({ bool: 0, int: 1, float: 2 })[rows[dtype].graph];

const integerOrder: readonly TorchDtype[] = ['int8', 'int16', 'int32', 'int64'];
const floatOrder: readonly TorchDtype[] = ['float16', 'bfloat16', 'float32', 'float64'];

/** The common type of two tensors' elements (torch.promote_types). */
export function promoteTypes(a: TorchDtype, b: TorchDtype): TorchDtype {
  if (a === b) return a;
  const [ca, cb] = [category(a), category(b)];
  if (ca !== cb) return ca > cb ? a : b;
  if (ca === 2) {
    // float16 and bfloat16 hold values the other cannot: their common type is float32.
    if (floatOrder.indexOf(a) < 2 && floatOrder.indexOf(b) < 2) return 'float32';
    return floatOrder.indexOf(a) > floatOrder.indexOf(b) ? a : b;
  }
  // uint8 fits int16 and above, but not int8.
  const signed = (dtype: TorchDtype, other: TorchDtype): TorchDtype =>
    dtype === 'uint8' ? (other === 'int8' ? 'int16' : other) : dtype;
  const [x, y] = [signed(a, b), signed(b, a)];
  return integerOrder.indexOf(x) > integerOrder.indexOf(y) ? x : y;
}

/** `torch.dtype` */
export const dtypeClass = nativeClass('dtype', [], {
  methods: ['__str__', '__repr__'].map((name) =>
    native(`${name}(self)`, ({ self }) => `torch.${asDtype(self) ?? 'float32'}`),
  ),
  properties: {
    is_floating_point: ({ self }) => isFloating(asDtype(self) ?? 'float32'),
    is_complex: () => false,
    is_signed: ({ self }) => asDtype(self) !== 'uint8' && asDtype(self) !== 'bool',
    itemsize: ({ self }) => BigInt(bytesOf(asDtype(self) ?? 'float32')),
  },
});

const objects = new Map<TorchDtype, PyInstance>();
for (const name of Object.keys(rows) as TorchDtype[]) {
  const object = new PyInstance(dtypeClass);
  object.payload = name;
  objects.set(name, object);
}

/** The object `torch.float32` etc. */
export function dtypeObject(dtype: TorchDtype): PyInstance {
  const object = objects.get(dtype);
  if (object === undefined) throw new RangeError(`no object for the element type ${dtype}`);
  return object;
}

/** The element type behind `torch.float32`, or behind Python's float, int, bool; undefined for anything else. */
export function asDtype(value: PyValue | undefined): TorchDtype | undefined {
  if (value instanceof PyInstance && value.cls === dtypeClass) return value.payload as TorchDtype;
  return undefined;
}

/** Names of the module `torch` for each type. */
export const dtypeNames: Readonly<Record<string, TorchDtype>> = {
  float: 'float32',
  float32: 'float32',
  double: 'float64',
  float64: 'float64',
  half: 'float16',
  float16: 'float16',
  bfloat16: 'bfloat16',
  long: 'int64',
  int64: 'int64',
  int: 'int32',
  int32: 'int32',
  short: 'int16',
  int16: 'int16',
  int8: 'int8',
  uint8: 'uint8',
  bool: 'bool',
};
