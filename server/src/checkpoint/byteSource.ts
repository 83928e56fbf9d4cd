import { CheckpointError } from './checkpointError';

/** Random access to a file's bytes, so that a tensor of a 10 GB file costs only its own range. */
export interface ByteSource {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Exactly `length` bytes from `offset`; rejects with a CheckpointError when the file ends before. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** Throws unless `offset` and `length` lie inside the source; call before allocating anything. */
export function requireRange(source: ByteSource, offset: number, length: number): void {
  const valid = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (valid && offset + length <= source.size) return;
  throw new CheckpointError(
    `the file ends early: ${length} bytes expected, ${Math.max(0, source.size - offset)} left`,
    source.name,
    `byte ${offset}`,
    'The file is truncated or damaged; copy or save it again.',
  );
}

export class MemoryByteSource implements ByteSource {
  private readonly bytes: Uint8Array;
  constructor(
    readonly name: string,
    bytes: Uint8Array,
  ) {
    // A Buffer's slice() shares memory where a Uint8Array's copies; readers rely on the latter.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
  get size(): number {
    return this.bytes.length;
  }
  read(offset: number, length: number): Promise<Uint8Array> {
    return new Promise((resolve) => {
      requireRange(this, offset, length);
      resolve(this.bytes.subarray(offset, offset + length));
    });
  }
}

/** A window of another source: an archive's entry, a storage in a stream. */
export class ByteRange implements ByteSource {
  readonly name: string;
  constructor(
    private readonly source: ByteSource,
    private readonly start: number,
    readonly size: number,
  ) {
    requireRange(source, start, size);
    this.name = source.name;
  }
  async read(offset: number, length: number): Promise<Uint8Array> {
    requireRange(this, offset, length);
    return this.source.read(this.start + offset, length);
  }
}

/** The first `length` bytes, or fewer when the file is shorter: what a signature check looks at. */
export const readStart = (source: ByteSource, length: number): Promise<Uint8Array> =>
  source.read(0, Math.min(length, source.size));
