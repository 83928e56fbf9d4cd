/**
 * Resizing as Pillow does it, which torchvision's Resize calls for images and imitates for tensors (antialias): every
 * output pixel is a weighted mean of the input pixels under a filter that is stretched by the reduction, horizontally
 * first. Bytes are rounded after each of the two passes, with weights in fixed point; floats are not.
 */
import { extentsOf, likeData, type Picture } from './picture';

export type Interpolation = 'nearest' | 'box' | 'bilinear' | 'hamming' | 'bicubic' | 'lanczos';

interface Kernel {
  /** Half of its width, in input pixels when nothing is reduced. */
  readonly support: number;
  readonly weight: (x: number) => number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

/** Keys' cubic with a = −1/2. */
function cubic(x: number): number {
  const distance = Math.abs(x);
  if (distance < 1) return (1.5 * distance - 2.5) * distance * distance + 1;
  return distance < 2 ? ((-0.5 * distance + 2.5) * distance - 4) * distance + 2 : 0;
}

const kernels: Readonly<Record<Exclude<Interpolation, 'nearest'>, Kernel>> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, weight: (x) => (Math.abs(x) < 1 ? sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x)) : 0) },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

/** The input pixels that make up one output pixel. */
interface Mix {
  readonly first: number;
  readonly weights: readonly number[];
}

/** Bits after the point of a byte's weights: 32 bits hold a weight, a byte and two bits of headroom. */
const FRACTION_BITS = 22;

function mixes(from: number, to: number, { support, weight }: Kernel): Mix[] {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const reach = support * stretch;
  return Array.from({ length: to }, (_, position) => {
    const center = (position + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(from, Math.trunc(center + reach + 0.5));
    const raw = Array.from({ length: Math.max(0, end - first) }, (__, i) =>
      weight((first + i - center + 0.5) / stretch),
    );
    const sum = raw.reduce((total, value) => total + value, 0);
    return { first, weights: sum === 0 ? raw : raw.map((value) => value / sum) };
  });
}

/** The nearest input pixel to the middle of each output pixel. */
const nearestMixes = (from: number, to: number): Mix[] =>
  Array.from({ length: to }, (_, position) => ({
    first: Math.min(from - 1, Math.floor(((position + 0.5) * from) / to)),
    weights: [1],
  }));

/** A picture of [channels, height, width]. */
export function resample(picture: Picture, height: number, width: number, interpolation: Interpolation): Picture {
  const from = extentsOf(picture);
  const along = (a: number, b: number): Mix[] =>
    interpolation === 'nearest' ? nearestMixes(a, b) : mixes(a, b, kernels[interpolation]);
  let { data } = picture;
  if (from.width !== width) data = pass(data, from.channels * from.height, from.width, 1, along(from.width, width));
  if (from.height !== height) data = pass(data, from.channels, from.height, width, along(from.height, height));
  return { ...picture, shape: [from.channels, height, width], data };
}

/** Mixes along the middle axis of [outer, from, inner]. */
function pass(
  data: Picture['data'],
  outer: number,
  from: number,
  inner: number,
  outputs: readonly Mix[],
): Picture['data'] {
  const result = likeData(data, outer * outputs.length * inner);
  const bytes = data instanceof Uint8Array;
  const scaled = bytes
    ? outputs.map(({ first, weights }) => ({ first, weights: weights.map((w) => Math.round(w * 2 ** FRACTION_BITS)) }))
    : outputs;
  for (let block = 0; block < outer; block++)
    for (const [position, { first, weights }] of scaled.entries())
      for (let i = 0; i < inner; i++) {
        const start = (block * from + first) * inner + i;
        let sum = 0;
        for (let k = 0; k < weights.length; k++) sum += (data[start + k * inner] ?? 0) * (weights[k] ?? 0);
        result[(block * scaled.length + position) * inner + i] = bytes ? asByte(sum) : sum;
      }
  return result;
}

const asByte = (sum: number): number => Math.min(255, Math.max(0, Math.floor(sum / 2 ** FRACTION_BITS + 0.5)));
