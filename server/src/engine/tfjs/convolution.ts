/**
 * The convolution family on TensorFlow.js kernels, which are channels-last and know neither groups nor uneven padding:
 * inputs are padded explicitly, groups run one by one. One- and two-dimensional cases use the two-dimensional kernels.
 */
import type { Node } from '../../graph/node';
import type { ConvGeometry } from '../../graph/primitives';
import type { LoweringContext, Tensor, TensorFlow } from './lowerings';
import { stridedSlice } from './stridedSlice';

type T4 = import('@tensorflow/tfjs-core').Tensor4D;

interface Geometry2 {
  readonly strides: [number, number];
  readonly padding: [readonly [number, number], readonly [number, number]];
  readonly dilation: [number, number];
  readonly groups: number;
}

/** A geometry of one or two spatial axes as two; three axes are not offered by these kernels. */
function planar({ strides, padding, dilation, groups }: ConvGeometry): Geometry2 {
  const [s0 = 1, s1] = strides;
  const [p0 = [0, 0] as const, p1] = padding;
  const [d0 = 1, d1] = dilation;
  if (strides.length > 2) throw new RangeError('the tfjs engine convolves over at most two spatial axes');
  return s1 === undefined || p1 === undefined || d1 === undefined
    ? { strides: [1, s0], padding: [[0, 0], p0], dilation: [1, d0], groups }
    : { strides: [s0, s1], padding: [p0, p1], dilation: [d0, d1], groups };
}

/** [N, C, …spatial] → [N, H, W, C]; a missing height is 1. */
const channelsLast = (tf: TensorFlow, x: Tensor): T4 => {
  const [n = 1, c = 1, h = 1, w] = x.shape;
  return tf.transpose(tf.reshape(x, w === undefined ? [n, c, 1, h] : [n, c, h, w]), [0, 2, 3, 1]);
};

/** [O, C, …kernel] → [kh, kw, C, O]. */
const filterLast = (tf: TensorFlow, w: Tensor): T4 => {
  const [o = 1, c = 1, h = 1, k] = w.shape;
  return tf.transpose(tf.reshape(w, k === undefined ? [o, c, 1, h] : [o, c, h, k]), [2, 3, 1, 0]);
};

const padImage = (tf: TensorFlow, x: T4, { padding }: Geometry2): T4 =>
  tf.pad4d(x, [[0, 0], [...padding[0]], [...padding[1]], [0, 0]]);

/** Runs `each` on the channel groups of both operands and joins the results along `axis`. */
function perGroup<T extends Tensor>(
  tf: TensorFlow,
  groups: number,
  a: T4,
  aAxis: number,
  b: T4,
  bAxis: number,
  axis: number,
  each: (a: T4, b: T4) => T,
): T {
  if (groups === 1) return each(a, b);
  const left = tf.split<T4>(a, groups, aAxis);
  const right = tf.split<T4>(b, groups, bAxis);
  return tf.concat(
    left.flatMap((part, i) => (right[i] === undefined ? [] : [each(part, right[i])])),
    axis,
  );
}

export function convolve({ tf }: LoweringContext, node: Node<'conv'>, [x, w]: readonly Tensor[]): Tensor {
  const geometry = planar(node.parameters);
  const image = padImage(tf, channelsLast(tf, x as Tensor), geometry);
  const y = perGroup(tf, geometry.groups, image, 3, filterLast(tf, w as Tensor), 3, 3, (part, filter) =>
    tf.conv2d(part, filter, geometry.strides, 'valid', 'NHWC', geometry.dilation),
  );
  return tf.reshape(tf.transpose(y, [0, 3, 1, 2]), [...node.shape]);
}

/**
 * The transpose in x, as a convolution of y (zeros between its elements, padded) with the flipped kernel. Written so,
 * it needs no gradient kernel, and dilation works on every backend.
 */
