/** TensorFlow's resizing without smoothing: each output pixel from the four around its middle. */

export interface Pixels {
  /** Channels last. */
  readonly data: ArrayLike<number>;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

interface Mix {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

const mixes = (from: number, to: number): Mix[] =>
  Array.from({ length: to }, (_, i) => {
    const place = ((i + 0.5) * from) / to - 0.5;
    const below = Math.floor(place);
    return { low: Math.max(below, 0), high: Math.min(below + 1, from - 1), share: place - below };
  });

/** [height, width, channels] */
export function bilinear({ data, height, width, channels }: Pixels, rows: number, columns: number): Float32Array {
  const result = new Float32Array(rows * columns * channels);
  const [down, across] = [mixes(height, rows), mixes(width, columns)];
  const at = (y: number, x: number, c: number): number => data[(y * width + x) * channels + c] ?? 0;
  for (const [y, row] of down.entries())
    for (const [x, column] of across.entries())
      for (let c = 0; c < channels; c++) {
        const above = at(row.low, column.low, c) * (1 - column.share) + at(row.low, column.high, c) * column.share;
        const below = at(row.high, column.low, c) * (1 - column.share) + at(row.high, column.high, c) * column.share;
        result[(y * columns + x) * channels + c] = above * (1 - row.share) + below * row.share;
      }
  return result;
}
