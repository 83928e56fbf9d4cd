import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { MemoryByteSource, readStart, type ByteSource } from '../checkpoint/byteSource';
import { CheckpointError, damageReason } from '../checkpoint/checkpointError';

/** Bytes that are unpacked at a time. */
const PIECE = 1 << 20;

async function isPacked(source: ByteSource): Promise<boolean> {
  const [first, second] = await readStart(source, 2);
  return first === 0x1f && second === 0x8b;
}

/** A gzip file unpacked, any other file as it is. Throws a CheckpointError beyond `largest` bytes. */
export async function unpacked(source: ByteSource, largest: number): Promise<ByteSource> {
  if (!(await isPacked(source))) return source;
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of unpackedPieces(source)) {
    size += piece.length;
    if (size > largest) throw tooLong(source, largest);
    pieces.push(piece);
  }
  return new MemoryByteSource(source.name, Buffer.concat(pieces));
}

/** As `unpacked`, for a file that is known to hold at most `size` bytes: they are written where they stay. */
export async function unpackedTo(source: ByteSource, size: number): Promise<ByteSource> {
  if (!(await isPacked(source))) return source;
  const bytes = new Uint8Array(size);
  let filled = 0;
  for await (const piece of unpackedPieces(source)) {
    if (filled + piece.length > size) throw tooLong(source, size);
    bytes.set(piece, filled);
    filled += piece.length;
  }
  return new MemoryByteSource(source.name, bytes.subarray(0, filled));
}

/** The first `length` bytes of the unpacked file, or fewer where it is shorter. */
export async function unpackedStart(source: ByteSource, length: number): Promise<Uint8Array> {
  if (!(await isPacked(source))) return readStart(source, length);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of unpackedPieces(source)) {
    pieces.push(piece);
    size += piece.length;
    if (size >= length) break;
  }
  return Buffer.concat(pieces).subarray(0, length);
}

async function* unpackedPieces(source: ByteSource): AsyncGenerator<Uint8Array> {
  const stream = Readable.from([await source.read(0, source.size)]).pipe(createGunzip({ chunkSize: PIECE }));
  try {
    for await (const piece of stream) yield piece as Uint8Array;
  } catch (error) {
    throw new CheckpointError(
      `damaged gzip file: ${damageReason(error)}`,
      source.name,
      'byte 0',
      'Copy the file again.',
    );
  } finally {
    stream.destroy();
  }
}

const tooLong = (source: ByteSource, most: number): CheckpointError =>
  new CheckpointError(
    `the gzip file unpacks to more than ${most} bytes`,
    source.name,
    'byte 0',
    'Unpack it and give a smaller part, or save the arrays as .npz.',
  );
