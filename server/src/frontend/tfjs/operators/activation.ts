/** Activations, with TensorFlow's defaults. */
import { full, sigmoid, softplus, tanh } from '../../../graph/operations';
import * as activations from '../../compositions/activations';
import { clamp } from '../../compositions/elementwise';
import { logSoftmax, softmax } from '../../compositions/softmax';
import { add, mul } from '../../../graph/operations';
import { unary, type Operator } from '../../onnx/operatorCall';

/** max(x, 0) + slope·min(x, 0), the slopes as they broadcast. */
const prelu: Operator = (call) => {
  const [x, slope] = [call.input(0), call.input(1)];
  return add(activations.relu(x), mul(slope, clamp(x, undefined, full(0))));
};

export const activation: Readonly<Record<string, Operator>> = {
  Relu: unary((x) => activations.relu(x)),
  Relu6: unary((x) => clamp(x, full(0), full(6))),
  Elu: unary((x) => activations.elu(x, 1)),
  Selu: unary((x) => activations.selu(x)),
  LeakyRelu: unary((x, call) => activations.leakyRelu(x, call.float('alpha', 0.2))),
  Prelu: prelu,
  Sigmoid: unary((x) => sigmoid(x)),
  Tanh: unary((x) => tanh(x)),
  Softplus: unary((x) => softplus(x)),
  Softsign: unary((x) => activations.softsign(x)),
  Softmax: unary((x) => softmax(x, -1)),
  LogSoftmax: unary((x) => logSoftmax(x, -1)),
};
