/**
 * Convolution and its two transposes.
 *
 * Images with two spatial axes whose channels fill whole blocks stay in the runtime's blocked layout; its kernel takes
 * weights computed at run time as well, two to three times faster than the row-major one does.
 * The input gradient is a convolution with the kernel turned round (and a transposed convolution for strides > 1).
 * The filter gradient unfolds one operand, the constant one where there is one, so that it is unfolded once per point,
 * and multiplies matrices: dW[o, (k, c)] = Σ y[o, q]·x[c, q + k] over the positions q of a few samples at a time.
 */
import { elementCount, operand } from '../../../graph/node';
import type { Node } from '../../../graph/node';
import type { ConvGeometry, Shape } from '../../../graph/primitives';
import type { AttributeValue, OnnxModelBuilder } from '../onnxModel';
import type { Lowering } from './lowering';
import { operandAt, plainValue } from './lowering';
import { matrixProduct } from './contraction';
import { padded, reversed } from './structure';
import type { Fusible, LoweringContext } from './value';
import { blockedShape, canBlock, reshaped, Value } from './value';

type Attributes = Record<string, AttributeValue>;

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

const attributesOf = (geometry: ConvGeometry, kernel: Shape): Attributes => ({
  strides: { ints: geometry.strides },
  dilations: { ints: geometry.dilation },
  group: { int: geometry.groups },
  kernel_shape: { ints: kernel },
  pads: { ints: [...geometry.padding.map(([low]) => low), ...geometry.padding.map(([, high]) => high)] },
});

/** How the kernel of the blocked layout wants the weights: by blocks of inputs and outputs, or of outputs alone. */
type FilterLayout = 'inputs and outputs' | 'outputs';

/** The layout of weights [outputs, inputs per group, …] for the blocked kernel, undefined where it does not apply. */
function filterLayout(w: Shape, channels: number, groups: number, block: number): FilterLayout | undefined {
  const [outputs = 0, groupInputs = 0] = w;
  if (block === 1 || w.length !== 4 || outputs % block !== 0) return undefined;
  if (groups === 1 && channels < block) return 'outputs';
  if (groups > 1 && groupInputs === 1 && outputs === groups) return 'outputs';
  return groupInputs % block === 0 && (outputs / groups) % block === 0 ? 'inputs and outputs' : undefined;
}

/** Row-major weights [O, I, kh, kw] in the order [O/b, I/b, kh, kw, b of I, b of O] or [O/b, I, kh, kw, b of O]. */
function blockedFilter({ model, block }: LoweringContext, w: string, shape: Shape, layout: FilterLayout): string {
  const [outputs = 1, inputs = 1, height = 1, width = 1] = shape;
  const both = layout === 'inputs and outputs';
  const split = both
    ? [outputs / block, block, inputs / block, block, height, width]
    : [outputs / block, block, inputs, height, width];
  const perm = both ? [0, 2, 4, 5, 3, 1] : [0, 2, 3, 4, 1];
  const moved = model.operator('Transpose', [reshaped(model, w, split)], { perm: { ints: perm } });
  return reshaped(model, moved, shape);
}

/** A value without pending repetition. */
const complete = (context: LoweringContext, x: Value): Value =>
  x.isRepeated ? new Value(context, x.shape, x.dtype, x.shape, { plain: x.full }) : x;

/** Cross-correlation of `x` with row-major weights. */
function correlate(
  context: LoweringContext,
  node: Node,
  x: Value,
  w: { readonly name: string; readonly shape: Shape },
  geometry: ConvGeometry,
): Value {
  const { model, block } = context;
  const kernel = w.shape.slice(2);
  const attributes = attributesOf(geometry, kernel);
  const channels = x.shape[1] ?? 1;
  const layout = x.shape.length === 4 ? filterLayout(w.shape, channels, geometry.groups, block) : undefined;
  if (layout === undefined) return plainValue(context, node, model.operator('Conv', [x.full, w.name], attributes));
  const isBlocked = canBlock(x.shape, block);
  const image = isBlocked ? reshaped(model, complete(context, x).blocked, x.shape) : x.full;
  const filter = blockedFilter(context, w.name, w.shape, layout);
  const fusible: Fusible = ({ sum, bias }) => {
    const following = sum === undefined ? [bias ?? ''] : [bias ?? '', reshaped(model, sum, node.shape)];
    const operands = [image, filter, ...((sum ?? bias) === undefined ? [] : following)];
    const y = model.operator('Conv', operands, attributes, { domain: 'com.microsoft.nchwc' });
    return reshaped(model, y, blockedShape(node.shape, block));
  };
  return new Value(context, node.shape, 'float', node.shape, { fusible });
}

