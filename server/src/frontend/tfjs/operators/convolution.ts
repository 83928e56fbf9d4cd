/** Convolutions and pooling of TensorFlow: x [N, …, C], filters [window …, in, out]. */
import type { Node } from '../../../graph/node';
import { reshape, transpose } from '../../../graph/operations';
import type { Operator, OperatorCall } from '../../onnx/operatorCall';
import { applyFused } from './fused';
import { channelsAsGiven, channelsFirst, onnx, spatial, type Settings } from './translated';

const paddings: Readonly<Record<string, string>> = { SAME: 'SAME_UPPER', VALID: 'VALID' };

/** Steps and margins under ONNX's names. EXPLICIT lists before and after for every axis. */
function windowSettings(call: OperatorCall): Settings {
  const strides = spatial(call, call.ints('strides') ?? []);
  const dilations = spatial(call, call.ints('dilations') ?? []);
  const padding = call.text('padding', 'VALID');
  const common = { strides, ...(dilations.length > 0 ? { dilations } : {}) };
  if (padding !== 'EXPLICIT') return { ...common, auto_pad: paddings[padding] ?? call.fail(`padding ${padding}`) };
  const margins = call.ints('explicit_paddings') ?? [];
  const before = spatial(
    call,
    margins.filter((_, i) => i % 2 === 0),
  );
  const after = spatial(
    call,
    margins.filter((_, i) => i % 2 === 1),
  );
  return { ...common, pads: [...before, ...after] };
}

const axesOf = (w: Node): number[] => Array.from({ length: w.shape.length - 2 }, (_, i) => i);

/** [window …, in, out] → [out, in, window …] */
const filters = (w: Node): Node => transpose(w, [w.shape.length - 1, w.shape.length - 2, ...axesOf(w)]);

/** [window …, in, multiplier] → [in·multiplier, 1, window …]: a group for each channel. */
function depthwiseFilters(w: Node): Node {
  const rank = w.shape.length;
  const [channels = 1, multiplier = 1] = w.shape.slice(-2);
  const turned = transpose(w, [rank - 2, rank - 1, ...axesOf(w)]);
  return reshape(turned, [channels * multiplier, 1, ...w.shape.slice(0, -2)]);
}

function convolve(call: OperatorCall): Node {
  const [x, w] = [channelsFirst(call, call.input(0)), filters(call.input(1))];
  const groups = (x.shape[1] ?? 1) / (w.shape[1] ?? 1);
  return channelsAsGiven(call, onnx(call, 'Conv', [x, w], { ...windowSettings(call), group: groups }));
}

function convolveDepthwise(call: OperatorCall): Node {
  const x = channelsFirst(call, call.input(0));
  const settings = { ...windowSettings(call), group: x.shape[1] ?? 1 };
  return channelsAsGiven(call, onnx(call, 'Conv', [x, depthwiseFilters(call.input(1))], settings));
}

/** Operands: sizes of the result, filters [window …, out, in], x. */
function convolveTransposed(call: OperatorCall): Node {
  const [sizes, w, x] = [call.numbers(0), call.input(1), channelsFirst(call, call.input(2))];
  const settings = { ...windowSettings(call), output_shape: spatial(call, sizes) };
  return channelsAsGiven(call, onnx(call, 'ConvTranspose', [x, filters(w)], settings));
}

const pool =
  (opType: string): Operator =>
  (call) => {
    const settings = { ...windowSettings(call), kernel_shape: spatial(call, call.ints('ksize') ?? []) };
    return channelsAsGiven(call, onnx(call, opType, [channelsFirst(call, call.input(0))], settings));
  };

const fused =
  (apply: (call: OperatorCall) => Node): Operator =>
  (call) =>
    applyFused(call, apply(call));

export const convolution: Readonly<Record<string, Operator>> = {
  Conv2D: convolve,
  Conv3D: convolve,
  _FusedConv2D: fused(convolve),
  FusedConv2D: fused(convolve),
  DepthwiseConv2dNative: convolveDepthwise,
  DepthwiseConv2d: convolveDepthwise,
  _FusedDepthwiseConv2dNative: fused(convolveDepthwise),
  FusedDepthwiseConv2dNative: fused(convolveDepthwise),
  Conv2DBackpropInput: convolveTransposed,
  MaxPool: pool('MaxPool'),
  MaxPool3D: pool('MaxPool'),
  AvgPool: pool('AveragePool'),
  AvgPool3D: pool('AveragePool'),
};
