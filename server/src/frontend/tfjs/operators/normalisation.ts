/** Batch normalisation as converters leave it: scale, offset, mean, variance for each channel. */
import type { Operator } from '../../onnx/operatorCall';
import { channelsAsGiven, channelsFirst, onnx } from './translated';

/** In train mode with the statistics of the batch. Further outputs are for training only. */
const batch: Operator = (call) => {
  const operands = [channelsFirst(call, call.input(0)), ...[1, 2, 3, 4].map((index) => call.input(index))];
  const settings = { epsilon: call.float('epsilon', 1e-4) };
  return channelsAsGiven(call, onnx(call, 'BatchNormalization', operands, settings));
};

export const normalisation: Readonly<Record<string, Operator>> = {
  FusedBatchNorm: batch,
  FusedBatchNormV2: batch,
  FusedBatchNormV3: batch,
};