const conv: Lowering<'conv'> = (node, operands, context) => {
  const [x, w] = [operandAt(operands, 0), operandAt(operands, 1)];
  return correlate(context, node, x, { name: w.full, shape: w.shape }, node.parameters);
};

/** Weights [O, C/groups, …] of the transposed map: [C, O/groups, …], every kernel turned round. */
function turnedWeights({ model }: LoweringContext, w: Value, groups: number): { name: string; shape: Shape } {
  const [outputs = 1, groupInputs = 1, ...kernel] = w.shape;
  const spatial = range(kernel.length).map((axis) => axis + 3);
  const grouped = reshaped(model, w.full, [groups, outputs / groups, groupInputs, ...kernel]);
  const swapped = model.operator('Transpose', [grouped], { perm: { ints: [0, 2, 1, ...spatial] } });
  const turned = reversed(
    model,
    swapped,
    spatial.filter((axis) => kernel[axis - 3] !== 1),
  );
  const shape = [groups * groupInputs, outputs / groups, ...kernel];
  return { name: reshaped(model, turned, shape), shape };
}

/** (kernel − 1)·dilation per axis. */
const reaches = (kernel: Shape, dilation: readonly number[]): number[] =>
  kernel.map((size, axis) => (size - 1) * (dilation[axis] ?? 1));

/** x = conv(y, turned w) for unit strides; where the padding exceeds the kernel's reach, y is cropped. */
function turnedConvolution(node: Node<'convInputGrad'>, y: Value, w: Value, context: LoweringContext): Value {
  const { padding, dilation, groups, strides } = node.parameters;
  const reach = reaches(w.shape.slice(2), dilation);
  const ends = padding.map(([low, high], axis) => [(reach[axis] ?? 0) - low, (reach[axis] ?? 0) - high] as const);
  const geometry = {
    strides,
    dilation,
    groups,
    padding: ends.map(([low, high]) => [Math.max(0, low), Math.max(0, high)] as const),
  };
  const crop = (side: 0 | 1): number[] => [0, 0, ...ends.map((end) => Math.min(0, end[side]))];
  const [low, high] = [crop(0), crop(1)];
  const isCropped = [...low, ...high].some((n) => n !== 0);
  const shape = y.shape.map((size, axis) => size + (low[axis] ?? 0) + (high[axis] ?? 0));
  const cropped = isCropped
    ? new Value(context, shape, 'float', shape, {
        plain: padded(context.model, y.full, 'float', y.shape, { low, high, interior: low.map(() => 0) }),
      })
    : y;
  return correlate(context, node, cropped, turnedWeights(context, w, groups), geometry);
}

const convInputGrad: Lowering<'convInputGrad'> = (node, operands, context) => {
  const [y, w] = [operandAt(operands, 0), operandAt(operands, 1)];
  const { strides, dilation, padding, inputSpatial } = node.parameters;
  if (strides.every((stride) => stride === 1)) return turnedConvolution(node, y, w, context);
  const reach = reaches(w.shape.slice(2), dilation);
  const rest = inputSpatial.map((size, axis) => {
    const [low, high] = padding[axis] ?? [0, 0];
    return size + low + high - (reach[axis] ?? 0) - 1 - ((y.shape[axis + 2] ?? 1) - 1) * (strides[axis] ?? 1);
  });
  const attributes = { ...attributesOf(node.parameters, w.shape.slice(2)), output_padding: { ints: rest } };
  return plainValue(context, node, context.model.operator('ConvTranspose', [y.full, w.full], attributes));
};

/** Geometry of a filter gradient, with x [N, C, …P] and y [N, O, …Q]. */
interface FilterGradient {
  readonly node: Node<'convFilterGrad'>;
  readonly x: Value;
  readonly y: Value;
}

/** Where each element of a kernel axis starts to read along it, and how many elements it reads at what stride. */
interface Sliding {
  readonly starts: readonly number[];
  readonly size: number;
  readonly stride: number;
}

/**
 * Stacks shifted copies of an image [N, C, …] along the channels, kernel elements outermost: [N, K·C, …]. One axis
 * after the other, the innermost first, so that only the kernel's width of copies is made of short rows.
 */