export function convolveInputGrad(
  { tf }: LoweringContext,
  node: Node<'convInputGrad'>,
  [y, w]: readonly Tensor[],
): Tensor {
  const { strides, padding, dilation, groups } = planar(node.parameters);
  const [height, width] =
    node.parameters.inputSpatial.length === 1
      ? [1, node.parameters.inputSpatial[0] ?? 1]
      : [node.parameters.inputSpatial[0] ?? 1, node.parameters.inputSpatial[1] ?? 1];
  const filter = filterLast(tf, w as Tensor);
  const output = spread(tf, channelsLast(tf, y as Tensor), strides);
  const margins = [height, width].map((size, axis) => {
    const reach = ((filter.shape[axis] ?? 1) - 1) * (dilation[axis] ?? 1);
    const before = reach - (padding[axis]?.[0] ?? 0);
    return [before, size + reach - before - (output.shape[axis + 1] ?? 1)] as const;
  });
  const framed = frame(tf, output, margins);
  const flipped = tf.reverse(filter, [0, 1]);
  const x = perGroup(tf, groups, framed, 3, flipped, 3, 3, (part, kernel) =>
    tf.conv2d(part, tf.transpose(kernel, [0, 1, 3, 2]), 1, 'valid', 'NHWC', dilation),
  );
  return tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [...node.shape]);
}

/** The transpose in w: for each kernel offset, the product of the shifted input with y over samples and positions. */
export function convolveFilterGrad(
  { tf }: LoweringContext,
  node: Node<'convFilterGrad'>,
  [x, y]: readonly Tensor[],
): Tensor {
  const geometry = planar(node.parameters);
  const kernel = node.parameters.kernelSpatial;
  const [kh, kw] = kernel.length === 1 ? [1, kernel[0] ?? 1] : [kernel[0] ?? 1, kernel[1] ?? 1];
  const image = padImage(tf, channelsLast(tf, x as Tensor), geometry);
  const output = channelsLast(tf, y as Tensor);
  const w = perGroup(tf, geometry.groups, image, 3, output, 3, 0, (part, gradient) => {
    const [n, h, width, o] = gradient.shape;
    const rows = tf.reshape(gradient, [n * h * width, o]);
    const offsets = Array.from({ length: kh * kw }, (_, k) => {
      const begin = [Math.floor(k / kw) * geometry.dilation[0], (k % kw) * geometry.dilation[1]] as const;
      const shifted = stridedSlice(
        tf,
        part,
        [0, begin[0], begin[1], 0],
        [n, h, width, part.shape[3]],
        [1, geometry.strides[0], geometry.strides[1], 1],
      );
      return tf.matMul(rows, tf.reshape(shifted, [n * h * width, part.shape[3]]), true);
    });
    return tf.stack(offsets, 2);
  });
  return tf.reshape(w, [...node.shape]);
}

/** Zeros between the rows and columns: [N, H, W, C] → [N, (H−1)s+1, (W−1)s+1, C]. */
function spread(tf: TensorFlow, x: T4, [s0, s1]: readonly [number, number]): T4 {
  const [n, h, w, c] = x.shape;
  if (s0 === 1 && s1 === 1) return x;
  const cells = tf.pad(tf.reshape(x, [n * h, 1, w, 1, c]), [
    [0, 0],
    [0, s0 - 1],
    [0, 0],
    [0, s1 - 1],
    [0, 0],
  ]);
  const grid: T4 = tf.reshape(cells, [n, h * s0, w * s1, c]);
  return tf.slice4d(grid, [0, 0, 0, 0], [n, (h - 1) * s0 + 1, (w - 1) * s1 + 1, c]);
}

/** Pads or, where a margin is negative, crops the two spatial axes. */
function frame(tf: TensorFlow, x: T4, margins: readonly (readonly [number, number])[]): T4 {
  const [top, bottom] = margins[0] ?? [0, 0];
  const [left, right] = margins[1] ?? [0, 0];
  const at = (margin: number): number => Math.max(0, margin);
  const [n, h, w, c] = x.shape;
  const cropped = tf.slice4d(
    x,
    [0, at(-top), at(-left), 0],
    [n, h - at(-top) - at(-bottom), w - at(-left) - at(-right), c],
  );
  return tf.pad4d(cropped, [
    [0, 0],
    [at(top), at(bottom)],
    [at(left), at(right)],
    [0, 0],
  ]);
}
