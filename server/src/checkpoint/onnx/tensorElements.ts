/** Tensors of ONNX whose elements stand in typed fields instead of raw bytes. */
import type { ElementType } from '../elementType';
import type { TensorMessage } from './schema';

type Field = 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';

interface Encoding {
  readonly field: Field;
  /** Elements as bytes; narrow types stand one in each number, by their bits. */
  readonly encode: (values: readonly number[]) => ArrayBufferView;
}

const asInt64 = (value: number): bigint => BigInt.asIntN(64, BigInt(Math.trunc(value)));

const int32 = (encode: Encoding['encode']): Encoding => ({ field: 'int32Data', encode });
const bytes = int32((values) => Uint8Array.from(values));
const halves = int32((values) => Uint16Array.from(values));

const encodings: Readonly<Record<ElementType, Encoding>> = {
  float32: { field: 'floatData', encode: (values) => Float32Array.from(values) },
  complex64: { field: 'floatData', encode: (values) => Float32Array.from(values) },
  float64: { field: 'doubleData', encode: (values) => Float64Array.from(values) },
  complex128: { field: 'doubleData', encode: (values) => Float64Array.from(values) },
  int64: { field: 'int64Data', encode: (values) => BigInt64Array.from(values, asInt64) },
  uint64: { field: 'uint64Data', encode: (values) => BigUint64Array.from(values, (value) => BigInt(value)) },
  uint32: { field: 'uint64Data', encode: (values) => Uint32Array.from(values) },
  int32: int32((values) => Int32Array.from(values)),
  int16: halves,
  uint16: halves,
  float16: halves,
  bfloat16: halves,
  int8: bytes,
  uint8: bytes,
  bool: bytes,
  float8_e4m3fn: bytes,
  float8_e5m2: bytes,
};

/** Little-endian bytes of the elements that the field of the type holds. */
export function encodeElements(message: TensorMessage, type: ElementType): Uint8Array {
  if (message.rawData.length > 0) return message.rawData;
  const { field, encode } = encodings[type];
  const { buffer, byteOffset, byteLength } = encode(message[field]);
  return new Uint8Array(buffer, byteOffset, byteLength);
}
