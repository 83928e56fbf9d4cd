/** nanoGPT's `.bin`: tokens as little-endian uint16, one after the other; llm.c's has a header of 1024 bytes before them. */
import { contentHash } from '../../checkpoint/assemble';
import { readStart, type ByteSource } from '../../checkpoint/byteSource';
import { CheckpointError } from '../../checkpoint/checkpointError';
import { arrayDataset } from '../arrayDataset';
import type { Dataset } from '../dataset';
import { tokenWindows } from './tokenWindows';

/** First number of llm.c's header, and its size. */
const MAGIC = 20240520;
const HEADER_BYTES = 1024;

/** `length`: of the model's input. */
export async function openTokenFile(source: ByteSource, length: number | undefined): Promise<Dataset> {
  if (source.size % 2 !== 0)
    throw new CheckpointError(
      `${source.size} bytes are no whole number of 16-bit tokens`,
      source.name,
      'end of file',
      'The file is truncated or no token file.',
    );
  const start = await readStart(source, 4);
  const magic = start.length < 4 ? 0 : new DataView(start.buffer, start.byteOffset, 4).getInt32(0, true);
  const offset = magic === MAGIC && source.size >= HEADER_BYTES ? HEADER_BYTES / 2 : 0;
  const storage = { key: 'tokens', bytes: source, littleEndian: true };
  const tokens = { file: source.name, type: 'uint16' as const, storage, offset, count: source.size / 2 - offset };
  return arrayDataset(source.name, tokenWindows(tokens, length), source.name, () => contentHash(source));
}
