/** One image on its way through transforms. */

/** Channels first: value (c, y, x) is data[(c·height + y)·width + x]. */
export interface Picture {
  /** Extents after the first transforms that flatten or reshape need not be channels, height, width. */
  readonly shape: readonly number[];
  /** Bytes 0 … 255, or floats. */
  readonly data: Uint8Array | Float32Array;
  /** `image`: PIL's, before ToTensor; `tensor`: PyTorch's. */
  readonly form: 'image' | 'tensor';
}

export interface Extents {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Throws a RangeError for what is no image. */
export function extentsOf({ shape }: Picture): Extents {
  const [channels, height, width] = shape;
  if (channels === undefined || height === undefined || width === undefined || shape.length !== 3)
    throw new RangeError(`[${shape.join(', ')}] is no image of channels, height and width`);
  return { channels, height, width };
}

/** Storage of the same element type. */
export const likeData = (data: Picture['data'], length: number): Picture['data'] =>
  data instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
