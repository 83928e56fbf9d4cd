/** Pooling over windows of the trailing axes: x [N, C, …] or [C, …]. */
import type { Node } from '../../graph/node';
import { elementCount } from '../../graph/node';
import {
  abs,
  argmax,
  broadcast,
  constant,
  conv,
  dot,
  full,
  mul,
  pow,
  reduceMax,
  reduceSum,
  reshape,
  scale,
  sign,
  take,
  takeAlong,
  windowArgmax,
} from '../../graph/operations';
import type { Shape } from '../../graph/primitives';
import { ShapeError } from '../../graph/shapes';
import { relu } from './activations';
import { moveAxis, sizeAt } from './axes';
import { withBatchAxis } from './padding';
import { scatterTo } from './scatter';

export interface PoolingOptions {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly padding: readonly number[];
  readonly ceilMode: boolean;
}

function batched(x: Node, rank: number, name: string): Node {
  if (x.shape.length !== rank + 1 && x.shape.length !== rank + 2)
    throw new ShapeError(
      `${name}${rank}d() Expected ${rank + 1}D or ${rank + 2}D input, but got a tensor of shape [${x.shape.join(', ')}]`,
    );
  return withBatchAxis(x, rank);
}

const like = (x: Node, y: Node): Node => (x.shape.length === y.shape.length ? y : reshape(y, y.shape.slice(1)));

/**
 * Number of windows along each axis. In ceil mode a window may hang over the end, but must start inside the input or
 * its left padding.
 */
