/** What is wrong with one image; whoever knows its file says where. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}

/** Most pixels of an image that is decoded: 16 Mi, far beyond what data sets hold. */
export const MOST_PIXELS = 1 << 24;

/** Throws for images without pixels and for those that would fill the memory. */
export function requireSize(width: number, height: number, mostPixels = MOST_PIXELS): void {
  if (width === 0 || height === 0) throw new ImageError('the image has no pixels');
  if (width * height > mostPixels) throw new ImageError(`the image has ${width} × ${height} pixels, too many`);
}
