/** Normalisation joined with what comes before it: sums of residual branches, and embeddings. */
import type { Node } from '../../../../graph/node';
import { add, convert, div, full, iota, mul, reduceSum, sqrt, take } from '../../../../graph/operations';
import { sizeAt } from '../../../compositions/axes';
import { layerNorm, rmsNorm } from '../../../compositions/normalisation';
import { mean, variance } from '../../../compositions/reductions';
import type { Operator, OperatorCall } from '../../operatorCall';

/** ONNX Runtime's default for joined normalisations. */
const EPSILON = 1e-12;

const lastSize = (x: Node): number[] => [sizeAt(x.shape, x.shape.length - 1)];

/** input + skip + bias; the skip may lack the batch. */
function branchesOf(call: OperatorCall, bias: Node | undefined): Node {
  const joined = add(call.input(0), call.input(1));
  return bias === undefined ? joined : add(joined, bias);
}

/** Layer normalisation of input + skip + bias: also the mean, one over the deviation, and the sum. */
const skipLayer: Operator = (call) => {
  const whole = branchesOf(call, call.optional(4));
  const eps = call.float('epsilon', EPSILON);
  const affine = { weight: call.input(2), bias: call.optional(3) };
  const axes = [-1];
  const inverse = div(full(1), sqrt(add(variance(whole, axes, 0, true), full(eps))));
  return { outputs: [layerNorm(whole, lastSize(whole), affine, eps), mean(whole, axes, true), inverse, whole] };
};

/** The same by the root of the mean square, without a mean. */
const skipRootMeanSquare: Operator = (call) => {
  const whole = branchesOf(call, call.optional(3));
  const eps = call.float('epsilon', EPSILON);
  const inverse = div(full(1), sqrt(add(mean(mul(whole, whole), [-1], true), full(eps))));
  return { outputs: [rmsNorm(whole, lastSize(whole), call.input(2), eps), full(0, [1]), inverse, whole] };
};

/** Tokens, positions and segments [B, S] looked up, added and normalised; also how many tokens each mask has, and the sum. */
const embedding: Operator = (call) => {
  const ids = call.input(0);
  const [batch = 0, length = 0] = ids.shape;
  const looked = (table: Node, index: Node): Node => take(table, convert(index, 'int'), 0);
  const positions = call.optional(8) ?? iota([1, length], 1);
  const placed = add(looked(call.input(2), ids), looked(call.input(3), positions));
  const [segments, table] = [call.optional(1), call.optional(4)];
  const whole = segments === undefined || table === undefined ? placed : add(placed, looked(table, segments));
  const affine = { weight: call.input(5), bias: call.input(6) };
  const mask = call.optional(7);
  const lengths = mask === undefined ? full(0, [batch], 'int') : reduceSum(convert(mask, 'int'), [1]);
  return { outputs: [layerNorm(whole, lastSize(whole), affine, call.float('epsilon', EPSILON)), lengths, whole] };
};

export const normalisation: Readonly<Record<string, Operator>> = {
  SkipLayerNormalization: skipLayer,
  SkipSimplifiedLayerNormalization: skipRootMeanSquare,
  EmbedLayerNormalization: embedding,
};
