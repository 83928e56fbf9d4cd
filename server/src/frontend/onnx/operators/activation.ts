/** Activations, with the defaults of ONNX where an attribute is absent. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import { add, full, gt, lt, mul, neg, reshape, scale, select, sigmoid, softplus, sub } from '../../../graph/operations';
import * as activations from '../../compositions/activations';
import { clamp } from '../../compositions/elementwise';
import { normaliseAxis } from '../../compositions/axes';
import { logSoftmax, softmax } from '../../compositions/softmax';
import { unary, type Operator, type OperatorCall } from '../operatorCall';

/**
 * Along one axis, the last by default; before operator set 13 over everything from the axis on, the first after the batch by
 * default.
 */
const normalised =
  (apply: (x: Node, axis: number) => Node): Operator =>
  (call) => {
    const x = call.input(0);
    if (call.version >= 13) return apply(x, call.int('axis', -1));
    const axis = normaliseAxis(call.int('axis', 1), x.shape.length);
    const rows = elementCount(x.shape.slice(0, axis));
    return reshape(apply(reshape(x, [rows, elementCount(x.shape) / Math.max(1, rows)]), 1), x.shape);
  };

/** max(0, min(1, alpha·x + beta)) */
export const hardSigmoid = (x: Node, alpha: number, beta: number): Node =>
  clamp(add(scale(x, alpha), full(beta)), full(0), full(1));

/** ONNX fixes the constants to five digits. */
function selu(x: Node, call: OperatorCall): Node {
  const alpha = call.float('alpha', 1.6732632423543772);
  const gamma = call.float('gamma', 1.0507009873554805);
  return scale(activations.elu(x, alpha), gamma);
}

const swish = (x: Node, call: OperatorCall): Node => mul(x, sigmoid(scale(x, call.float('alpha', 1))));

/** 0 within ±lambd, moved by the bias towards it beyond. */
function shrink(x: Node, call: OperatorCall): Node {
  const [limit, bias] = [full(call.float('lambd', 0.5)), full(call.float('bias', 0))];
  return select(lt(x, neg(limit)), add(x, bias), select(gt(x, limit), sub(x, bias), full(0)));
}

export const activation: Readonly<Record<string, Operator>> = {
  Relu: unary((x) => activations.relu(x)),
  Sigmoid: unary((x) => sigmoid(x)),
  Softplus: unary((x) => softplus(x)),
  Softsign: unary((x) => activations.softsign(x)),
  LeakyRelu: unary((x, call) => activations.leakyRelu(x, call.float('alpha', 0.01))),
  Elu: unary((x, call) => activations.elu(x, call.float('alpha', 1))),
  Celu: unary((x, call) => activations.celu(x, call.float('alpha', 1))),
  Selu: unary(selu),
  ThresholdedRelu: unary((x, call) => activations.threshold(x, call.float('alpha', 1), 0)),
  HardSigmoid: unary((x, call) => hardSigmoid(x, call.float('alpha', 0.2), call.float('beta', 0.5))),
  HardSwish: unary((x) => mul(x, hardSigmoid(x, 1 / 6, 0.5))),
  Gelu: unary((x, call) =>
    call.text('approximate', 'none') === 'tanh' ? activations.geluTanh(x) : activations.gelu(x),
  ),
  Shrink: unary(shrink),
  SwiGLU: (call) => mul(swish(call.input(0), call), call.input(1)),
  Mish: unary((x) => activations.mish(x)),
  Swish: unary(swish),
  PRelu: unary((x, call) => activations.prelu(x, call.input(1))),
  Softmax: normalised(softmax),
  LogSoftmax: normalised(logSoftmax),
};
