/** Normalisation layers. */
import type { Node } from '../../../graph/node';
import { add, div, full, mul, sqrt, sub } from '../../../graph/operations';
import { normaliseAxis, sizeAt } from '../../compositions/axes';
import {
  batchNorm,
  batchNormWith,
  groupNorm,
  layerNorm,
  localResponseNorm,
  rmsNorm,
} from '../../compositions/normalisation';
import { clamp, reciprocal } from '../../compositions/elementwise';
import { mean, variance, vectorNorm } from '../../compositions/reductions';
import { repeatInterleave } from '../../compositions/structure';
import type { Operator, OperatorCall } from '../operatorCall';

/** Each channel is a group; unlike nn.InstanceNorm, it takes a channel of one number, which gives the shift. */
function instance(call: OperatorCall): Node {
  const x = call.input(0);
  return groupNorm(x, x.shape[1] ?? 1, { weight: call.input(1), bias: call.input(2) }, call.float('epsilon', 1e-5));
}

/** With the statistics of the file; of the batch in train mode. */
function batch(call: OperatorCall): Node {
  const x = call.input(0);
  const affine = { weight: call.input(1), bias: call.input(2) };
  const eps = call.float('epsilon', 1e-5);
  if (call.context.training) return batchNorm(x, affine, eps);
  return batchNormWith(x, { mean: call.input(3), variance: call.input(4) }, affine, eps);
}

/** Over all axes from `axis` on; also the mean and one over the deviation. */
function layer(call: OperatorCall): { readonly outputs: readonly Node[] } {
  const x = call.input(0);
  const axis = normaliseAxis(call.int('axis', -1), x.shape.length);
  const eps = call.float('epsilon', 1e-5);
  const result = layerNorm(x, x.shape.slice(axis), { weight: call.optional(1), bias: call.optional(2) }, eps);
  if (call.node.output.length === 1) return { outputs: [result] };
  const axes = x.shape.map((_, i) => i).slice(axis);
  const spread = variance(x, axes, 0, true);
  return { outputs: [result, mean(x, axes, true), reciprocal(sqrt(add(spread, full(eps))))] };
}

function rootMeanSquare(call: OperatorCall): Node {
  const x = call.input(0);
  const axis = normaliseAxis(call.int('axis', -1), x.shape.length);
  return rmsNorm(x, x.shape.slice(axis), call.optional(1), call.float('epsilon', 1e-5));
}

/** Before operator set 21, scale and bias belong to groups and not to channels. */
function group(call: OperatorCall): Node {
  const x = call.input(0);
  const groups = call.int('num_groups', 1);
  const channels = sizeAt(x.shape, 1);
  const perChannel = (values: Node): Node =>
    call.version >= 21 || values.shape[0] === channels ? values : repeatInterleave(values, channels / groups, 0);
  return groupNorm(
    x,
    groups,
    { weight: perChannel(call.input(1)), bias: perChannel(call.input(2)) },
    call.float('epsilon', 1e-5),
  );
}

/** x/max(‖x‖, tiny) along an axis; ONNX names the order p. */
function lpNormalisation(call: OperatorCall): Node {
  const x = call.input(0);
  const norm = vectorNorm(x, call.int('p', 2), [call.int('axis', -1)], true);
  return div(x, clamp(norm, full(1e-12), undefined));
}

/** Each column centred and divided by its deviation. */
function meanVariance(call: OperatorCall): Node {
  const x = call.input(0);
  const axes = call.ints('axes') ?? [0, 2, 3];
  const centred = sub(x, mean(x, axes, true));
  return div(centred, add(sqrt(mean(mul(centred, centred), axes, true)), full(1e-9)));
}

export const normalisation: Readonly<Record<string, Operator>> = {
  BatchNormalization: batch,
  LayerNormalization: layer,
  SimplifiedLayerNormalization: rootMeanSquare,
  RMSNormalization: rootMeanSquare,
  GroupNormalization: group,
  InstanceNormalization: instance,
  LRN: (call) =>
    localResponseNorm(
      call.input(0),
      call.int('size', 1),
      call.float('alpha', 1e-4),
      call.float('beta', 0.75),
      call.float('bias', 1),
    ),
  LpNormalization: lpNormalisation,
  MeanVarianceNormalization: meanVariance,
};
