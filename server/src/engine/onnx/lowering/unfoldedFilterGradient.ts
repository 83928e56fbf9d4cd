/**
 * Filter gradients as products of matrices: one operand is unfolded, the constant one where there is one, so that it is
 * unfolded once per point, and dW[o, (k, c)] = Σ y[o, q]·x[c, q + k] is summed over the positions q of a few samples at
 * a time.
 */
import { elementCount, operand } from '../../../graph/node';
import type { Node } from '../../../graph/node';
import type { Shape } from '../../../graph/primitives';
import type { OnnxModelBuilder } from '../onnxModel';
import { matrixProduct } from './contraction';
import { plainValue } from './lowering';
import { padded } from './structure';
import type { LoweringContext, Value } from './value';
import { reshaped } from './value';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** A filter gradient, with x [N, C, …P] and y [N, O, …Q]. */
export interface FilterGradient {
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

/** The sum over the first axis, which nothing needs to be computed for where it has one element. */
function summedOverFirst(model: OnnxModelBuilder, value: string, [first = 1, ...shape]: Shape): string {
  if (first === 1) return reshaped(model, value, shape);
  return model.operator('ReduceSum', [value, model.vector([0])], { keepdims: { int: 0 } });
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
  const total = summedOverFirst(model, product, [batches, blocks, rows, width]);
  if (blocks === 1) return reshaped(model, total, [rows, width]);
  const moved = model.operator('Transpose', [total], { perm: { ints: [1, 0, 2] } });
  return reshaped(model, moved, [rows, blocks * width]);
}

/** The unfolded operand as matrices [samples, groups, channels of the group · K, positions]. */
function unfoldedMatrixOfGroups(
  { model }: LoweringContext,
  unfolded: string,
  kernelSize: number,
  groups: number,
  [samples, rows, positions]: readonly [number, number, number],
): string {
  const channels = rows / kernelSize / groups;
  const split = reshaped(model, unfolded, [samples, kernelSize, groups, channels, positions]);
  const moved = model.operator('Transpose', [split], { perm: { ints: [0, 2, 3, 1, 4] } });
  return reshaped(model, moved, [samples, groups, channels * kernelSize, positions]);
}

/**
 * Several groups (as many as there are samples, where each has its own gradient): Σ over samples and positions of other[group, channel, ·]·unfolded[group, row, ·], as
 * [groups, channels, rows].
 */
function summedProductOfGroups(
  { model }: LoweringContext,
  unfolded: string,
  groups: number,
  [samples, rows, positions]: readonly [number, number, number],
  other: Value,
): string {
  const channels = (other.shape[1] ?? 1) / groups;
  const left = reshaped(model, other.full, [samples, groups, channels, positions]);
  const product = matrixProduct(model, { name: left, flipped: false }, { name: unfolded, flipped: true });
  return summedOverFirst(model, product, [samples, groups, channels, rows / groups]);
}

/** Filter gradient of any geometry. */
export function unfoldedFilterGradient(gradient: FilterGradient, context: LoweringContext): Value {
  const { model } = context;
  const { node, x, y } = gradient;
  const { groups, kernelSpatial } = node.parameters;
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
  const [own, others] = [(source.shape[1] ?? 1) / groups, (other.shape[1] ?? 1) / groups];
  const moved =
    groups === 1
      ? ordered(model, summedProduct(context, unfolded, together, sizes, other), {
          shape: [kernelSize, own, others],
          perm: unfoldsResult ? [1, 2, 0] : [2, 1, 0],
        })
      : ordered(model, summedProductOfGroups(context, unfolded, groups, sizes, other), {
          shape: [groups, others, own, kernelSize],
          perm: unfoldsResult ? [0, 2, 1, 3] : [0, 1, 2, 3],
        });
  return plainValue(context, node, reshaped(model, moved, node.shape));
}

/** The value, taken to be of `shape`, with its axes in the order of `perm`. */
function ordered(
  model: OnnxModelBuilder,
  value: string,
  { shape, perm }: { readonly shape: Shape; readonly perm: readonly number[] },
): string {
  const split = reshaped(model, value, shape);
  return perm.every((from, to) => from === to) ? split : model.operator('Transpose', [split], { perm: { ints: perm } });
}