function windowCounts(
  spatial: Shape,
  { kernel, strides, padding, ceilMode }: PoolingOptions,
  dilation: readonly number[],
): number[] {
  return spatial.map((size, i) => {
    const [window = 1, stride = 1, margin = 0] = [kernel[i], strides[i], padding[i]];
    const reach = (window - 1) * (dilation[i] ?? 1) + 1;
    if (stride <= 0) throw new ShapeError('stride should not be zero');
    if (margin > window / 2)
      throw new ShapeError(
        `pad should be at most half of effective kernel size, but got pad=${margin}, kernel_size=${window} and dilation=${dilation[i] ?? 1}`,
      );
    const room = size + 2 * margin - reach;
    let count = (ceilMode ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1;
    if (ceilMode && (count - 1) * stride >= size + margin) count -= 1;
    if (count < 1) {
      const shown = spatial.join('x');
      throw new ShapeError(
        `Given input size: (${shown}). Calculated output size: (${spatial.map((_, j) => (j === i ? count : '…')).join('x')}). Output size is too small`,
      );
    }
    return count;
  });
}

/** Padding after the input that makes exactly `counts` windows. */
const paddingFor = (
  spatial: Shape,
  counts: readonly number[],
  { kernel, strides, padding }: PoolingOptions,
  dilation: readonly number[],
): [number, number][] =>
  spatial.map((size, i) => {
    const reach = ((kernel[i] ?? 1) - 1) * (dilation[i] ?? 1) + 1;
    const needed = ((counts[i] ?? 1) - 1) * (strides[i] ?? 1) + reach - size - (padding[i] ?? 0);
    return [padding[i] ?? 0, Math.max(0, needed)];
  });

const flattenSpatial = (x: Node): Node => reshape(x, [...x.shape.slice(0, 2), elementCount(x.shape.slice(2))]);

/** Maximum of each window and its flat index in the spatial block (F.max_pool with return_indices). */
export function maxPool(
  input: Node,
  options: PoolingOptions,
  dilation: readonly number[],
): { values: Node; indices: Node } {
  const x = batched(input, options.kernel.length, 'max_pool');
  const spatial = x.shape.slice(2);
  const counts = windowCounts(spatial, options, dilation);
  const index = windowArgmax(x, {
    window: options.kernel,
    strides: options.strides,
    padding: paddingFor(spatial, counts, options, dilation),
    dilation,
  });
  const values = reshape(takeAlong(flattenSpatial(x), flattenSpatial(index), 2), index.shape);
  return { values: like(input, values), indices: like(input, index) };
}

/** Windows that neither overlap nor leave gaps: every axis split in two and the inner halves reduced. */
function tiles(x: Node, kernel: readonly number[], reduce: (split: Node, axes: readonly number[]) => Node): Node {
  const split = x.shape.slice(2).flatMap((size, i) => [size / (kernel[i] ?? 1), kernel[i] ?? 1]);
  return reduce(
    reshape(x, [...x.shape.slice(0, 2), ...split]),
    kernel.map((_, i) => 3 + 2 * i),
  );
}

/** Sums over windows. */
function windowSum(x: Node, options: PoolingOptions): Node {
  const { kernel, strides } = options;
  const spatial = x.shape.slice(2);
  const dilation = kernel.map(() => 1);
  const counts = windowCounts(spatial, options, dilation);
  const padding = paddingFor(spatial, counts, options, dilation);
  const tiled = spatial.every(
    (size, i) => kernel[i] === strides[i] && (counts[i] ?? 0) * (kernel[i] ?? 1) === size && options.padding[i] === 0,
  );
  if (tiled) return tiles(x, kernel, reduceSum);
  // One channel per image: a convolution with a kernel of ones. Rows beyond the last window are cut off by it.
  const images = reshape(x, [sizeAt(x.shape, 0) * sizeAt(x.shape, 1), 1, ...spatial]);
  const sums = conv(images, full(1, [1, 1, ...kernel]), { strides, padding, dilation, groups: 1 });
  return reshape(sums, [...x.shape.slice(0, 2), ...counts]);
}

/** How many elements a window is divided by: those inside the input, or also the explicit padding. */
function divisors(spatial: Shape, options: PoolingOptions, countIncludePad: boolean): Float64Array {
  const counts = windowCounts(
    spatial,
    options,
    options.kernel.map(() => 1),
  );
  const perAxis = counts.map((count, axis) => {
    const [size = 1, window = 1, stride = 1, margin = 0] = [
      spatial[axis],
      options.kernel[axis],
      options.strides[axis],
      options.padding[axis],
    ];
    return Array.from({ length: count }, (_, i) => {
      const start = i * stride - margin;
      const end = Math.min(start + window, size + margin);
      return countIncludePad ? end - start : Math.min(end, size) - Math.max(start, 0);
    });
  });
  let flat = [1];
  for (const axis of perAxis) flat = flat.flatMap((outer) => axis.map((inner) => outer * inner));
  return Float64Array.from(flat);
}

export function averagePool(
  input: Node,
  options: PoolingOptions,
  countIncludePad: boolean,
  divisorOverride?: number,
): Node {
  const x = batched(input, options.kernel.length, 'avg_pool');
  const sums = windowSum(x, options);
  const counts = divisors(x.shape.slice(2), options, countIncludePad);
  if (divisorOverride !== undefined) return like(input, scale(sums, 1 / divisorOverride));
  const [first = 1] = counts;
  const averages = counts.every((count) => count === first)
    ? scale(sums, 1 / first)
    : mul(
        sums,
        constant(
          counts.map((count) => 1 / count),
          sums.shape.slice(2),
        ),
      );
  return like(input, averages);
}

/** Half-open input range of output cell `i` of `cells` over `size`. */
const adaptiveRange = (i: number, cells: number, size: number): [number, number] => [
  Math.floor((i * size) / cells),
  Math.ceil(((i + 1) * size) / cells),
];

/** Sizes of an adaptive pool's result; undefined keeps the input's. */
const adaptiveSizes = (x: Node, output: readonly (number | undefined)[]): number[] =>
  output.map((size, i) => size ?? sizeAt(x.shape, i + 2));

export function adaptiveAveragePool(input: Node, output: readonly (number | undefined)[]): Node {
  const x = batched(input, output.length, 'adaptive_avg_pool');
  const cells = adaptiveSizes(x, output);
  const spatial = x.shape.slice(2);
  if (spatial.every((size, i) => size % (cells[i] ?? 1) === 0)) {
    const kernel = spatial.map((size, i) => size / (cells[i] ?? 1));
    return like(input, scale(tiles(x, kernel, reduceSum), 1 / elementCount(kernel)));
  }
  return like(
    input,
    cells.reduce((current, count, i) => averageAxis(current, i + 2, count), x),
  );
}

/** Averages along one axis by a matrix [cells, size] whose rows sum to 1. */
function averageAxis(x: Node, axis: number, cells: number): Node {
  const size = sizeAt(x.shape, axis);
  if (size === cells) return x;
  const weights = new Float64Array(cells * size);
  for (let cell = 0; cell < cells; cell++) {
    const [from, to] = adaptiveRange(cell, cells, size);
    weights.fill(1 / (to - from), cell * size + from, cell * size + to);
  }
  return applyAlongAxis(x, constant(weights, [cells, size]), axis);
}

/** y = M x along one axis: M [out, in]. */
export function applyAlongAxis(x: Node, matrix: Node, axis: number): Node {
  const product = dot(x, matrix, { lhsContract: [axis], rhsContract: [1], lhsBatch: [], rhsBatch: [] });
  return moveAxis(product, product.shape.length - 1, axis);
}

export function adaptiveMaxPool(input: Node, output: readonly (number | undefined)[]): { values: Node; indices: Node } {
  const x = batched(input, output.length, 'adaptive_max_pool');
  const cells = adaptiveSizes(x, output);
  const spatial = x.shape.slice(2);
  // Flat positions of each cell's window. Shorter windows repeat their first element, which changes no maximum.
  let windows: number[][] = [[0]];
  cells.forEach((count, i) => {
    const size = spatial[i] ?? 1;
    windows = windows.flatMap((outer) =>
      Array.from({ length: count }, (_, cell) => {
        const [from, to] = adaptiveRange(cell, count, size);
        return outer.flatMap((base) => Array.from({ length: to - from }, (_, k) => base * size + from + k));
      }),
    );
  });
  const widest = Math.max(...windows.map((window) => window.length));
  const table = windows.flatMap((window) => [
    ...window,
    ...Array.from({ length: widest - window.length }, () => window[0] ?? 0),
  ]);
  const positions = constant(Int32Array.from(table), [windows.length, widest]);
  const gathered = take(flattenSpatial(x), positions, 2);
  const choice = argmax(gathered, 3);
  const shape = [...x.shape.slice(0, 2), ...cells];
  const all = broadcast(positions, gathered.shape, [2, 3]);
  const index = takeAlong(all, reshape(choice, [...choice.shape, 1]), 3);
  return {
    values: like(input, reshape(reduceMax(gathered, 3), shape)),
    indices: like(input, reshape(index, shape)),
  };
}

/** (Σ xᵖ over the window)^{1/p}, by PyTorch's formula sign(s)·relu(|s|)·n with s the average of xᵖ. */
export function lpPool(x: Node, normType: number, options: PoolingOptions): Node {
  const powers = normType === 2 ? mul(x, x) : pow(x, full(normType));
  const average = averagePool(powers, options, true);
  const total = scale(mul(sign(average), relu(abs(average))), elementCount(options.kernel));
  return pow(total, full(1 / normType));
}

/**
 * Puts each value at the flat index that max pooling reported, zeros elsewhere. Where overlapping windows reported one index
 * several times, PyTorch keeps one of the values: they come from the same element, and their mean has the true derivative.
 */
export function maxUnpool(input: Node, indices: Node, outputSpatial: Shape): Node {
  const rank = outputSpatial.length;
  const x = batched(input, rank, 'max_unpool');
  const where = withBatchAxis(indices, rank);
  const empty = full(0, [...x.shape.slice(0, 2), elementCount(outputSpatial)]);
  const flat = scatterTo(empty, 2, flattenSpatial(where), flattenSpatial(x));
  return like(input, reshape(flat, [...x.shape.slice(0, 2), ...outputSpatial]));
}
