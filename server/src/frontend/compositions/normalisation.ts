/** Normalisation layers as functions. Statistics are in two passes: mean, then mean of squared deviations. */
import type { Node } from '../../graph/node';
import { elementCount } from '../../graph/node';
import { add, div, full, mul, pow, reshape, scale, sqrt, sub } from '../../graph/operations';
import type { Shape } from '../../graph/primitives';
import { ShapeError } from '../../graph/shapes';
import { alignLeading, sizeAt } from './axes';
import { pad } from './padding';
import { mean, variance } from './reductions';
import { slidingWindows } from './structure';

const inverseRoot = (variance: Node, eps: number): Node => div(full(1), sqrt(add(variance, full(eps))));

/** (x − mean)/√(var + eps) over `axes`, biased variance. */
function standardise(x: Node, axes: readonly number[], eps: number): Node {
  const centred = sub(x, mean(x, axes, true));
  const spread = mean(mul(centred, centred), axes, true);
  return mul(centred, inverseRoot(spread, eps));
}

/** x·weight + bias with both already aligned to x. */
function affine(x: Node, weight: Node | undefined, bias: Node | undefined): Node {
  const scaled = weight === undefined ? x : mul(x, weight);
  return bias === undefined ? scaled : add(scaled, bias);
}

export interface Affine {
  readonly weight: Node | undefined;
  readonly bias: Node | undefined;
}

const perChannel = (vector: Node | undefined, x: Node): Node | undefined =>
  vector === undefined ? undefined : alignLeading(vector, Math.max(0, x.shape.length - 2));

/** Axes over which a channel's statistics are taken: all but 1. */
const channelAxes = (x: Node): number[] => x.shape.map((_, i) => i).filter((i) => i !== 1);

/**
 * Batch normalisation of x [N, C, …] with given statistics [C]: x·s + (b − m·s), s = w/√(v + eps), so that all work
 * per element is one product and one sum.
 */
export function batchNormWith(
  x: Node,
  statistics: { mean: Node; variance: Node },
  { weight, bias }: Affine,
  eps: number,
): Node {
  const inverse = inverseRoot(statistics.variance, eps);
  const slope = weight === undefined ? inverse : mul(weight, inverse);
  const offset = mul(statistics.mean, slope);
  const shift = bias === undefined ? scale(offset, -1) : sub(bias, offset);
  const rank = Math.max(0, x.shape.length - 2);
  return add(mul(x, alignLeading(slope, rank)), alignLeading(shift, rank));
}

/** Batch normalisation with the batch's own biased statistics. */
export function batchNorm(x: Node, { weight, bias }: Affine, eps: number): Node {
  const axes = channelAxes(x);
  const count = elementCount(axes.map((axis) => sizeAt(x.shape, axis)));
  if (count <= 1)
    throw new ShapeError(
      `Expected more than 1 value per channel when training, got input size torch.Size([${x.shape.join(', ')}])`,
    );
  return affine(standardise(x, axes, eps), perChannel(weight, x), perChannel(bias, x));
}

/** Mean [C] and unbiased variance [C] of the batch, for running statistics. */
export const batchStatistics = (x: Node): { mean: Node; variance: Node } => ({
  mean: mean(x, channelAxes(x)),
  variance: variance(x, channelAxes(x), 1),
});

const text = (shape: Shape): string => `[${shape.join(', ')}]`;

function requireTrailing(x: Node, normalized: Shape): number[] {
  const first = x.shape.length - normalized.length;
  if (normalized.length === 0)
    throw new ShapeError(
      'Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element',
    );
  if (first < 0 || normalized.some((size, i) => size !== x.shape[first + i]))
    throw new ShapeError(
      `Given normalized_shape=${text(normalized)}, expected input with shape [${['*', ...normalized].join(', ')}], but got input of size${text(x.shape)}`,
    );
  return normalized.map((_, i) => first + i);
}

export const layerNorm = (x: Node, normalized: Shape, { weight, bias }: Affine, eps: number): Node =>
  affine(standardise(x, requireTrailing(x, normalized), eps), weight, bias);

/** x/√(mean x² + eps)·w; Zhang and Sennrich 2019. */
export function rmsNorm(x: Node, normalized: Shape, weight: Node | undefined, eps: number): Node {
  const axes = requireTrailing(x, normalized);
  return affine(mul(x, inverseRoot(mean(mul(x, x), axes, true), eps)), weight, undefined);
}

/** Wu and He 2018: statistics over C/groups channels and all positions of a sample. */
export function groupNorm(x: Node, groups: number, { weight, bias }: Affine, eps: number): Node {
  const channels = sizeAt(x.shape, 1);
  if (channels % groups !== 0)
    throw new ShapeError(
      `Expected number of channels in input to be divisible by num_groups, but got input of shape ${text(x.shape)} and num_groups=${groups}`,
    );
  const grouped = reshape(x, [sizeAt(x.shape, 0), groups, elementCount(x.shape.slice(1)) / groups]);
  const normal = reshape(standardise(grouped, [2], eps), x.shape);
  return affine(normal, perChannel(weight, x), perChannel(bias, x));
}

/** Statistics per sample and channel. */
export function instanceNorm(x: Node, { weight, bias }: Affine, eps: number): Node {
  const axes = x.shape.map((_, i) => i).slice(2);
  if (elementCount(x.shape.slice(2)) <= 1)
    throw new ShapeError(
      `Expected more than 1 spatial element when training, got input size torch.Size(${text(x.shape)})`,
    );
  return affine(standardise(x, axes, eps), perChannel(weight, x), perChannel(bias, x));
}

/** x/(k + alpha·mean of x² over `size` neighbouring channels)^beta; zeros beyond the ends. */
export function localResponseNorm(x: Node, size: number, alpha: number, beta: number, k: number): Node {
  const squares = mul(x, x);
  const amounts = x.shape.map((_, i): [number, number] =>
    i === 1 ? [Math.floor(size / 2), Math.floor((size - 1) / 2)] : [0, 0],
  );
  const windows = slidingWindows(pad(squares, amounts), 1, size, 1);
  const average = mean(windows, [windows.shape.length - 1]);
  return div(x, pow(add(scale(average, alpha), full(k)), full(beta)));
}
