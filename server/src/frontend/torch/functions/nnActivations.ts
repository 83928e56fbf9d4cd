/** Activations of torch.nn.functional. */
import type { Node } from '../../../graph/node';
import { add, full, gt, mul, reshape, scale, select, stopGradient, sub } from '../../../graph/operations';
import { elementCount } from '../../../graph/node';
import type { PyValue } from '../../../python/values';
import * as activation from '../../compositions/activations';
import { alignLeading, sizeAt } from '../../compositions/axes';
import { logSoftmax, softmax, softmin } from '../../compositions/softmax';
import { argmax } from '../../compositions/reductions';
import { oneHot, swapAxes } from '../../compositions/structure';
import { isFloating } from '../tensor/dtype';
import { castTo, toGraphDtype } from '../tensor/promotion';
import { gumbelNode, uniformNode } from './creation';
import type { Call, FunctionRow } from './call';
import { row, writeInto } from './call';

/** The input as float, or PyTorch's error for integers. */
function floatInput(call: Call): Node {
  const dtype = call.dtype('input');
  if (!isFloating(dtype)) return call.noKernel(call.name, dtype);
  return call.node('input');
}

/** A result, written to the input when `inplace`. */
function result(call: Call, node: Node): PyValue {
  if (call.has('inplace') && call.flag('inplace'))
    return writeInto(call.value('input'), node, call.dtype('input'), call.interpreter);
  return call.tensor(node, call.dtype('input'));
}

const activationRow = (signature: string, apply: (x: Node, call: Call) => Node): FunctionRow =>
  row(signature, (call) => result(call, apply(floatInput(call), call)));

/** PyTorch's choice of axis where none is given: 0 for ranks 0, 1 and 3, else 1. */
const softmaxDim = (call: Call, x: Node): number =>
  call.optionalInt('dim') ?? ([0, 1, 3].includes(x.shape.length) ? 0 : 1);

const softmaxRow = (name: string, apply: (x: Node, dim: number) => Node): FunctionRow =>
  row(`${name}(input, dim=None, _stacklevel=3, dtype=None)`, (call) => {
    const dtype = call.optionalDtype() ?? call.dtype('input');
    if (!isFloating(dtype)) return call.noKernel(`${name}_lastdim_kernel_impl`, dtype);
    const x = castTo(call.node('input'), dtype);
    return call.tensor(apply(x, softmaxDim(call, x)), dtype);
  });

function prelu(call: Call): PyValue {
  const x = floatInput(call);
  const weight = call.node('weight');
  const count = elementCount(weight.shape);
  const channels = x.shape.length < 2 ? 1 : sizeAt(x.shape, 1);
  if (count !== 1 && count !== channels)
    return call.fail(
      `Mismatch of parameter numbers and input channel size. Found parameter numbers = ${count} and channel size = ${channels}.`,
    );
  const aligned =
    count === 1 ? reshape(weight, []) : alignLeading(reshape(weight, [count]), Math.max(0, x.shape.length - 2));
  return call.tensor(activation.prelu(x, aligned), call.dtype('input'));
}

/** In training the slope of each negative element is drawn from [lower, upper], else it is their mean. */
function rrelu(call: Call): PyValue {
  const x = floatInput(call);
  const [lower, upper] = [call.number('lower'), call.number('upper')];
  if (!call.flag('training')) return result(call, activation.leakyRelu(x, (lower + upper) / 2));
  const slope = add(scale(uniformNode(call, x.shape), upper - lower), full(lower));
  return result(call, select(gt(x, full(0)), x, mul(x, slope)));
}

