/** Sliding blocks as columns (im2col), back (col2im), and the shuffles between channels and space. */
import type { Node } from '../../graph/node';
import { elementCount } from '../../graph/node';
import { constant, reshape, scatterAdd, take, transpose } from '../../graph/operations';
import type { Shape } from '../../graph/primitives';
import { ShapeError } from '../../graph/shapes';
import { sizeAt } from './axes';
import { pad } from './padding';

export interface BlockGeometry {
  readonly kernel: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: readonly number[];
  readonly strides: readonly number[];
}

/** Flat positions in the padded spatial block: [kernel elements, blocks]. */
function blockPositions(
  padded: Shape,
  { kernel, dilation, strides }: BlockGeometry,
): { index: Int32Array; blocks: number } {
  const counts = padded.map((size, i) => {
    const reach = ((kernel[i] ?? 1) - 1) * (dilation[i] ?? 1) + 1;
    return Math.floor((size - reach) / (strides[i] ?? 1)) + 1;
  });
  if (counts.some((count) => count < 1))
    throw new ShapeError(
      `the sliding blocks of size (${kernel.join(', ')}) do not fit the padded input of size (${padded.join(', ')})`,
    );
  // Axis by axis: offsets of kernel elements and of block starts add up in mixed radix.
  const along = (steps: readonly number[], factors: readonly number[]): number[] => {
    let positions = [0];
    steps.forEach((count, axis) => {
      const size = padded[axis] ?? 1;
      positions = positions.flatMap((outer) =>
        Array.from({ length: count }, (_, i) => outer * size + i * (factors[axis] ?? 1)),
      );
    });
    return positions;
  };
  const inside = along(kernel, dilation);
  const starts = along(counts, strides);
  return {
    index: Int32Array.from(inside.flatMap((offset) => starts.map((start) => start + offset))),
    blocks: starts.length,
  };
}

/** x [N, C, …] or [C, …] → [N, C·ΠK, blocks]. */
export function unfold(input: Node, geometry: BlockGeometry): Node {
  const rank = geometry.kernel.length;
  const x = input.shape.length === rank + 1 ? reshape(input, [1, ...input.shape]) : input;
  const padded = pad(x, [[0, 0], [0, 0], ...geometry.padding.map((p): [number, number] => [p, p])]);
  const spatial = padded.shape.slice(2);
  const { index, blocks } = blockPositions(spatial, geometry);
  const [batch, channels] = [sizeAt(x.shape, 0), sizeAt(x.shape, 1)];
  const size = elementCount(geometry.kernel);
  const columns = take(reshape(padded, [batch, channels, elementCount(spatial)]), constant(index, [size, blocks]), 2);
  const result = reshape(columns, [batch, channels * size, blocks]);
  return input.shape.length === rank + 1 ? reshape(result, result.shape.slice(1)) : result;
}

/** The transpose of `unfold`: overlapping blocks add up. [N, C·ΠK, blocks] → [N, C, …output]. */
export function fold(input: Node, output: Shape, geometry: BlockGeometry): Node {
  const x = input.shape.length === 2 ? reshape(input, [1, ...input.shape]) : input;
  const size = elementCount(geometry.kernel);
  const [batch, rows, given] = [sizeAt(x.shape, 0), sizeAt(x.shape, 1), sizeAt(x.shape, 2)];
  const padded = output.map((extent, i) => extent + 2 * (geometry.padding[i] ?? 0));
  const { index, blocks } = blockPositions(padded, geometry);
  if (rows % size !== 0 || given !== blocks)
    throw new ShapeError(
      `Given output_size=(${output.join(', ')}), kernel_size=(${geometry.kernel.join(', ')}), expected size of input's dimension 1 to be divisible by ${size} and of dimension 2 to match the calculated number of sliding blocks ${blocks}, but got input.size(1)=${rows}, input.size(2)=${given}`,
    );
  const channels = rows / size;
  const sums = scatterAdd(
    reshape(x, [batch, channels, size, blocks]),
    constant(index, [size, blocks]),
    2,
    elementCount(padded),
  );
  const image = pad(reshape(sums, [batch, channels, ...padded]), [
    [0, 0],
    [0, 0],
    ...geometry.padding.map((p): [number, number] => [-p, -p]),
  ]);
  return input.shape.length === 2 ? reshape(image, image.shape.slice(1)) : image;
}

/** [..., C·r², H, W] → [..., C, H·r, W·r]; Shi et al. 2016. */
export function pixelShuffle(x: Node, factor: number): Node {
  const rank = x.shape.length;
  const leading = x.shape.slice(0, -3);
  const [channels, height, width] = [sizeAt(x.shape, rank - 3), sizeAt(x.shape, rank - 2), sizeAt(x.shape, rank - 1)];
  if (channels % (factor * factor) !== 0)
    throw new ShapeError(
      `pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but input.size(-3)=${channels} is not divisible by ${factor * factor}`,
    );
  const n = leading.length;
  const split = reshape(x, [...leading, channels / (factor * factor), factor, factor, height, width]);
  const moved = transpose(split, [...leading.map((_, i) => i), n, n + 3, n + 1, n + 4, n + 2]);
  return reshape(moved, [...leading, channels / (factor * factor), height * factor, width * factor]);
}

/** The inverse of `pixelShuffle`. */
export function pixelUnshuffle(x: Node, factor: number): Node {
  const rank = x.shape.length;
  const leading = x.shape.slice(0, -3);
  const [channels, height, width] = [sizeAt(x.shape, rank - 3), sizeAt(x.shape, rank - 2), sizeAt(x.shape, rank - 1)];
  if (height % factor !== 0 || width % factor !== 0)
    throw new ShapeError(
      `pixel_unshuffle expects height and width to be divisible by downscale_factor, but got (${height}, ${width}) and ${factor}`,
    );
  const n = leading.length;
  const split = reshape(x, [...leading, channels, height / factor, factor, width / factor, factor]);
  const moved = transpose(split, [...leading.map((_, i) => i), n, n + 2, n + 4, n + 1, n + 3]);
  return reshape(moved, [...leading, channels * factor * factor, height / factor, width / factor]);
}

/** Axis 1 seen as [groups, C/groups] and transposed. */
export function channelShuffle(x: Node, groups: number): Node {
  const channels = sizeAt(x.shape, 1);
  if (channels % groups !== 0)
    throw new ShapeError(
      `Number of channels must be divisible by groups. Got ${channels} channels and ${groups} groups.`,
    );
  const rest = x.shape.slice(2);
  const split = reshape(x, [sizeAt(x.shape, 0), groups, channels / groups, ...rest]);
  return reshape(transpose(split, [0, 2, 1, ...rest.map((_, i) => i + 3)]), x.shape);
}
