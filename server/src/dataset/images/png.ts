/**
 * PNG (ISO 15948), all colour types and bit depths, interlaced too. Unpacking is bounded by the size that the header
 * declares, which the packages of npm do not do for every kind of file.
 */
import { inflateSync } from 'node:zlib';
import type { DecodedImage } from './decodedImage';
import { ImageError, MOST_PIXELS, requireSize } from './imageError';

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colour: number;
  readonly interlaced: boolean;
}

/** Samples of one pixel by colour type: grey, –, colour, palette, grey and alpha, –, colour and alpha. */
const samplesOf = [1, 0, 3, 1, 2, 0, 4];

/** Adam7: first column and row, distance of columns and rows. */
const passes = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

export const isPng = (bytes: Uint8Array): boolean => [0x89, 0x50, 0x4e, 0x47].every((byte, i) => bytes[i] === byte);

/** Throws an ImageError for damaged files. Alpha is left out, as PIL's convert('RGB') does; 16 bits become 8. */
export function decodePng(bytes: Uint8Array, mostPixels = MOST_PIXELS): DecodedImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Uint8Array[] = [];
  let header: Header | undefined;
  let palette = new Uint8Array(0);
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const content = bytes.subarray(at + 8, at + 8 + length);
    if (content.length !== length) throw new ImageError(`the PNG's chunk ${type} is cut off`);
    if (type === 'IHDR') header = headerOf(content, mostPixels);
    else if (type === 'PLTE') palette = Uint8Array.from(content);
    else if (type === 'IDAT') data.push(content);
    else if (type === 'IEND') break;
    at += 12 + length;
  }
  if (header === undefined || data.length === 0) throw new ImageError('the PNG has no header or no pixels');
  return pixels(header, unpack(header, Buffer.concat(data)), palette);
}

function headerOf(content: Uint8Array, mostPixels: number): Header {
  if (content.length !== 13) throw new ImageError("the PNG's header is damaged");
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [depth = 0, colour = 0, compression, filter, interlace = 0] = content.subarray(8);
  const depths = colour === 0 ? [1, 2, 4, 8, 16] : colour === 3 ? [1, 2, 4, 8] : [8, 16];
  const isKnown = (samplesOf[colour] ?? 0) > 0 && depths.includes(depth) && compression === 0 && filter === 0;
  if (!isKnown || interlace > 1)
    throw new ImageError(`a PNG of colour type ${colour} with ${depth} bits is not defined`);
  requireSize(width, height, mostPixels);
  return { width, height, depth, colour, interlaced: interlace === 1 };
}

const rowBytes = ({ depth, colour }: Header, width: number): number =>
  Math.ceil((width * depth * (samplesOf[colour] ?? 1)) / 8);

/** Width and height of every pass. */
function passSizes(header: Header): (readonly [number, number])[] {
  const { width, height, interlaced } = header;
  if (!interlaced) return [[width, height]];
  return passes.map(([x, y, dx, dy]) => [Math.ceil((width - x) / dx), Math.ceil((height - y) / dy)]);
}

function unpack(header: Header, packed: Uint8Array): Uint8Array {
  const size = passSizes(header).reduce(
    (sum, [width, height]) => sum + (width > 0 && height > 0 ? height * (1 + rowBytes(header, width)) : 0),
    0,
  );
  let unpacked: Uint8Array;
  try {
    unpacked = inflateSync(packed, { maxOutputLength: size + 1 });
  } catch (error) {
    throw new ImageError(`the PNG's pixels cannot be unpacked: ${error instanceof Error ? error.message : ''}`);
  }
  if (unpacked.length < size) throw new ImageError("the PNG's pixels are cut off");
  return unpacked;
}

function pixels(header: Header, raw: Uint8Array, palette: Uint8Array): DecodedImage {
  const { width, height, colour, interlaced } = header;
  const channels = colour === 0 || colour === 4 ? 1 : 3;
  const data = new Uint8Array(channels * width * height);
  const put = (x: number, y: number, values: readonly number[]): void => {
    for (let c = 0; c < channels; c++) data[(c * height + y) * width + x] = values[c] ?? 0;
  };
  const isPlain = colour === 0 && header.depth === 8 && !interlaced;
  let at = 0;
  for (const [index, [columns, rows]] of passSizes(header).entries()) {
    if (columns <= 0 || rows <= 0) continue;
    const [x0, y0, dx, dy] = interlaced ? (passes[index] ?? [0, 0, 1, 1]) : [0, 0, 1, 1];
    const stride = rowBytes(header, columns);
    let above: Uint8Array = new Uint8Array(stride);
    for (let row = 0; row < rows; row++, at += 1 + stride) {
      const line = raw.subarray(at + 1, at + 1 + stride);
      unfilter(raw[at] ?? 0, line, above, Math.max(1, Math.ceil((header.depth * (samplesOf[colour] ?? 1)) / 8)));
      if (isPlain) data.set(line, row * width);
      else
        for (let column = 0; column < columns; column++)
          put(x0 + column * dx, y0 + row * dy, pixelAt(header, line, column, palette));
      above = line;
    }
  }
  return { channels, height, width, data };
}

/** Undoes a row's filter in place; `distance` bytes lie between a byte and the same byte of the pixel before. */
function unfilter(kind: number, line: Uint8Array, above: Uint8Array, distance: number): void {
  if (kind > 4) throw new ImageError(`the PNG has a row with the filter ${kind}, which is not defined`);
  if (kind === 0) return;
  for (let i = 0; i < line.length; i++) {
    const left = i >= distance ? (line[i - distance] ?? 0) : 0;
    const up = above[i] ?? 0;
    const corner = i >= distance ? (above[i - distance] ?? 0) : 0;
    const guess = kind === 1 ? left : kind === 2 ? up : kind === 3 ? (left + up) >> 1 : nearestOf(left, up, corner);
    line[i] = (line[i] ?? 0) + guess;
  }
}

/** Paeth's predictor: the neighbour closest to left + up − corner. */
function nearestOf(left: number, up: number, corner: number): number {
  const estimate = left + up - corner;
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)];
  return a <= b && a <= c ? left : b <= c ? up : corner;
}

function pixelAt({ depth, colour }: Header, line: Uint8Array, column: number, palette: Uint8Array): readonly number[] {
  const samples = samplesOf[colour] ?? 1;
  const sample = (i: number): number => {
    const position = column * samples + i;
    if (depth === 8) return line[position] ?? 0;
    if (depth === 16) return line[2 * position] ?? 0;
    const bit = position * depth;
    return ((line[bit >> 3] ?? 0) >> (8 - depth - (bit & 7))) & ((1 << depth) - 1);
  };
  if (colour === 3) {
    const index = 3 * sample(0);
    return [palette[index] ?? 0, palette[index + 1] ?? 0, palette[index + 2] ?? 0];
  }
  if (colour === 2 || colour === 6) return [sample(0), sample(1), sample(2)];
  return [depth < 8 ? (sample(0) * 255) / ((1 << depth) - 1) : sample(0)];
}
