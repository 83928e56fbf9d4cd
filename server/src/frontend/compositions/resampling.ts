/**
 * Images in other sizes, as `tf.image.resize` makes them: centres of pixels lie on centres, filters are cut at the border and
 * add up to one again. Each axis is multiplied by a matrix of weights; nearest gathers.
 */
import type { Node } from '../../graph/node';
import { constant, take } from '../../graph/operations';
import { sizeAt } from './axes';
import { cubic } from './interpolation';
import { applyAlongAxis } from './pooling';

interface Filter {
  readonly radius: number;
  /** Without antialiasing, places between two pixels are rounded to one of so many. */
  readonly steps?: number;
  readonly weight: (distance: number) => number;
}

const lanczos = (radius: number): Filter => ({
  radius,
  weight: (t) => {
    const x = Math.PI * Math.abs(t);
    if (Math.abs(t) > radius) return 0;
    return x === 0 ? 1 : (radius * Math.sin(x) * Math.sin(x / radius)) / (x * x);
  },
});

/** Mitchell and Netravali 1988, with B = C = 1/3. */
function mitchell(distance: number): number {
  const t = Math.abs(distance);
  if (t >= 2) return 0;
  return t >= 1 ? ((-7 / 18) * t + 2) * t * t - (10 / 3) * t + 16 / 9 : ((7 / 6) * t - 2) * t * t + 8 / 9;
}

const filters = {
  bilinear: { radius: 1, weight: (t: number): number => Math.max(0, 1 - Math.abs(t)) },
  // TensorFlow has a table of its weights; other backends of Keras do not round.
  bicubic: { radius: 2, weight: (t: number): number => cubic(t, -0.5), steps: 1024 },
  lanczos3: lanczos(3),
  lanczos5: lanczos(5),
  gaussian: { radius: 1.5, weight: (t: number): number => (Math.abs(t) < 1.5 ? Math.exp(-2 * t * t) : 0) },
  mitchellcubic: { radius: 2, weight: mitchell },
} satisfies Readonly<Record<string, Filter>>;

export const resamplings = ['nearest', 'area', ...(Object.keys(filters) as (keyof typeof filters)[])] as const;
export type Resampling = (typeof resamplings)[number];

/** Weights [after, before] of a filter; with `antialias` it is as wide as a place of a smaller result. */
function filterMatrix(before: number, after: number, filter: Filter, antialias: boolean): Float64Array {
  const { radius, weight, steps } = filter;
  const ratio = before / after;
  const stretch = antialias ? Math.max(ratio, 1) : 1;
  const weights = new Float64Array(after * before);
  for (let i = 0; i < after; i++) {
    const exact = (i + 0.5) * ratio - 0.5;
    const centre = 0.5 + (antialias || steps === undefined ? exact : Math.round(exact * steps) / steps);
    const from = Math.max(0, Math.ceil(centre - radius * stretch - 0.5));
    const to = Math.min(before - 1, Math.floor(centre + radius * stretch - 0.5));
    const row = Array.from({ length: to - from + 1 }, (_, k) => weight((from + k + 0.5 - centre) / stretch));
    const total = row.reduce((sum, each) => sum + each, 0);
    row.forEach((each, k) => (weights[i * before + from + k] = each / total));
  }
  return weights;
}

/** Weights [after, before]: the share of each place of the source in a place of the result. */
function areaMatrix(before: number, after: number): Float64Array {
  const ratio = before / after;
  const weights = new Float64Array(after * before);
  for (let i = 0; i < after; i++)
    for (let k = Math.floor(i * ratio); k < Math.min(before, Math.ceil((i + 1) * ratio)); k++)
      weights[i * before + k] = (Math.min(k + 1, (i + 1) * ratio) - Math.max(k, i * ratio)) / ratio;
  return weights;
}

/** In single precision, where TensorFlow rounds places. */
function nearestPlaces(before: number, after: number): Int32Array {
  const ratio = Math.fround(before / after);
  return Int32Array.from({ length: after }, (_, i) => Math.min(before - 1, Math.floor(Math.fround((i + 0.5) * ratio))));
}

/** x [N, C, …] with spatial axes of `sizes`. Antialiasing does not concern `nearest` and `area`. */
export function resample(x: Node, sizes: readonly number[], method: Resampling, antialias: boolean): Node {
  return sizes.reduce((current, after, i) => {
    const axis = i + 2;
    const before = sizeAt(current.shape, axis);
    if (before === after) return current;
    if (method === 'nearest') return take(current, constant(nearestPlaces(before, after), [after]), axis);
    const weights =
      method === 'area' ? areaMatrix(before, after) : filterMatrix(before, after, filters[method], antialias);
    return applyAlongAxis(current, constant(weights, [after, before]), axis);
  }, x);
}
