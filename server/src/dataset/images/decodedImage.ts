/** An image file's pixels as bytes, channels first: one channel for grey, three for colour. */
export interface DecodedImage {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly data: Uint8Array;
}
