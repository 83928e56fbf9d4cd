/** Transforms that change where pixels are: Resize, CenterCrop, Pad. */
import type { DataValue } from '../dataCall';
import { extentsOf, likeData, type Picture } from './picture';
import { resample, type Interpolation } from './resample';
import { numbersOf, pairOf, type TransformRule } from './rule';

/** Longest side and most pixels that a transform may ask for. */
const LARGEST_SIDE = 1 << 13;
const MOST_PIXELS = 1 << 22;

const byNumber: readonly Interpolation[] = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'];

function interpolationOf(value: DataValue): Interpolation | undefined {
  if (value === null) return 'bilinear';
  if (typeof value === 'number') return byNumber[value];
  return value === 'nearest-exact' ? 'nearest' : byNumber.find((name) => name === value);
}

const inRange = (...sides: readonly number[]): boolean =>
  sides.every((side) => Number.isInteger(side) && side >= 1 && side <= LARGEST_SIDE);

/** Throws for sizes that no training uses. */
function requireArea(height: number, width: number): void {
  if (!inRange(height, width) || height * width > MOST_PIXELS)
    throw new RangeError(`an image of ${height} × ${width} pixels is not made`);
}

/** Python's round: halves to the even neighbour. */
function roundEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

/** The shorter side becomes `side`, the other one keeps the proportion (rounded down); at most `longest`. */
export function shorterSideTo(picture: Picture, side: number, longest?: number): readonly [number, number] {
  const { height, width } = extentsOf(picture);
  const [short, long] = height <= width ? [height, width] : [width, height];
  let [newShort, newLong] = [side, Math.trunc((side * long) / short)];
  if (longest !== undefined && newLong > longest)
    [newShort, newLong] = [Math.trunc((longest * newShort) / newLong), longest];
  return height <= width ? [newShort, newLong] : [newLong, newShort];
}

/** Resize(size): a pair is height and width, one number the shorter side. */
export const resize: TransformRule = {
  parameters: ['size', 'interpolation', 'max_size', 'antialias'],
  make({ size, interpolation = 'bilinear', max_size: longest }) {
    const filter = interpolationOf(interpolation);
    const sides = numbersOf(size);
    if (filter === undefined || sides === undefined || sides.length > 2 || !inRange(...sides)) return undefined;
    const [a = 1, b] = sides;
    return {
      apply(picture) {
        const [height, width] =
          b === undefined ? shorterSideTo(picture, a, typeof longest === 'number' ? longest : undefined) : [a, b];
        requireArea(height, width);
        return resample(picture, height, width, filter);
      },
    };
  },
};

/** What lies outside the picture when it is padded. */
type Outside = 'constant' | 'edge' | 'reflect' | 'symmetric';

/** The position inside 0 … size−1 that stands for one outside; undefined: the fill value. */
function source(position: number, size: number, outside: Outside): number | undefined {
  if (position >= 0 && position < size) return position;
  if (outside === 'constant') return undefined;
  if (outside === 'edge' || size === 1) return Math.min(size - 1, Math.max(0, position));
  const period = outside === 'reflect' ? 2 * size - 2 : 2 * size;
  const folded = ((position % period) + period) % period;
  return folded < size ? folded : (outside === 'reflect' ? period : period - 1) - folded;
}

/** The window of `height` × `width` from (top, left), which may begin outside. */
export function window(
  picture: Picture,
  top: number,
  left: number,
  height: number,
  width: number,
  outside: Outside = 'constant',
  fill: readonly number[] = [0],
): Picture {
  const from = extentsOf(picture);
  requireArea(height, width);
  const data = likeData(picture.data, from.channels * height * width);
  const columns = Array.from({ length: width }, (_, x) => source(left + x, from.width, outside));
  for (let channel = 0; channel < from.channels; channel++)
    for (let y = 0; y < height; y++) {
      const row = source(top + y, from.height, outside);
      for (let x = 0; x < width; x++) {
        const column = columns[x];
        data[(channel * height + y) * width + x] =
          row === undefined || column === undefined
            ? (fill[channel] ?? fill[0] ?? 0)
            : (picture.data[(channel * from.height + row) * from.width + column] ?? 0);
      }
    }
  return { ...picture, shape: [from.channels, height, width], data };
}

/** The middle; a smaller picture is padded with zeros first, as torchvision does. */
export function cropCenter(picture: Picture, height: number, width: number): Picture {
  const from = extentsOf(picture);
  const start = (size: number, wanted: number): number =>
    wanted > size ? -Math.floor((wanted - size) / 2) : roundEven((size - wanted) / 2);
  return window(picture, start(from.height, height), start(from.width, width), height, width);
}

export const centerCrop: TransformRule = {
  parameters: ['size'],
  make({ size }) {
    const sides = pairOf(size);
    return sides && inRange(...sides) ? { apply: (picture) => cropCenter(picture, ...sides) } : undefined;
  },
};

/** Left, top, right, bottom. */
function margins(value: DataValue): readonly [number, number, number, number] | undefined {
  const list = numbersOf(value);
  const [a, b = a, c, d] = list ?? [];
  if (a === undefined || b === undefined || list === undefined || list.length === 3) return undefined;
  const all = [a, b, c ?? a, d ?? b] as const;
  return all.every((margin) => Number.isInteger(margin) && Math.abs(margin) <= LARGEST_SIDE) ? all : undefined;
}

export const pad: TransformRule = {
  parameters: ['padding', 'fill', 'padding_mode'],
  make({ padding, fill = 0, padding_mode: mode = 'constant' }) {
    const around = margins(padding);
    const outside = (['constant', 'edge', 'reflect', 'symmetric'] as const).find((name) => name === mode);
    const filling = numbersOf(fill);
    if (around === undefined || outside === undefined || filling === undefined) return undefined;
    const [left, top, right, bottom] = around;
    return {
      apply(picture) {
        const { height, width } = extentsOf(picture);
        return window(picture, -top, -left, height + top + bottom, width + left + right, outside, filling);
      },
    };
  },
};
