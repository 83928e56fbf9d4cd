/** Activations that ONNX Runtime joins with a bias before them, or with a product or convolution. */
import type { Node } from '../../../../graph/node';
import { add, mul, scale, sigmoid, tanh } from '../../../../graph/operations';
import * as activations from '../../../compositions/activations';
import { convolve } from '../convolution';
import { gemm, scaledProduct } from '../linear';
import { hardSigmoid } from '../activation';
import { unary, type Operator, type OperatorCall } from '../../operatorCall';
import { clamp } from '../../../compositions/elementwise';
import { full } from '../../../../graph/operations';

const withBias = (call: OperatorCall): Node => {
  const bias = call.optional(1);
  return bias === undefined ? call.input(0) : add(call.input(0), bias);
};

/** The activation that `activation` names, with its numbers in their order. */
function activated(call: OperatorCall, y: Node, [first, second]: readonly number[]): Node {
  const name = call.text('activation', '');
  switch (name) {
    case '':
      return y;
    case 'Relu':
      return activations.relu(y);
    case 'Sigmoid':
      return sigmoid(y);
    case 'Tanh':
      return tanh(y);
    case 'LeakyRelu':
      return activations.leakyRelu(y, first ?? 0.01);
    case 'Clip':
      return clamp(y, full(first ?? -Infinity), full(second ?? Infinity));
    case 'HardSigmoid':
      return hardSigmoid(y, first ?? 0.2, second ?? 0.5);
    default:
      return call.fail(`the activation '${name}' is not read`);
  }
}

/** act(conv(x) + z) */
const fusedConvolution: Operator = (call) => {
  const y = convolve(call);
  const z = call.optional(3);
  return activated(call, z === undefined ? y : add(y, z), call.floats('activation_params') ?? []);
};

const fusedGemm: Operator = (call) => {
  const given = ['activation_alpha', 'activation_beta'].filter((name) => call.has(name));
  return activated(
    call,
    gemm(call),
    given.map((name) => call.float(name, 0)),
  );
};

export const activation: Readonly<Record<string, Operator>> = {
  Gelu: unary((x) => activations.gelu(x)),
  FastGelu: (call) => activations.geluTanh(withBias(call)),
  BiasGelu: (call) => activations.gelu(withBias(call)),
  QuickGelu: unary((x, call) => mul(x, sigmoid(scale(x, call.float('alpha', 1.702))))),
  FusedConv: fusedConvolution,
  FusedGemm: fusedGemm,
  FusedMatMul: scaledProduct,
};
