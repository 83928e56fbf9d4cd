/** Elements of ONNX's tensors: as raw bytes, or in a field for their type. */
import { MemoryByteSource, type ByteSource } from '../byteSource';
import { CheckpointError } from '../checkpointError';
import { decodeElements, elementWidth, toFloat64, type ElementType } from '../elementType';
import { JoinedSource } from '../joinedSource';
import type { OnnxTensor } from './onnxModelFile';
import type { TensorMessage } from './schema';
import { VarintSource } from './varintSource';

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

/** Numbers of the fields of a tensor that hold elements. */
const fieldNumbers = { floatData: 4, int32Data: 5, int64Data: 7, rawData: 9, doubleData: 10, uint64Data: 11 } as const;
const numbers: ReadonlySet<number> = new Set(Object.values(fieldNumbers));

export const holdsElements = (field: number): boolean => numbers.has(field);

/**
 * Little-endian bytes of a tensor's elements, left where they are in the file. `ranges`: the contents of its packed fields by their number;
 * `message`: the tensor without these. Throws a CheckpointError.
 */
export async function elementsInFile(
  message: TensorMessage,
  type: ElementType,
  ranges: ReadonlyMap<number, readonly ByteSource[]>,
  file: string,
): Promise<ByteSource> {
  const raw = ranges.get(fieldNumbers.rawData)?.at(-1);
  if (raw !== undefined) return raw;
  const { field } = encodings[type];
  const parts = ranges.get(fieldNumbers[field]) ?? [];
  const [only] = parts;
  if (only === undefined) return new MemoryByteSource(file, encodeElements(message, type));
  if (message[field].length > 0)
    throw new CheckpointError('some of its elements are packed, some are not', file, `initialiser '${message.name}'`);
  const packed = parts.length === 1 ? only : new JoinedSource(file, parts);
  const isFloating = field === 'floatData' || field === 'doubleData';
  return isFloating ? packed : VarintSource.open(packed, elementWidth(type));
}

/** Bytes that are looked at together: whole numbers of elements of any type. */
const PIECE = 1 << 16;

/** The elements of a tensor as float64, a piece at a time; none of one that is not read. */
export async function* piecesOf({ type, bytes }: Pick<OnnxTensor, 'type' | 'bytes'>): AsyncGenerator<Float64Array> {
  if (type === undefined || bytes === undefined) return;
  for (let at = 0; at < bytes.size; at += PIECE)
    yield toFloat64(decodeElements(await bytes.read(at, Math.min(PIECE, bytes.size - at)), type, true));
}