function stackShifts(model: OnnxModelBuilder, image: string, slidings: readonly Sliding[]): string {
  return slidings.reduceRight((stacked, { starts, size, stride }, axis) => {
    const pieces = starts.map((start) => {
      const bounds = [[start], [start + (size - 1) * stride + 1], [axis + 2], [stride]];
      return model.operator('Slice', [stacked, ...bounds.map((bound) => model.vector(bound))]);
    });
    return pieces.length === 1 ? (pieces[0] ?? '') : model.operator('Concat', pieces, { axis: { int: 1 } });
  }, image);
}

/** The image as seen by each kernel element: [N, K·C, …Q], kernel elements outermost. */
function unfoldedImage({ node, x, y }: FilterGradient, { model }: LoweringContext): string {
  const { strides, padding, dilation, kernelSpatial } = node.parameters;
  const low = [0, 0, ...padding.map(([before]) => before)];
  const high = [0, 0, ...padding.map(([, after]) => after)];
  const image = padded(model, x.full, 'float', x.shape, { low, high, interior: low.map(() => 0) });
  const slidings = kernelSpatial.map((size, axis) => ({
    starts: range(size).map((n) => n * (dilation[axis] ?? 1)),
    size: y.shape[axis + 2] ?? 1,
    stride: strides[axis] ?? 1,
  }));
  return stackShifts(model, image, slidings);
}

/**
 * y at the image positions that each kernel element reads for it, zero elsewhere: [N, K·O, …P]. With
 * x index = q·stride + k·dilation − padding, y spread by the stride moves by k·dilation − padding.
 */
function unfoldedResult({ node, x, y }: FilterGradient, { model }: LoweringContext): string {
  const { strides, padding, dilation, kernelSpatial } = node.parameters;
  const sizes = x.shape.slice(2);
  const moves = kernelSpatial.map((size, axis) =>
    range(size).map((n) => n * (dilation[axis] ?? 1) - (padding[axis]?.[0] ?? 0)),
  );
  const spreadSizes = y.shape.slice(2).map((size, axis) => (size - 1) * (strides[axis] ?? 1) + 1);
  const low = moves.map((list) => Math.max(0, ...list));
  const high = moves.map((list, axis) =>
    Math.max(0, ...list.map((move) => (sizes[axis] ?? 1) - (spreadSizes[axis] ?? 1) - move)),
  );
  const image = padded(model, y.full, 'float', y.shape, {
    low: [0, 0, ...low],
    high: [0, 0, ...high],
    interior: [0, 0, ...strides.map((stride) => stride - 1)],
  });
  const slidings = moves.map((list, axis) => ({
    starts: list.map((move) => (low[axis] ?? 0) - move),
    size: sizes[axis] ?? 1,
    stride: 1,
  }));
  return stackShifts(model, image, slidings);
}

/** Samples per matrix product: enough positions for an efficient kernel, few enough for all threads to have work. */
function samplesTogether(samples: number, positions: number): number {
  let together = 1;
  while (together * positions < 1024 && samples % (together * 2) === 0) together *= 2;
  return together;
}

/** The unfolded operand as matrices [samples/s, rows, s·positions]. */
function unfoldedMatrix(
  { model }: LoweringContext,
  unfolded: string,
  [samples, rows, positions]: readonly [number, number, number],
  together: number,
): string {
  if (together === 1) return reshaped(model, unfolded, [samples, rows, positions]);
  const grouped = reshaped(model, unfolded, [samples / together, together, rows, positions]);
  const moved = model.operator('Transpose', [grouped], { perm: { ints: [0, 2, 1, 3] } });
  return reshaped(model, moved, [samples / together, rows, together * positions]);
}

/** The other operand as matrices [samples/s, channels/c, s·positions, c]; c is the block, or all channels. */
function columns(context: LoweringContext, value: Value, together: number): { name: string; width: number } {
  const { model, block } = context;
  const [samples = 1, channels = 1, ...spatial] = value.shape;
  const positions = elementCount(spatial);
  const batches = samples / together;
  if (value.hasBlocked && !value.isRepeated) {
    const blocks = channels / block;
    const split = reshaped(model, value.blocked, [batches, together, blocks, positions, block]);
    const moved =
      together === 1 || blocks === 1
        ? split
        : model.operator('Transpose', [split], { perm: { ints: [0, 2, 1, 3, 4] } });
    return { name: reshaped(model, moved, [batches, blocks, together * positions, block]), width: block };
  }
  const split = reshaped(model, value.full, [batches, together, channels, positions]);
  const moved = model.operator('Transpose', [split], { perm: { ints: [0, 1, 3, 2] } });
  return { name: reshaped(model, moved, [batches, 1, together * positions, channels]), width: channels };
}

