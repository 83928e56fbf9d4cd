import type { Tensor, TensorFlow } from './lowerings';

/**
 * Every `strides[axis]`-th element from `start`, `sizes[axis]` of them, by cutting an axis into rows of one stride and keeping
 * each row's first element. The library's own stridedSlice returns zeros on WebAssembly for results of one element.
 */
export function stridedSlice(
  tf: TensorFlow,
  x: Tensor,
  start: readonly number[],
  sizes: readonly number[],
  strides: readonly number[],
): Tensor {
  const span = sizes.map((size, axis) => (size - 1) * (strides[axis] ?? 1) + 1);
  // A scalar has nothing to slice.
  const window = x.shape.length === 0 ? tf.clone(x) : tf.slice(x, [...start], span);
  return strides.reduce<Tensor>((cut, stride, axis) => (stride === 1 ? cut : everyNth(tf, cut, axis, stride)), window);
}

function everyNth(tf: TensorFlow, x: Tensor, axis: number, stride: number): Tensor {
  const size = x.shape[axis] ?? 1;
  const count = Math.ceil(size / stride);
  const missing = count * stride - size;
  const before = x.shape.slice(0, axis).reduce((product, n) => product * n, 1);
  const after = x.shape.slice(axis + 1).reduce((product, n) => product * n, 1);
  const filled = tf.pad(tf.reshape(x, [before, size, after]), [
    [0, 0],
    [0, missing],
    [0, 0],
  ]);
  const rows = tf.reshape(filled, [before * count, stride, after]);
  const kept = tf.slice(rows, [0, 0, 0], [before * count, 1, after]);
  return tf.reshape(kept, [...x.shape.slice(0, axis), count, ...x.shape.slice(axis + 1)]);
}
