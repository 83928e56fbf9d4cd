/**
 * Filter gradients as convolutions: with samples n and channels in each other's place,
 *   dW[o, c, k] = Σ_n Σ_q y[n, o, q]·x[n, c, q·stride + k·dilation − padding]
 * is the cross-correlation of the images x[c] (n their channels) with the filters y[o], whose elements lie `stride`
 * apart, at the places k·dilation. The blocked kernel does it without unfolding anything.
 */
import { elementCount } from '../../../graph/node';
import type { Shape } from '../../../graph/primitives';
import { plainValue } from './lowering';
import type { FilterGradient } from './unfoldedFilterGradient';
import type { LoweringContext, Value } from './value';
import { complete, reshaped } from './value';

/** Sizes [N, C, H, W] of an image. */
type ImageSizes = readonly [samples: number, channels: number, height: number, width: number];

const imageSizes = (shape: Shape): ImageSizes => [shape[0] ?? 1, shape[1] ?? 1, shape[2] ?? 1, shape[3] ?? 1];

/** Whether the blocked kernel takes the samples as channels of its input, and the channels of y as those of its result. */
function isSuited({ node, x, y }: FilterGradient, block: number): boolean {
  const [samples, outputs] = imageSizes(y.shape);
  const isPointwise = node.parameters.kernelSpatial.every((size) => size === 1);
  const isBlocked = block > 1 && samples % block === 0 && outputs % block === 0;
  return isBlocked && x.shape.length === 4 && node.parameters.groups === 1 && !isPointwise;
}

/** Row-major x [N, C, H, W] as [C, N, H, W] in blocks of samples; the runtime's reordering is far quicker than its transposition. */
function imageOfSamples({ model }: LoweringContext, x: string, shape: Shape): string {
  const [samples, channels, height, width] = imageSizes(shape);
  const rows = reshaped(model, x, [samples, channels, height * width]);
  const swapped = model.operator('Transpose', [rows], { perm: { ints: [1, 0, 2] } });
  const image = reshaped(model, swapped, [channels, samples, height, width]);
  return model.operator('ReorderInput', [image], {}, { domain: 'com.microsoft.nchwc' });
}

/** An image in blocks of samples, `sizes` its [C, N, H, W], with zeros around it or less of it. */
function enlarged(
  { model, block }: LoweringContext,
  image: string,
  [channels, samples, height, width]: ImageSizes,
  low: Shape,
  high: Shape,
): string {
  const ends = (list: Shape): number[] => [0, 0, ...list, 0];
  const blocks = reshaped(model, image, [channels, samples / block, height, width, block]);
  const padded = [...low, ...high].every((n) => n === 0)
    ? blocks
    : model.operator('Pad', [blocks, model.vector([...ends(low), ...ends(high)])]);
  const [above, left, below, right] = [...low, ...high] as [number, number, number, number];
  return reshaped(model, padded, [channels, samples, height + above + below, width + left + right]);
}

/** y [N, O, H, W] as filters [O/b, N/b, H, W, b of N, b of O]. */
function filtersOfResults({ model, block }: LoweringContext, y: string, shape: Shape): string {
  const [samples, outputs, height, width] = imageSizes(shape);
  const positions = height * width;
  const image = reshaped(model, y, [samples / block, block, outputs / block, positions, block]);
  const moved = model.operator('Transpose', [image], { perm: { ints: [2, 0, 3, 1, 4] } });
  return reshaped(model, moved, [outputs, samples, height, width]);
}

/** The filter gradient by the blocked kernel; undefined where that does not take it. */
export function samplesAsChannels(gradient: FilterGradient, context: LoweringContext): Value | undefined {
  const { model, block } = context;
  if (!isSuited(gradient, block)) return undefined;
  const { node, x, y } = gradient;
  const { strides, padding, dilation, kernelSpatial } = node.parameters;
  const [samples, channels, ...sizes] = imageSizes(x.shape);
  const results = y.shape.slice(2);
  const low = padding.map(([before]) => before);
  // What makes the kernel stop after the last of the filter's elements.
  const high = sizes.map((size, axis) => {
    const reach = ((kernelSpatial[axis] ?? 1) - 1) * (dilation[axis] ?? 1);
    return reach + ((results[axis] ?? 1) - 1) * (strides[axis] ?? 1) + 1 - size - (low[axis] ?? 0);
  });
  const copied = (value: Value): number => elementCount(value.shape) * Float32Array.BYTES_PER_ELEMENT;
  // What others read as well is written before the copies, which may have to wait until the program runs.
  x.write();
  const blockedY = complete(context, y).blocked;
  const plainX = x.isRepeated || !x.isBlocked ? x.full : undefined;
  const image = model.enlarging(copied(x), () => {
    const bySample = imageOfSamples(context, plainX ?? x.plainOnce, x.shape);
    return enlarged(context, bySample, [channels, samples, ...sizes], low, high);
  });
  const filters = model.enlarging(copied(y), () => filtersOfResults(context, blockedY, y.shape));
  const sums = model.operator(
    'Conv',
    [image, filters],
    {
      strides: { ints: dilation },
      dilations: { ints: strides },
      group: { int: 1 },
      kernel_shape: { ints: results },
      pads: { ints: [0, 0, 0, 0] },
    },
    { domain: 'com.microsoft.nchwc' },
  );
  // [C, O/b, k, b of O] to [O/b, b, C, k]
  const kernel = (kernelSpatial[0] ?? 1) * (kernelSpatial[1] ?? 1);
  const blocks = reshaped(model, sums, [channels, (y.shape[1] ?? 1) / block, kernel, block]);
  const moved = model.operator('Transpose', [blocks], { perm: { ints: [1, 3, 0, 2] } });
  return plainValue(context, node, reshaped(model, moved, node.shape));
}
