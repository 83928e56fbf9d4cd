/** Convolutions of 1 to 3 (any number of) spatial axes: x [N, C, …] or [C, …], weight [O, C/groups, …]. */
import type { Node } from '../../graph/node';
import { add, conv, convInputGrad, pad as zeroPad, reshape } from '../../graph/operations';
import { ShapeError } from '../../graph/shapes';
import { alignLeading, sizeAt } from './axes';
import { withBatchAxis } from './padding';

export interface ConvolutionOptions {
  readonly strides: readonly number[];
  /** Symmetric zero padding per spatial axis, or by name. */
  readonly padding: readonly number[] | 'same' | 'valid';
  readonly dilation: readonly number[];
  readonly groups: number;
}

const text = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/** Shape of the input as PyTorch's messages name it, and whether it had a batch axis. */
function batched(x: Node, rank: number, name: string): Node {
  if (x.shape.length !== rank + 1 && x.shape.length !== rank + 2)
    throw new ShapeError(
      `Expected ${rank + 1}D (unbatched) or ${rank + 2}D (batched) input to ${name}, but got input of size: ${text(x.shape)}`,
    );
  return withBatchAxis(x, rank);
}

const withBias = (y: Node, bias: Node | undefined, rank: number): Node =>
  bias === undefined ? y : add(y, alignLeading(bias, rank));

const unbatched = (y: Node, x: Node, rank: number): Node =>
  x.shape.length === rank + 1 ? reshape(y, y.shape.slice(1)) : y;

/** 'same' puts the odd element of the padding after the input. */
function resolvePadding(
  padding: ConvolutionOptions['padding'],
  kernel: readonly number[],
  { dilation, strides }: ConvolutionOptions,
): [number, number][] {
  if (padding === 'valid') return kernel.map(() => [0, 0]);
  if (padding === 'same') {
    if (strides.some((stride) => stride !== 1))
      throw new ShapeError("padding='same' is not supported for strided convolutions");
    return kernel.map((size, i) => {
      const total = (size - 1) * (dilation[i] ?? 1);
      return [Math.floor(total / 2), Math.ceil(total / 2)];
    });
  }
  return kernel.map((_, i) => [padding[i] ?? 0, padding[i] ?? 0]);
}

function requirePositive(kernel: readonly number[], dilation: readonly number[]): void {
  if (kernel.some((size) => size <= 0))
    throw new ShapeError(`kernel size should be greater than zero, but got shape ${text(kernel)}`);
  if (dilation.some((step) => step <= 0))
    throw new ShapeError(`dilation should be greater than zero, but got dilation ${text(dilation)}`);
}

/** Cross-correlation plus bias. Throws `ShapeError` in PyTorch's words when weight and input do not fit. */
export function convolution(input: Node, weight: Node, bias: Node | undefined, options: ConvolutionOptions): Node {
  const rank = weight.shape.length - 2;
  const { strides, dilation, groups } = options;
  const x = batched(input, rank, `conv${rank}d`);
  const kernel = weight.shape.slice(2);
  const channels = sizeAt(x.shape, 1);
  if (channels !== sizeAt(weight.shape, 1) * groups)
    throw new ShapeError(
      `Given groups=${groups}, weight of size ${text(weight.shape)}, expected input${text(input.shape)} to have ${sizeAt(weight.shape, 1) * groups} channels, but got ${channels} channels instead`,
    );
  if (strides.some((stride) => stride <= 0)) throw new ShapeError('non-positive stride is not supported');
  if (sizeAt(weight.shape, 0) < groups)
    throw new ShapeError(
      `Given groups=${groups}, expected weight to be at least ${groups} at dimension 0, but got weight of size ${text(weight.shape)} instead`,
    );
  requirePositive(kernel, dilation);
  const padding = resolvePadding(options.padding, kernel, options);
  if (padding.some(([before]) => before < 0)) throw new ShapeError('negative padding is not supported');
  kernel.forEach((size, i) => {
    const reach = (size - 1) * (dilation[i] ?? 1) + 1;
    const [before, after] = padding[i] ?? [0, 0];
    if (sizeAt(x.shape, i + 2) + before + after < reach) {
      const padded = kernel.map((_, j) => sizeAt(x.shape, j + 2) + (padding[j]?.[0] ?? 0) + (padding[j]?.[1] ?? 0));
      throw new ShapeError(
        `Calculated padded input size per channel: (${padded.join(' x ')}). Kernel size: (${kernel.join(' x ')}). Kernel size can't be greater than actual input size`,
      );
    }
  });
  return unbatched(withBias(conv(x, weight, { strides, padding, dilation, groups }), bias, rank), input, rank);
}

export interface TransposedConvolutionOptions {
  readonly strides: readonly number[];
  readonly padding: readonly number[];
  readonly outputPadding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

/**
 * The transpose of a convolution: weight [C, O/groups, …] → y [N, O, …] with
 * size = (in − 1)·stride − 2·padding + dilation·(kernel − 1) + outputPadding + 1.
 */
export function transposedConvolution(
  input: Node,
  weight: Node,
  bias: Node | undefined,
  { strides, padding, outputPadding, dilation, groups }: TransposedConvolutionOptions,
): Node {
  const rank = weight.shape.length - 2;
  const x = batched(input, rank, `conv_transpose${rank}d`);
  const channels = sizeAt(x.shape, 1);
  if (channels !== sizeAt(weight.shape, 0))
    throw new ShapeError(
      `Given transposed=1, weight of size ${text(weight.shape)}, expected input${text(input.shape)} to have ${sizeAt(weight.shape, 0)} channels, but got ${channels} channels instead`,
    );
  requirePositive(weight.shape.slice(2), dilation);
  const extents = strides.map((stride, i) => {
    const reach = (sizeAt(weight.shape, i + 2) - 1) * (dilation[i] ?? 1) + 1;
    if ((outputPadding[i] ?? 0) >= Math.max(stride, dilation[i] ?? 1))
      throw new ShapeError(
        `output padding must be smaller than either stride or dilation, but got output_padding ${outputPadding[i]}, stride ${stride}, dilation ${dilation[i]}`,
      );
    const size = (sizeAt(x.shape, i + 2) - 1) * stride - 2 * (padding[i] ?? 0) + reach;
    return { size, extra: outputPadding[i] ?? 0, reach };
  });
  if (extents.some(({ size, extra }) => size + extra <= 0))
    throw new ShapeError(
      `Given input size per channel: (${x.shape.slice(2).join(' x ')}). Calculated output size per channel: (${extents.map(({ size, extra }) => size + extra).join(' x ')}). Output size is too small`,
    );
  // The rows that output padding adds lie inside the padding as long as it is no larger than that; the rest of them
  // no input element reaches, so that they are zero before the bias.
  const inputSpatial = extents.map(({ size, extra }, i) => size + Math.min(extra, padding[i] ?? 0));
  const beyond = extents.map(({ size, extra }, i) => size + extra - (inputSpatial[i] ?? 0));
  const geometry = {
    strides,
    padding: padding.map((amount, i): [number, number] => [amount, amount - Math.min(extents[i]?.extra ?? 0, amount)]),
    dilation,
    groups,
  };
  const y = convInputGrad(x, weight, geometry, inputSpatial);
  const padded = zeroPad(y, [0, 0, ...beyond.map(() => 0)], [0, 0, ...beyond]);
  return unbatched(withBias(padded, bias, rank), input, rank);
}
