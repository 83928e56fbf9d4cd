/** Binary PGM and PPM: `P5` or `P6`, width, height and largest value as text, then the pixels. */
import type { DecodedImage } from './decodedImage';
import { ImageError, requireSize } from './imageError';

export const isNetpbm = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && (bytes[1] === 0x35 || bytes[1] === 0x36);

/** Throws an ImageError for damaged files and more than 8 bits. */
export function decodeNetpbm(bytes: Uint8Array): DecodedImage {
  const head = Buffer.from(bytes.subarray(0, 512)).toString('latin1');
  const match = /^P[56](?:\s+|#[^\n]*\n)+(\d{1,9})(?:\s+|#[^\n]*\n)+(\d{1,9})(?:\s+|#[^\n]*\n)+(\d{1,9})\s/.exec(head);
  const [width, height, largest] = (match?.slice(1) ?? []).map(Number);
  if (match === null || width === undefined || height === undefined || largest !== 255)
    throw new ImageError('the PPM has no header of 8-bit pixels');
  requireSize(width, height);
  const channels = bytes[1] === 0x36 ? 3 : 1;
  const size = width * height;
  const start = match[0].length;
  if (bytes.length < start + channels * size) throw new ImageError("the PPM's pixels are cut off");
  const data = new Uint8Array(channels * size);
  for (let i = 0; i < size; i++)
    for (let c = 0; c < channels; c++) data[c * size + i] = bytes[start + i * channels + c] ?? 0;
  return { channels, height, width, data };
}
