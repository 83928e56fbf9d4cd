/** An image file of any kind that is read, by its first bytes. */
import type { DecodedImage } from './decodedImage';
import { ImageError } from './imageError';
import { decodeJpeg, isJpeg } from './jpeg';
import { decodeNetpbm, isNetpbm } from './netpbm';
import { decodePng, isPng } from './png';

/** Endings of the kinds that are read. */
export const imageName = /\.(png|jpe?g|ppm|pgm)$/i;
/** Endings of images that are not. */
export const unreadImageName = /\.(bmp|gif|tiff?|webp|avif|heic)$/i;

/** Largest image file, in bytes. */
export const LARGEST_IMAGE = 1 << 26;

/** Throws an ImageError for damaged files and other kinds. */
export async function decodeImage(bytes: Uint8Array): Promise<DecodedImage> {
  if (bytes.length > LARGEST_IMAGE) throw new ImageError(`the image takes ${bytes.length} bytes, too many`);
  if (isPng(bytes)) return decodePng(bytes);
  if (isJpeg(bytes)) return decodeJpeg(bytes);
  if (isNetpbm(bytes)) return decodeNetpbm(bytes);
  throw new ImageError('this is no PNG, JPEG, PPM or PGM image');
}