/** Soft or (straight-through) hard samples; Jang et al. 2017. */
function gumbelSoftmax(call: Call): PyValue {
  const x = floatInput(call);
  const dim = call.int('dim');
  const soft = softmax(scale(add(x, gumbelNode(call, x.shape)), 1 / call.number('tau')), dim);
  if (!call.flag('hard')) return call.tensor(soft, call.dtype('input'));
  const axis = dim < 0 ? dim + x.shape.length : dim;
  const chosen = toGraphDtype(oneHot(argmax(soft, axis), sizeAt(x.shape, axis)), 'float');
  const hard = axis === x.shape.length - 1 ? chosen : moveLast(chosen, axis);
  return call.tensor(add(sub(hard, stopGradient(soft)), soft), call.dtype('input'));
}

/** The last axis moved to `axis`. */
function moveLast(x: Node, axis: number): Node {
  let current = x;
  for (let i = x.shape.length - 1; i > axis; i--) current = swapAxes(current, i, i - 1);
  return current;
}

/** Functions of torch.nn.functional. */
export const activationRows: readonly FunctionRow[] = [
  activationRow('relu(input, inplace=False)', activation.relu),
  activationRow('relu6(input, inplace=False)', (x) => activation.hardtanh(x, 0, 6)),
  activationRow('hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False)', (x, call) =>
    activation.hardtanh(x, call.number('min_val'), call.number('max_val')),
  ),
  activationRow('leaky_relu(input, negative_slope=0.01, inplace=False)', (x, call) =>
    activation.leakyRelu(x, call.number('negative_slope')),
  ),
  activationRow('elu(input, alpha=1.0, inplace=False)', (x, call) => activation.elu(x, call.number('alpha'))),
  activationRow('celu(input, alpha=1.0, inplace=False)', (x, call) => activation.celu(x, call.number('alpha'))),
  activationRow('selu(input, inplace=False)', activation.selu),
  activationRow("gelu(input, approximate='none')", (x, call) =>
    call.choice('approximate', ['none', 'tanh'], 'RuntimeError') === 'tanh'
      ? activation.geluTanh(x)
      : activation.gelu(x),
  ),
  activationRow('silu(input, inplace=False)', activation.silu),
  activationRow('mish(input, inplace=False)', activation.mish),
  activationRow('softplus(input, beta=1, threshold=20)', (x, call) =>
    activation.softplus(x, call.number('beta'), call.number('threshold')),
  ),
  activationRow('softsign(input)', activation.softsign),
  activationRow('hardsigmoid(input, inplace=False)', activation.hardsigmoid),
  activationRow('hardswish(input, inplace=False)', activation.hardswish),
  activationRow('hardshrink(input, lambd=0.5)', (x, call) => activation.hardshrink(x, call.number('lambd'))),
  activationRow('softshrink(input, lambd=0.5)', (x, call) => activation.softshrink(x, call.number('lambd'))),
  activationRow('tanhshrink(input)', activation.tanhshrink),
  activationRow('logsigmoid(input)', activation.logSigmoid),
  activationRow('threshold(input, threshold, value, inplace=False)', (x, call) =>
    activation.threshold(x, call.number('threshold'), call.number('value')),
  ),
  activationRow('glu(input, dim=-1)', (x, call) => activation.glu(x, call.int('dim'))),
  row('prelu(input, weight)', prelu),
  row('rrelu(input, lower=0.125, upper=0.3333333333333333, training=False, inplace=False)', rrelu),
  softmaxRow('softmax', softmax),
  softmaxRow('log_softmax', logSoftmax),
  softmaxRow('softmin', softmin),
  row('gumbel_softmax(input, tau=1, hard=False, eps=1e-10, dim=-1)', gumbelSoftmax),
];

/** Those that `torch` and `Tensor` have as well. */
export const sharedActivationRows: readonly FunctionRow[] = [
  softmaxRow('softmax', softmax),
  softmaxRow('log_softmax', logSoftmax),
  row('prelu(input, weight)', prelu),
];

/** torch.selu, torch.celu, … and their in-place forms in torch.nn.functional end in an underscore. */
export const inPlaceActivations = [
  'relu',
  'elu',
  'selu',
  'celu',
  'leaky_relu',
  'hardtanh',
  'threshold',
  'rrelu',
] as const;
