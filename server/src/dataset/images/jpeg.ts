/**
 * JPEG through mozjpeg in WebAssembly: the same library, and the same pixels to the last bit, as PIL has. Size and number
 * of scans are checked before the decoder sees the file.
 */
import moduleFactory from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import program from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm';
import type { DecodedImage } from './decodedImage';
import { ImageError, requireSize } from './imageError';

/** A progressive image of usual programs has ten; each costs as much as the whole image. */
const MOST_SCANS = 64;

export const isJpeg = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, alpha. */
  readonly data: Uint8ClampedArray;
}

interface Decoder {
  decode(bytes: Uint8Array, preserveOrientation: boolean): Pixels | null;
}

/** The part of JavaScript's WebAssembly that is used; the types of Node do not have it. */
interface Programs {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

/** What Emscripten's start-up takes. */
interface StartOptions {
  readonly noInitialRun: boolean;
  readonly print: () => void;
  readonly printErr: () => void;
  readonly instantiateWasm: (imports: object, ready: (instance: object) => void) => object;
}

let decoder: Promise<Decoder> | undefined;

function start(): Promise<Decoder> {
  const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: Programs }).WebAssembly;
  const compiled = new Module(program);
  const make = moduleFactory as unknown as (options: StartOptions) => Promise<Decoder>;
  return make({
    noInitialRun: true,
    print: () => undefined,
    printErr: () => undefined,
    instantiateWasm: (imports, ready) => {
      const instance = new Instance(compiled, imports);
      ready(instance);
      return instance.exports;
    },
  });
}

/** Throws an ImageError for damaged files. */
export async function decodeJpeg(bytes: Uint8Array): Promise<DecodedImage> {
  const grey = checkFrame(bytes) === 1;
  decoder ??= start();
  try {
    const image = (await decoder).decode(bytes, false);
    if (image === null) throw new ImageError('the JPEG cannot be decoded');
    return planes(image, grey ? 1 : 3);
  } catch (error) {
    // The decoder's memory is not to be trusted after a failure.
    decoder = undefined;
    if (error instanceof ImageError) throw error;
    throw new ImageError('the JPEG is damaged');
  }
}

/** Walks the segments: checks the size, counts scans; gives the number of components. */
function checkFrame(bytes: Uint8Array): number {
  const word = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  let components = 0;
  let scans = 0;
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) {
      // Inside the data of a scan.
      at = bytes.indexOf(0xff, at);
      if (at < 0) break;
      continue;
    }
    const marker = bytes[at + 1] ?? 0;
    if (marker === 0 || marker === 0xff || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += marker === 0xff ? 1 : 2;
      continue;
    }
    if (marker === 0xd9) break;
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) {
      requireSize(word(at + 7), word(at + 5));
      components = bytes[at + 9] ?? 0;
    }
    if (marker === 0xda && ++scans > MOST_SCANS) throw new ImageError(`the JPEG has more than ${MOST_SCANS} scans`);
    at += 2 + Math.max(2, word(at + 2));
  }
  if (components === 0) throw new ImageError('the JPEG has no frame');
  return components;
}

/** Pixels of red, green, blue and alpha as planes. */
function planes({ data, width, height }: Pixels, channels: number): DecodedImage {
  const size = width * height;
  const result = new Uint8Array(channels * size);
  for (let c = 0; c < channels; c++) for (let i = 0; i < size; i++) result[c * size + i] = data[4 * i + c] ?? 0;
  return { channels, height, width, data: result };
}
