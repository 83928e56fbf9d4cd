import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { MemoryByteSource, readStart, type ByteSource } from '../checkpoint/byteSource';
import { CheckpointError } from '../checkpoint/checkpointError';

const gunzipAsync = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip);

/** A gzip file unpacked, any other file as it is. Throws a CheckpointError beyond `largest` bytes. */
export async function unpacked(source: ByteSource, largest: number): Promise<ByteSource> {
  const [first, second] = await readStart(source, 2);
  if (first !== 0x1f || second !== 0x8b) return source;
  try {
    const bytes = await gunzipAsync(await source.read(0, source.size), { maxOutputLength: largest });
    return new MemoryByteSource(source.name, bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CheckpointError(`damaged gzip file: ${reason}`, source.name, 'byte 0', 'Copy the file again.');
  }
}
