import type { Node } from './node';
import { elementCount } from './node';
import type { ConvGeometry, DType, Primitive, PrimitiveParameters, Shape, WindowGeometry } from './primitives';

/** Shape and element type of a result. */
export interface ResultType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Thrown when operands do not fit a primitive; the message names both shapes. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

type ShapeRule<P extends Primitive> = (inputs: readonly Node[], parameters: PrimitiveParameters[P]) => ResultType;

const text = (shape: Shape): string => `[${shape.join(', ')}]`;

function fail(message: string): never {
  throw new ShapeError(message);
}

function operand(inputs: readonly Node[], index: number): Node {
  return inputs[index] ?? fail(`operand ${index} is missing`);
}

function requireEqualShapes(inputs: readonly Node[]): Shape {
  const shape = operand(inputs, 0).shape;
  for (const other of inputs)
    if (other.shape.length !== shape.length || other.shape.some((size, axis) => size !== shape[axis]))
      fail(`operands have different shapes ${inputs.map((input) => text(input.shape)).join(' and ')}`);
  return shape;
}

const same: ShapeRule<Primitive> = (inputs) => ({ shape: operand(inputs, 0).shape, dtype: operand(inputs, 0).dtype });

const arithmetic: ShapeRule<Primitive> = (inputs) => {
  const shape = requireEqualShapes(inputs);
  const [a, b] = [operand(inputs, 0), operand(inputs, 1)];
  if (a.dtype !== b.dtype) fail(`operands have different element types ${a.dtype} and ${b.dtype}`);
  return { shape, dtype: a.dtype };
};

const comparison: ShapeRule<Primitive> = (inputs) => ({ shape: arithmetic(inputs, {}).shape, dtype: 'bool' });

function without(shape: Shape, axes: readonly number[]): number[] {
  for (const axis of axes)
    if (!(axis >= 0 && axis < shape.length)) fail(`axis ${axis} is outside the shape ${text(shape)}`);
  return shape.filter((_, axis) => !axes.includes(axis));
}

/** Sizes of a sliding window's positions along each spatial axis. */
export function windowPositions(
  spatial: Shape,
  kernel: Shape,
  geometry: Pick<ConvGeometry, 'strides' | 'padding' | 'dilation'>,
): number[] {
  return spatial.map((size, axis) => {
    const [before, after] = geometry.padding[axis] ?? fail('padding is missing an axis');
    const reach = ((kernel[axis] ?? 1) - 1) * (geometry.dilation[axis] ?? 1) + 1;
    const positions = Math.floor((size + before + after - reach) / (geometry.strides[axis] ?? 1)) + 1;
    if (positions < 1)
      fail(`a window of ${reach} does not fit the padded size ${size + before + after} of spatial axis ${axis}`);
    return positions;
  });
}

const convolution: ShapeRule<'conv'> = (inputs, geometry) => {
  const [x, w] = [operand(inputs, 0), operand(inputs, 1)];
  const [batch, channels, ...spatial] = x.shape;
  const [outChannels, groupChannels, ...kernel] = w.shape;
  if (batch === undefined || channels === undefined || outChannels === undefined || groupChannels === undefined)
    return fail(`a convolution needs operands of rank ≥ 2, got ${text(x.shape)} and ${text(w.shape)}`);
  if (kernel.length !== spatial.length || channels !== groupChannels * geometry.groups || outChannels % geometry.groups)
    fail(`input ${text(x.shape)} does not fit weight ${text(w.shape)} with ${geometry.groups} groups`);
  return { shape: [batch, outChannels, ...windowPositions(spatial, kernel, geometry)], dtype: 'float' };
};

const windowArgmax: ShapeRule<'windowArgmax'> = (inputs, geometry: WindowGeometry) => {
  const [batch = 1, channels = 1, ...spatial] = operand(inputs, 0).shape;
  return { shape: [batch, channels, ...windowPositions(spatial, geometry.window, geometry)], dtype: 'int' };
};

