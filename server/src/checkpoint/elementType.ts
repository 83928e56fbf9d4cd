/**
 * The element types of stored tensors and their decoding.
 *
 * Narrow floats widen exactly: every float8, float16 and bfloat16 value is a float32 value.
 */

export const elementTypes = [
  'float8_e4m3fn',
  'float8_e5m2',
  'float16',
  'bfloat16',
  'float32',
  'float64',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
  'complex64',
  'complex128',
] as const;

export type ElementType = (typeof elementTypes)[number];

/**
 * Decoded elements, row-major. Complex numbers are interleaved (real, imaginary), so twice as long.
 * bool → Uint8Array of 0 and 1; float8/16, bfloat16 → Float32Array; int8/16, uint16 → Int32Array; uint32 → Float64Array.
 */
export type TensorData = Float32Array | Float64Array | Int32Array | BigInt64Array | BigUint64Array | Uint8Array;

/** A typed view of a buffer of whole elements. */
interface Decoding {
  /** Bytes of one element. */
  readonly width: number;
  /** Bytes that are reversed together when the file's byte order is not ours. */
  readonly word: number;
  /** `buffer` holds `count` elements in the machine's byte order, aligned. */
  readonly decode: (buffer: ArrayBuffer) => TensorData;
}

const plain = (width: number, decode: Decoding['decode'], word = width): Decoding => ({ width, word, decode });

const decodings: Readonly<Record<ElementType, Decoding>> = {
  float8_e4m3fn: plain(1, (buffer) => Float32Array.from(new Uint8Array(buffer), float8e4m3)),
  // float8_e5m2 is the upper byte of a float16.
  float8_e5m2: plain(1, (buffer) => Float32Array.from(new Uint8Array(buffer), (bits) => float16(bits << 8))),
  float16: plain(2, decodeFloat16),
  bfloat16: plain(2, decodeBfloat16),
  float32: plain(4, (buffer) => new Float32Array(buffer)),
  float64: plain(8, (buffer) => new Float64Array(buffer)),
  int8: plain(1, (buffer) => Int32Array.from(new Int8Array(buffer))),
  int16: plain(2, (buffer) => Int32Array.from(new Int16Array(buffer))),
  int32: plain(4, (buffer) => new Int32Array(buffer)),
  int64: plain(8, (buffer) => new BigInt64Array(buffer)),
  uint8: plain(1, (buffer) => new Uint8Array(buffer)),
  uint16: plain(2, (buffer) => Int32Array.from(new Uint16Array(buffer))),
  uint32: plain(4, (buffer) => Float64Array.from(new Uint32Array(buffer))),
  uint64: plain(8, (buffer) => new BigUint64Array(buffer)),
  bool: plain(1, (buffer) => Uint8Array.from(new Uint8Array(buffer), (byte) => (byte === 0 ? 0 : 1))),
  complex64: plain(8, (buffer) => new Float32Array(buffer), 4),
  complex128: plain(16, (buffer) => new Float64Array(buffer), 8),
};

export const elementWidth = (type: ElementType): number => decodings[type].width;

export const isElementType = (name: string): name is ElementType => name in decodings;

export const isFloatingType = (type: ElementType): boolean => type.includes('float');

export const isComplexType = (type: ElementType): boolean => type.startsWith('complex');

/** Bytes of one decoded element, for memory bounds. */
export const decodedWidth = (type: ElementType): number =>
  Math.max(elementWidth(type), type === 'bool' || type === 'uint8' ? 1 : 4);

/** Smallest positive normal number of a floating type; smaller magnitudes are denormal. */
export const smallestNormal: Readonly<Partial<Record<ElementType, number>>> = {
  float8_e4m3fn: 2 ** -6,
  float8_e5m2: 2 ** -14,
  float16: 2 ** -14,
  bfloat16: 2 ** -126,
  float32: 2 ** -126,
  float64: 2 ** -1022,
};

/** `bytes` holds whole elements of `type`. The result never shares memory with `bytes`. */
export function decodeElements(bytes: Uint8Array, type: ElementType, littleEndian: boolean): TensorData {
  const { word, decode } = decodings[type];
  const aligned = new Uint8Array(bytes);
  if (word > 1 && littleEndian !== machineIsLittleEndian) reverseWords(aligned, word);
  return decode(aligned.buffer);
}

const machineIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function reverseWords(bytes: Uint8Array, word: number): void {
  for (let start = 0; start + word <= bytes.length; start += word) bytes.subarray(start, start + word).reverse();
}

/** IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits. */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** OCP 8-bit float E4M3FN: 1 sign, 4 exponent (bias 7), 3 fraction bits; no infinities, all ones is NaN. */
function float8e4m3(bits: number): number {
  const sign = bits & 0x80 ? -1 : 1;
  const exponent = (bits >> 3) & 0xf;
  const fraction = bits & 7;
  if (exponent === 0xf && fraction === 7) return NaN;
  return exponent === 0 ? sign * fraction * 2 ** -9 : sign * (1 + fraction / 8) * 2 ** (exponent - 7);
}

let float16Values: Float32Array | undefined;

/** By table: all 65,536 values take less than one large tensor's decoding bit by bit. */
function decodeFloat16(buffer: ArrayBuffer): Float32Array {
  float16Values ??= Float32Array.from({ length: 1 << 16 }, (_, bits) => float16(bits));
  const halves = new Uint16Array(buffer);
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = float16Values[halves[i] as number] as number;
  return values;
}

/** bfloat16 is the upper half of a float32. */
function decodeBfloat16(buffer: ArrayBuffer): Float32Array {
  const halves = new Uint16Array(buffer);
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = (halves[i] ?? 0) << 16;
  return new Float32Array(words.buffer);
}

/** Elements as float64; int64 beyond 2^53 rounds. */
export function toFloat64(data: TensorData): Float64Array {
  if (data instanceof Float64Array) return data;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    const values = new Float64Array(data.length);
    for (let i = 0; i < values.length; i++) values[i] = Number(data[i]);
    return values;
  }
  // `Float64Array.from` walks an iterator, some twenty times slower.
  return new Float64Array(data);
}

/** The elements of `data` at `positions`, all of which lie inside it. */
export function pick(data: TensorData, positions: Float64Array): TensorData {
  if (data instanceof BigInt64Array) return pickInto(new BigInt64Array(positions.length), data, positions);
  if (data instanceof BigUint64Array) return pickInto(new BigUint64Array(positions.length), data, positions);
  if (data instanceof Float32Array) return pickInto(new Float32Array(positions.length), data, positions);
  if (data instanceof Float64Array) return pickInto(new Float64Array(positions.length), data, positions);
  if (data instanceof Int32Array) return pickInto(new Int32Array(positions.length), data, positions);
  return pickInto(new Uint8Array(positions.length), data, positions);
}

function pickInto<E, A extends { length: number; [index: number]: E }>(target: A, data: A, positions: Float64Array): A {
  for (let i = 0; i < positions.length; i++) {
    const element = data[positions[i] ?? 0];
    if (element !== undefined) target[i] = element;
  }
  return target;
}
