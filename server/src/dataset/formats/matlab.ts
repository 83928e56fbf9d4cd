/**
 * Arrays of numbers in MATLAB files of version 5 to 7 (MathWorks, "MAT-File Format", level 5): a header of 128 bytes, then
 * tagged elements, of which each compressed one holds one variable. Arrays lie column by column.
 */
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { ByteRange, MemoryByteSource, readStart, type ByteSource } from '../../checkpoint/byteSource';
import { CheckpointError, damageReason } from '../../checkpoint/checkpointError';
import type { ElementType } from '../../checkpoint/elementType';

export interface MatlabArray {
  readonly name: string;
  /** The first axis varies fastest. */
  readonly shape: readonly number[];
  /** As the numbers are stored, which may be narrower than MATLAB's own type. */
  readonly type: ElementType;
  readonly bytes: ByteSource;
  readonly littleEndian: boolean;
}

const inflateAsync = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(inflate);

/** SVHN's largest part that is read unpacks to 225 MB. */
const LARGEST_UNPACKED = 2 ** 30;
const MOST_VARIABLES = 1000;

const COMPRESSED = 15;
const MATRIX = 14;

const elementTypes: Readonly<Record<number, ElementType>> = {
  1: 'int8',
  2: 'uint8',
  3: 'int16',
  4: 'uint16',
  5: 'int32',
  6: 'uint32',
  7: 'float32',
  9: 'float64',
  12: 'int64',
  13: 'uint64',
};

interface Element {
  readonly type: number;
  readonly content: ByteSource;
  /** Offset of the next element. */
  readonly end: number;
}

export async function isMatlab(source: ByteSource): Promise<boolean> {
  const head = Buffer.from(await readStart(source, 128)).toString('latin1');
  return head.startsWith('MATLAB 5.0') && /^(IM|MI)$/.test(head.slice(126, 128));
}

/** Arrays of numbers by variable; texts, structs and cells are left out. Throws a CheckpointError for damaged files. */
export async function readMatlab(source: ByteSource): Promise<MatlabArray[]> {
  const littleEndian = Buffer.from(await source.read(126, 2)).toString('latin1') === 'IM';
  const arrays: MatlabArray[] = [];
  for (let at = 128; at + 8 <= source.size && arrays.length < MOST_VARIABLES;) {
    const element = await elementAt(source, at, littleEndian, true);
    at = element.end;
    const matrix = element.type === COMPRESSED ? await uncompressed(element.content, littleEndian) : element;
    const array = matrix?.type === MATRIX ? await arrayIn(matrix.content, littleEndian) : undefined;
    if (array !== undefined) arrays.push(array);
  }
  return arrays;
}

async function uncompressed(content: ByteSource, littleEndian: boolean): Promise<Element | undefined> {
  let bytes: Buffer;
  try {
    bytes = await inflateAsync(await content.read(0, content.size), { maxOutputLength: LARGEST_UNPACKED });
  } catch (error) {
    const reason = damageReason(error);
    throw new CheckpointError(
      `a variable cannot be unpacked: ${reason}`,
      content.name,
      'compressed element',
      'Copy the file again, or save the arrays as .npz.',
    );
  }
  return elementAt(new MemoryByteSource(content.name, bytes), 0, littleEndian, false);
}

/** A tag of eight bytes and what it announces; small elements lie inside their tag. */
async function elementAt(source: ByteSource, at: number, littleEndian: boolean, isTop: boolean): Promise<Element> {
  const tag = await source.read(at, 8);
  const view = new DataView(tag.buffer, tag.byteOffset, 8);
  const first = view.getUint32(0, littleEndian);
  const small = first >>> 16;
  if (small > 0 && small <= 4)
    return { type: first & 0xffff, content: new ByteRange(source, at + 4, small), end: at + 8 };
  const length = view.getUint32(4, littleEndian);
  const padded = isTop && first === COMPRESSED ? length : Math.ceil(length / 8) * 8;
  return { type: first, content: new ByteRange(source, at + 8, length), end: at + 8 + padded };
}

async function arrayIn(content: ByteSource, littleEndian: boolean): Promise<MatlabArray | undefined> {
  const flags = await elementAt(content, 0, littleEndian, false);
  const dimensions = await elementAt(content, flags.end, littleEndian, false);
  const nameElement = await elementAt(content, dimensions.end, littleEndian, false);
  if (nameElement.end + 8 > content.size) return undefined;
  const data = await elementAt(content, nameElement.end, littleEndian, false);
  const type = elementTypes[data.type];
  // The low byte is the class: 6 to 15 are numbers.
  const word = await flags.content.read(0, Math.min(4, flags.content.size));
  const kind = (littleEndian ? word[0] : word[3]) ?? 0;
  if (type === undefined || kind < 6 || kind > 15) return undefined;
  const sizes = await dimensions.content.read(0, Math.min(dimensions.content.size, 4 * 32));
  const view = new DataView(sizes.buffer, sizes.byteOffset, sizes.byteLength);
  const shape = Array.from({ length: sizes.length >> 2 }, (_, axis) => view.getInt32(4 * axis, littleEndian));
  const name = Buffer.from(await nameElement.content.read(0, Math.min(nameElement.content.size, 64))).toString(
    'latin1',
  );
  return { name, shape, type, bytes: data.content, littleEndian };
}