/** The type of each primitive's result; throws `ShapeError` when the operands do not fit. */
export const shapeRules: { readonly [P in Primitive]: ShapeRule<P> } = {
  input: () => fail('inputs are made by operations.input'),
  constant: () => fail('constants are made by operations.constant'),
  iota: () => fail('iota is made by operations.iota'),
  neg: same,
  abs: same,
  sign: same,
  exp: same,
  expm1: same,
  log: same,
  log1p: same,
  sqrt: same,
  sin: same,
  cos: same,
  tan: same,
  asin: same,
  acos: same,
  atan: same,
  sinh: same,
  cosh: same,
  asinh: same,
  acosh: same,
  atanh: same,
  tanh: same,
  sigmoid: same,
  softplus: same,
  erf: same,
  lgamma: same,
  digamma: same,
  floor: same,
  ceil: same,
  round: same,
  not: same,
  isnan: (inputs) => ({ shape: operand(inputs, 0).shape, dtype: 'bool' }),
  convert: (inputs, { dtype }) => ({ shape: operand(inputs, 0).shape, dtype }),
  stopGradient: same,
  add: arithmetic,
  sub: arithmetic,
  mul: arithmetic,
  div: arithmetic,
  pow: arithmetic,
  max: arithmetic,
  min: arithmetic,
  atan2: arithmetic,
  remainder: arithmetic,
  eq: comparison,
  lt: comparison,
  le: comparison,
  and: arithmetic,
  or: arithmetic,
  select: (inputs) => ({ shape: requireEqualShapes(inputs), dtype: arithmetic(inputs.slice(1), {}).dtype }),
  dot: (inputs, { lhsContract, rhsContract, lhsBatch, rhsBatch }) => {
    const [lhs, rhs] = [operand(inputs, 0), operand(inputs, 1)];
    const matches = (left: readonly number[], right: readonly number[]): boolean =>
      left.length === right.length && left.every((axis, i) => lhs.shape[axis] === rhs.shape[right[i] ?? -1]);
    if (!matches(lhsContract, rhsContract) || !matches(lhsBatch, rhsBatch))
      fail(`cannot contract ${text(lhs.shape)} with ${text(rhs.shape)}`);
    const batch = lhsBatch.map((axis) => lhs.shape[axis] ?? 0);
    const free = [
      ...without(lhs.shape, [...lhsBatch, ...lhsContract]),
      ...without(rhs.shape, [...rhsBatch, ...rhsContract]),
    ];
    return { shape: [...batch, ...free], dtype: lhs.dtype };
  },
  conv: convolution,
  convInputGrad: (inputs, { inputSpatial, groups }) => {
    const [y, w] = [operand(inputs, 0), operand(inputs, 1)];
    return { shape: [y.shape[0] ?? 0, (w.shape[1] ?? 0) * groups, ...inputSpatial], dtype: 'float' };
  },
  convFilterGrad: (inputs, { kernelSpatial, groups }) => {
    const [x, y] = [operand(inputs, 0), operand(inputs, 1)];
    return { shape: [y.shape[1] ?? 0, (x.shape[1] ?? 0) / groups, ...kernelSpatial], dtype: 'float' };
  },
  reduceSum: (inputs, { axes }) => ({
    shape: without(operand(inputs, 0).shape, axes),
    dtype: operand(inputs, 0).dtype,
  }),
  reduceMax: (inputs, { axis }) => ({
    shape: without(operand(inputs, 0).shape, [axis]),
    dtype: operand(inputs, 0).dtype,
  }),
  argmax: (inputs, { axis }) => ({ shape: without(operand(inputs, 0).shape, [axis]), dtype: 'int' }),
  windowArgmax,
  cumsum: same,
  argsort: (inputs) => ({ shape: operand(inputs, 0).shape, dtype: 'int' }),
  reshape: (inputs, { shape }) => {
    const { shape: from, dtype } = operand(inputs, 0);
    if (elementCount(from) !== elementCount(shape)) fail(`cannot reshape ${text(from)} to ${text(shape)}`);
    return { shape, dtype };
  },
  transpose: (inputs, { permutation }) => {
    const { shape, dtype } = operand(inputs, 0);
    if (permutation.length !== shape.length) fail(`permutation ${text(permutation)} does not fit ${text(shape)}`);
    return { shape: permutation.map((axis) => shape[axis] ?? fail(`axis ${axis} is outside ${text(shape)}`)), dtype };
  },
  broadcast: (inputs, { shape, axes }) => {
    const { shape: from, dtype } = operand(inputs, 0);
    if (axes.length !== from.length || axes.some((axis, i) => from[i] !== 1 && from[i] !== shape[axis]))
      fail(`cannot broadcast ${text(from)} to ${text(shape)}`);
    return { shape, dtype };
  },
  slice: (inputs, { start, limit, strides }) => {
    const { shape, dtype } = operand(inputs, 0);
    const sizes = shape.map((size, axis) => {
      const [from = 0, to = 0, stride = 1] = [start[axis], limit[axis], strides[axis]];
      if (from < 0 || to > size || from > to) fail(`slice ${from}:${to} is outside axis ${axis} of ${text(shape)}`);
      return Math.ceil((to - from) / stride);
    });
    return { shape: sizes, dtype };
  },
  pad: (inputs, { low, high, interior }) => {
    const { shape, dtype } = operand(inputs, 0);
    const sizes = shape.map(
      (size, axis) => (low[axis] ?? 0) + (high[axis] ?? 0) + size + Math.max(0, size - 1) * (interior[axis] ?? 0),
    );
    return { shape: sizes, dtype };
  },
  concat: (inputs, { axis }) => {
    const { shape, dtype } = operand(inputs, 0);
    for (const other of inputs)
      if (other.shape.length !== shape.length || other.shape.some((size, i) => i !== axis && size !== shape[i]))
        fail(`cannot concatenate ${inputs.map((input) => text(input.shape)).join(', ')} along axis ${axis}`);
    const total = inputs.reduce((sum, input) => sum + (input.shape[axis] ?? 0), 0);
    return { shape: shape.map((size, i) => (i === axis ? total : size)), dtype };
  },
  reverse: same,
  take: (inputs, { axis }) => {
    const [x, index] = [operand(inputs, 0), operand(inputs, 1)];
    without(x.shape, [axis]);
    return { shape: [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)], dtype: x.dtype };
  },
  scatterAdd: (inputs, { axis, size }) => {
    const [updates, index] = [operand(inputs, 0), operand(inputs, 1)];
    const after = updates.shape.slice(axis + index.shape.length);
    return { shape: [...updates.shape.slice(0, axis), size, ...after], dtype: updates.dtype };
  },
  takeAlong: (inputs, { axis }) => {
    const [x, index] = [operand(inputs, 0), operand(inputs, 1)];
    if (x.shape.length !== index.shape.length || x.shape.some((size, i) => i !== axis && size !== index.shape[i]))
      fail(`index ${text(index.shape)} does not fit ${text(x.shape)} along axis ${axis}`);
    return { shape: index.shape, dtype: x.dtype };
  },
  scatterAddAlong: (inputs, { axis, size }) => {
    requireEqualShapes(inputs);
    const updates = operand(inputs, 0);
    return { shape: updates.shape.map((n, i) => (i === axis ? size : n)), dtype: updates.dtype };
  },
};