/** One group: Σ over samples and positions of unfolded[rows, ·]·other[·, channels], as [rows, channels]. */
function summedProduct(
  context: LoweringContext,
  matrix: string,
  together: number,
  [samples, rows, positions]: readonly [number, number, number],
  other: Value,
): string {
  const { model } = context;
  const { name, width } = columns(context, other, together);
  const batches = samples / together;
  const blocks = (other.shape[1] ?? 1) / width;
  const product = model.operator('MatMul', [reshaped(model, matrix, [batches, 1, rows, together * positions]), name]);
  const total = model.operator('ReduceSum', [product, model.vector([0])], { keepdims: { int: 0 } });
  if (blocks === 1) return reshaped(model, total, [rows, width]);
  const moved = model.operator('Transpose', [total], { perm: { ints: [1, 0, 2] } });
  return reshaped(model, moved, [rows, blocks * width]);
}

/** The unfolded operand as matrices [samples, groups, K·channels of the group, positions]. */
function unfoldedMatrixOfGroups(
  { model }: LoweringContext,
  unfolded: string,
  kernelSize: number,
  groups: number,
  [samples, rows, positions]: readonly [number, number, number],
): string {
  const channels = rows / kernelSize / groups;
  const split = reshaped(model, unfolded, [samples, kernelSize, groups, channels, positions]);
  const moved = model.operator('Transpose', [split], { perm: { ints: [0, 2, 1, 3, 4] } });
  return reshaped(model, moved, [samples, groups, kernelSize * channels, positions]);
}

/** Several groups: the same sum for each, [groups, rows, columns], with rows of the unfolded operand. */
function summedProductOfGroups(
  { model }: LoweringContext,
  left: string,
  groups: number,
  [samples, , positions]: readonly [number, number, number],
  other: Value,
): string {
  const right = reshaped(model, other.full, [samples, groups, (other.shape[1] ?? 1) / groups, positions]);
  const product = matrixProduct(model, { name: left, flipped: false }, { name: right, flipped: true });
  return model.operator('ReduceSum', [product, model.vector([0])], { keepdims: { int: 0 } });
}

const convFilterGrad: Lowering<'convFilterGrad'> = (node, operands, context) => {
  const { model } = context;
  const [x, y] = [operandAt(operands, 0), operandAt(operands, 1)];
  const { groups, kernelSpatial } = node.parameters;
  const gradient = { node, x, y };
  const isVarying = (index: number): boolean => context.varying.has(operand(node, index));
  const unfoldsResult = isVarying(0) && !isVarying(1);
  const [unfold, source, other] = unfoldsResult ? [unfoldedResult, y, x] : [unfoldedImage, x, y];
  const kernelSize = elementCount(kernelSpatial);
  const sizes = [x.shape[0] ?? 1, kernelSize * (source.shape[1] ?? 1), elementCount(other.shape.slice(2))] as const;
  const together = samplesTogether(sizes[0], sizes[2]);
  const unfolded = model.enlarging(elementCount(sizes) * Float32Array.BYTES_PER_ELEMENT, () =>
    groups === 1
      ? unfoldedMatrix(context, unfold(gradient, context), sizes, together)
      : unfoldedMatrixOfGroups(context, unfold(gradient, context), kernelSize, groups, sizes),
  );
  const sums =
    groups === 1
      ? summedProduct(context, unfolded, together, sizes, other)
      : summedProductOfGroups(context, unfolded, groups, sizes, other);
  // [groups, K, unfolded channels, other channels] to [O, C/groups, K]
  const [own, others] = [(source.shape[1] ?? 1) / groups, (other.shape[1] ?? 1) / groups];
  const split = reshaped(model, sums, [groups, kernelSize, own, others]);
  const perm = unfoldsResult ? [0, 2, 3, 1] : [0, 3, 2, 1];
  const moved = model.operator('Transpose', [split], { perm: { ints: perm } });
  return plainValue(context, node, reshaped(model, moved, node.shape));
};

export const convolutionLowerings = { conv, convInputGrad, convFilterGrad };
