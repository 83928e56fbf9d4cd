/**
 * A sorted string table of LevelDB, the form of TensorFlow's `.index` files: blocks of entries whose keys share their
 * beginnings, an index block that says where the blocks lie, and a footer that says where the index lies.
 * https://github.com/google/leveldb/blob/main/doc/table_format.md
 */
import { crc32c } from '../archive/crc32';
import type { ByteSource } from '../byteSource';
import { CheckpointError } from '../checkpointError';

export interface TableEntry {
  /** Latin-1: one character a byte. */
  readonly key: string;
  readonly value: Uint8Array;
}

const FOOTER = 48;
const MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb];
/** Kind of compression and checksum after every block. */
const TRAILER = 5;
const UNCOMPRESSED = 0;
const SNAPPY = 1;
const LARGEST_TABLE = 256 * 2 ** 20;
const MOST_ENTRIES = 1_000_000;
const LONGEST_KEY = 1 << 16;
const LONGEST_VARINT = 5;

export async function hasTableFooter(source: ByteSource): Promise<boolean> {
  if (source.size < FOOTER) return false;
  const end = await source.read(source.size - MAGIC.length, MAGIC.length);
  return MAGIC.every((byte, i) => end[i] === byte);
}

/** All entries in the order of the file. Throws a CheckpointError. */
export async function readTable(source: ByteSource): Promise<TableEntry[]> {
  if (source.size > LARGEST_TABLE) throw damaged(source, `an index of ${source.size} bytes is too large`, 'file');
  const table = new Table(source, await source.read(0, source.size));
  return table.entries();
}

const damaged = (source: ByteSource, reason: string, where: string): CheckpointError =>
  new CheckpointError(
    reason,
    source.name,
    where,
    'The index is damaged or truncated; copy or save the checkpoint again.',
  );

/** Where a number or a handle ended. */
interface At<T> {
  readonly value: T;
  readonly end: number;
}

interface Handle {
  readonly offset: number;
  readonly size: number;
}

class Table {
  private bytesRead = 0;
  constructor(
    private readonly source: ByteSource,
    private readonly bytes: Uint8Array,
  ) {}

  entries(): TableEntry[] {
    const start = this.bytes.length - FOOTER;
    const metaIndex = this.handle(this.bytes, start);
    const index = this.handle(this.bytes, metaIndex.end).value;
    const found: TableEntry[] = [];
    for (const { value } of this.block(index)) {
      found.push(...this.block(this.handle(value, 0).value));
      if (found.length > MOST_ENTRIES) throw this.failure(`more than ${MOST_ENTRIES} entries`, index.offset);
    }
    return found;
  }

  private block({ offset, size }: Handle): TableEntry[] {
    // Blocks do not overlap: a table that names one again and again is no table.
    this.bytesRead += size + TRAILER;
    if (offset + size + TRAILER > this.bytes.length || this.bytesRead > this.bytes.length)
      throw this.failure(`a block of ${size} bytes is past the end of the file, or is named twice`, offset);
    const compression = this.bytes[offset + size];
    if (compression === SNAPPY)
      throw new CheckpointError(
        'blocks compressed by Snappy are not read',
        this.source.name,
        `byte ${offset}`,
        'TensorFlow writes indexes without compression; save the checkpoint again.',
      );
    if (compression !== UNCOMPRESSED) throw this.failure(`compression ${String(compression)} is not known`, offset);
    const checked = this.bytes.subarray(offset, offset + size + 1);
    if (masked(crc32c(checked)) !== uint32(this.bytes, offset + size + 1))
      throw this.failure('the checksum of a block is wrong', offset);
    return this.entriesOf(this.bytes.subarray(offset, offset + size), offset);
  }

  /** Restart points at the end serve to search; reading from the beginning needs none. */
  private entriesOf(block: Uint8Array, offset: number): TableEntry[] {
    const restarts = block.length < 4 ? 0 : uint32(block, block.length - 4);
    const end = block.length - 4 * (restarts + 1);
    if (end < 0) throw this.failure(`${restarts} restart points are more than the block holds`, offset);
    const entries: TableEntry[] = [];
    let key = '';
    for (let position = 0; position < end;) {
      const shared = this.varint(block, position);
      const own = this.varint(block, shared.end);
      const length = this.varint(block, own.end);
      const valueStart = length.end + own.value;
      const next = valueStart + length.value;
      if (shared.value > key.length || next > end || shared.value + own.value > LONGEST_KEY)
        throw this.failure('an entry is longer than its block', offset + position);
      key = key.slice(0, shared.value) + latin1(block.subarray(length.end, valueStart));
      entries.push({ key, value: block.subarray(valueStart, next) });
      position = next;
    }
    return entries;
  }

  private handle(bytes: Uint8Array, position: number): At<Handle> {
    const offset = this.varint(bytes, position);
    const size = this.varint(bytes, offset.end);
    return { value: { offset: offset.value, size: size.value }, end: size.end };
  }

  private varint(bytes: Uint8Array, start: number): At<number> {
    let value = 0;
    for (let i = 0; i < LONGEST_VARINT; i++) {
      const byte = bytes[start + i];
      if (byte === undefined) break;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return { value, end: start + i + 1 };
    }
    throw this.failure('a number has no end', start);
  }

  private failure(reason: string, position: number): CheckpointError {
    return damaged(this.source, reason, `byte ${position}`);
  }
}

const uint32 = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true);

/** Checksums are stored rotated and shifted, since checksums of data with checksums in them are weak. */
const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
