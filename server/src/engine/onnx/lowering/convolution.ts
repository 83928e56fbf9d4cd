/**
 * Convolution and its two transposes.
 *
 * Images with two spatial axes whose channels fill whole blocks stay in the runtime's blocked layout; its kernel takes
 * weights computed at run time as well, two to three times faster than the row-major one does.
 * The input gradient is a convolution with the kernel turned round (and a transposed convolution for strides > 1).
 * The filter gradient is a convolution in which samples and channels have changed places, where the blocked kernel can
 * do it, else a product of matrices.
 */
import type { Node } from '../../../graph/node';
import type { ConvGeometry, Shape } from '../../../graph/primitives';
import type { AttributeValue } from '../onnxModel';
import type { Lowering } from './lowering';
import { operandAt, plainValue } from './lowering';
import { samplesAsChannels } from './samplesAsChannels';
import { padded, reversed } from './structure';
import { unfoldedFilterGradient } from './unfoldedFilterGradient';
import type { Fusible, LoweringContext } from './value';
import { blockedShape, canBlock, complete, reshaped, Value } from './value';

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

const convFilterGrad: Lowering<'convFilterGrad'> = (node, operands, context) => {
  const gradient = { node, x: operandAt(operands, 0), y: operandAt(operands, 1) };
  return samplesAsChannels(gradient, context) ?? unfoldedFilterGradient(gradient, context);
};

export const convolutionLowerings = { conv, convInputGrad, convFilterGrad };
