import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../../../server/src/dataset/images/decodeImage';
import { ImageError } from '../../../server/src/dataset/images/imageError';
import { bytesOf, pictures } from './recordedFiles';

function file(kind: string): Uint8Array {
  const row = pictures.find(([name]) => name === kind);
  return bytesOf(row?.[1] ?? '');
}

/** A PNG chunk; the check sum is not looked at. */
const chunk = (type: string, content: Uint8Array): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, Buffer.from(type), content, Buffer.alloc(4)]);
};

function png(width: number, height: number, header: readonly number[], raw: Uint8Array): Uint8Array {
  const size = Buffer.alloc(8);
  size.writeUInt32BE(width, 0);
  size.writeUInt32BE(height, 4);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
      chunk('IHDR', Buffer.concat([size, Buffer.from(header)])),
      chunk('IDAT', deflateSync(raw)),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  );
}

describe('images', () => {
  it.each(pictures)('%s has the pixels that Pillow reads', async (_, base64, shape, hash) => {
    const { channels, height, width, data } = await decodeImage(bytesOf(base64));
    expect([channels, height, width]).toEqual(shape);
    expect(createHash('sha256').update(data).digest('hex')).toBe(hash);
  });

  it('interlaced PNG puts every pass at its place', async () => {
    // Grey, 8 bits, 4 × 3 pixels of value 10y + x: Adam7's passes 1, 2 (none), 3 (none), 4, 5, 6, 7 with filter 0.
    const rows = [[0], [2], [20, 22], [1, 3], [21, 23], [10, 11, 12, 13]];
    const raw = Uint8Array.from(rows.flatMap((row) => [0, ...row]));
    const { data } = await decodeImage(png(4, 3, [8, 0, 0, 0, 1], raw));
    expect([...data]).toEqual([0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23]);
  });

  it.each([
    ['huge', png(60000, 60000, [8, 2, 0, 0, 0], new Uint8Array(10)), /too many/],
    ['without pixels', png(0, 5, [8, 2, 0, 0, 0], new Uint8Array(10)), /no pixels/],
    ['with more pixels than it says', png(2, 2, [8, 2, 0, 0, 0], new Uint8Array(1 << 22)), /cannot be unpacked/],
    ['with fewer pixels', png(20, 20, [8, 2, 0, 0, 0], new Uint8Array(8)), /cut off/],
    ['with an unknown filter', png(2, 1, [8, 0, 0, 0, 0], Uint8Array.of(9, 1, 2)), /filter 9/],
    ['of an undefined kind', png(2, 1, [3, 2, 0, 0, 0], new Uint8Array(9)), /not defined/],
    ['of another format', Buffer.from('GIF89a....'), /no PNG, JPEG/],
    ['empty', new Uint8Array(0), /no PNG, JPEG/],
  ])('an image %s is refused', async (_, bytes, reason) => {
    const error: unknown = await decodeImage(bytes).catch((each: unknown) => each);
    expect(error).toBeInstanceOf(ImageError);
    expect((error as ImageError).message).toMatch(reason);
  });

  it('damaged files of every kind give an image or an ImageError, and the next one is read', async () => {
    let state = 1;
    const random = (n: number): number => (state = (state * 48271) % 2147483647) % n;
    for (const [, base64] of pictures)
      for (let i = 0; i < 40; i++) {
        const bytes = bytesOf(base64);
        for (let k = 0; k <= random(4); k++) bytes[random(bytes.length)] = random(256);
        const cut = random(3) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
        const result: unknown = await decodeImage(cut).catch((error: unknown) => error);
        if (result instanceof Error) expect(result).toBeInstanceOf(ImageError);
      }
    expect((await decodeImage(file('JPEG, grey'))).channels).toBe(1);
  });

  it('JPEG with thousands of scans is refused before it is decoded', async () => {
    const bytes = file('JPEG, progressive');
    const scan = bytes.indexOf(0xda);
    const rest = bytes.subarray(scan - 1, scan + 20);
    const many = Buffer.concat([bytes.subarray(0, scan - 1), ...Array.from({ length: 5000 }, () => rest)]);
    await expect(decodeImage(new Uint8Array(many))).rejects.toThrow(/scans/);
  });
});
