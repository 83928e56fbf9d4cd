import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../server/src/checkpoint/archive/crc32';
import { ZipArchive } from '../../../server/src/checkpoint/archive/zipArchive';
import { MemoryByteSource, type ByteSource } from '../../../server/src/checkpoint/byteSource';
import { zip } from '../checkpoint/zipWriter';

const data = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 251);

const entryOf = async (crc?: number): Promise<ByteSource> => {
  const bytes = zip([{ name: 'x', data, ...(crc === undefined ? {} : { crc }) }]);
  return (await ZipArchive.open(new MemoryByteSource('file', bytes))).entry('x');
};

async function readInPieces(entry: ByteSource, size: number): Promise<void> {
  for (let start = 0; start < entry.size; start += size) await entry.read(start, Math.min(size, entry.size - start));
}

describe('the checksum of a zip entry', () => {
  it('of pieces equals that of the whole', () => {
    // "123456789" is the check value of every catalogue of CRCs.
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926);
    for (const cut of [0, 1, 31_337, data.length])
      expect(crc32(data.subarray(cut), crc32(data.subarray(0, cut)))).toBe(crc32(data));
  });

  it.each([1_000, 65_536, 100_000])(
    'finds damage when it is read in pieces of %i bytes, also the second time',
    async (size) => {
      await readInPieces(await entryOf(), size);
      const damaged = await entryOf((crc32(data) ^ 1) >>> 0);
      for (let time = 0; time < 2; time++) await expect(readInPieces(damaged, size)).rejects.toThrow(/checksum/);
    },
  );

  it('is no obstacle to reading a part, nor where none was stored', async () => {
    const damaged = await entryOf((crc32(data) ^ 1) >>> 0);
    expect(await damaged.read(500, 10)).toEqual(data.subarray(500, 510));
    expect(await damaged.read(0, 10)).toEqual(data.subarray(0, 10));
    await readInPieces(await entryOf(0), 4096);
  });
});
