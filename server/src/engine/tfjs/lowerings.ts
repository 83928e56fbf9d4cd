/**
 * Each primitive as TensorFlow.js forward kernels. A row is either a function of the operands' tensors or
 * 'evaluate': the float64 reference computes it on the host. Rows say 'evaluate' where TensorFlow.js has no kernel,
 * or one that differs (NaN, ties, index order).
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Node } from '../../graph/node';
import type { DType, Primitive, Shape } from '../../graph/primitives';
import { convolve, convolveFilterGrad, convolveInputGrad } from './convolution';
import { stridedSlice } from './stridedSlice';

/** The library's namespace; passed in, since which build is loaded is decided at run time. */
export type TensorFlow = typeof tf;
export type Tensor = tf.Tensor;

export interface LoweringContext {
  readonly tf: TensorFlow;
  readonly backend: string;
}

export type Lowering<P extends Primitive> =
  'evaluate' | ((context: LoweringContext, node: Node<P>, inputs: readonly Tensor[]) => Tensor);

const tfTypes: Readonly<Record<DType, 'float32' | 'int32' | 'bool'>> = { float: 'float32', int: 'int32', bool: 'bool' };

export const tfType = (dtype: DType): 'float32' | 'int32' | 'bool' => tfTypes[dtype];

/** Kernels take plain arrays; a shape is never written to. */
const mutable = (shape: Shape): number[] => [...shape];

type Kernel1 =
  | 'abs'
  | 'exp'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sqrt'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'asin'
  | 'acos'
  | 'atan'
  | 'sinh'
  | 'cosh'
  | 'asinh'
  | 'acosh'
  | 'atanh'
  | 'tanh'
  | 'sigmoid'
  | 'erf'
  | 'floor'
  | 'ceil'
  | 'neg'
  | 'isNaN';
type Kernel2 = 'add' | 'sub' | 'mul' | 'pow' | 'atan2' | 'equal' | 'less' | 'lessEqual' | 'logicalAnd' | 'logicalOr';

const unary =
  (kernel: Kernel1) =>
  ({ tf }: LoweringContext, _node: Node, [x]: readonly Tensor[]): Tensor =>
    tf[kernel](required(x));

const binary =
  (kernel: Kernel2) =>
  ({ tf }: LoweringContext, _node: Node, [a, b]: readonly Tensor[]): Tensor =>
    tf[kernel](required(a), required(b));

export function required(tensor: Tensor | undefined): Tensor {
  if (tensor === undefined) throw new Error('the tfjs engine lost an operand');
  return tensor;
}

/** Contraction as one batched matrix product: operands permuted to [batch, free, contract] and [batch, contract, free]. */
const dot: Lowering<'dot'> = ({ tf }, node, [lhs, rhs]) => {
  const { lhsContract, rhsContract, lhsBatch, rhsBatch } = node.parameters;
  const matrix = (x: Tensor, batch: readonly number[], contract: readonly number[], contractLast: boolean): Tensor => {
    const free = x.shape.map((_, axis) => axis).filter((axis) => !batch.includes(axis) && !contract.includes(axis));
    const order = contractLast ? [...batch, ...free, ...contract] : [...batch, ...contract, ...free];
    const count = (axes: readonly number[]): number => axes.reduce((n, axis) => n * (x.shape[axis] ?? 1), 1);
    const rows = contractLast ? [count(free), count(contract)] : [count(contract), count(free)];
    const ordered = order.every((axis, i) => axis === i) ? x : tf.transpose(x, order);
    return tf.reshape(ordered, [count(batch), ...rows]);
  };
  const product = tf.matMul(
    matrix(required(lhs), lhsBatch, lhsContract, true),
    matrix(required(rhs), rhsBatch, rhsContract, false),
  );
  return tf.reshape(product, mutable(node.shape));
};

/** The WebAssembly kernel writes four bytes per element, past the end of a bool result: bools are chosen by logic. */
const select: Lowering<'select'> = ({ tf }, node, inputs) => {
  const [predicate, whenTrue, whenFalse] = [required(inputs[0]), required(inputs[1]), required(inputs[2])];
  if (node.dtype !== 'bool') return tf.where(predicate, whenTrue, whenFalse);
  const taken = tf.logicalAnd(predicate, whenTrue);
  return tf.logicalOr(taken, tf.logicalAnd(tf.logicalNot(predicate), whenFalse));
};

export const lowerings: { readonly [P in Primitive]: Lowering<P> } = {
  input: 'evaluate',
  constant: ({ tf }, node) =>
    tf.tensor(
      node.parameters.data instanceof Float64Array ? new Float32Array(node.parameters.data) : node.parameters.data,
      mutable(node.shape),
      tfType(node.dtype),
    ),
  iota: 'evaluate',
  neg: unary('neg'),
  abs: unary('abs'),
  // tf.sign(NaN) is 0.
  sign: 'evaluate',
  exp: unary('exp'),
  expm1: unary('expm1'),
  log: unary('log'),
  log1p: unary('log1p'),
  sqrt: unary('sqrt'),
  sin: unary('sin'),
  cos: unary('cos'),
  tan: unary('tan'),
  asin: unary('asin'),
  acos: unary('acos'),
  atan: unary('atan'),
  sinh: unary('sinh'),
  cosh: unary('cosh'),
  asinh: unary('asinh'),
  acosh: unary('acosh'),
  atanh: unary('atanh'),
  tanh: unary('tanh'),
  sigmoid: unary('sigmoid'),
  softplus: 'evaluate',
  // The kernel's polynomial has an absolute error of 1e-7, but no relative accuracy near 0.
  erf: 'evaluate',
  lgamma: 'evaluate',
  digamma: 'evaluate',
  floor: unary('floor'),
  ceil: unary('ceil'),
  round: 'evaluate',
  not: ({ tf }, _node, [x]) => tf.logicalNot(required(x)),
  isnan: unary('isNaN'),
  // A cast to bool must map NaN to true and 0.5 to true.
  convert: 'evaluate',
  stopGradient: ({ tf }, _node, [x]) => tf.clone(required(x)),
  add: binary('add'),
  sub: binary('sub'),
  mul: binary('mul'),
  // tf.div of integers floors, as ours truncates only in the reference.
  div: (context, node, [a, b]) =>
    node.dtype === 'float' ? context.tf.div(required(a), required(b)) : context.tf.floorDiv(required(a), required(b)),
  pow: 'evaluate',
  // The kernels drop NaN on some backends.
  max: 'evaluate',
  min: 'evaluate',
  atan2: binary('atan2'),
  remainder: 'evaluate',
  eq: binary('equal'),
  lt: binary('less'),
  le: binary('lessEqual'),
  and: binary('logicalAnd'),
  or: binary('logicalOr'),
  select,
  dot,
  conv: convolve,
  convInputGrad: convolveInputGrad,
  convFilterGrad: convolveFilterGrad,
  reduceSum: ({ tf }, node, [x]) => tf.cast(tf.sum(required(x), mutable(node.parameters.axes)), tfType(node.dtype)),
  reduceMax: 'evaluate',
  argmax: 'evaluate',
  windowArgmax: 'evaluate',
  cumsum: 'evaluate',
  argsort: 'evaluate',
  reshape: ({ tf }, node, [x]) => tf.reshape(required(x), mutable(node.shape)),
  transpose: ({ tf }, node, [x]) => tf.transpose(required(x), mutable(node.parameters.permutation)),
  broadcast: ({ tf }, node, [x]) => {
    const spread = node.shape.map((): number => 1);
    node.parameters.axes.forEach((axis, i) => (spread[axis] = required(x).shape[i] ?? 1));
    const repeats = node.shape.map((size, axis) => (spread[axis] === size ? 1 : size));
    return tf.tile(tf.reshape(required(x), spread), repeats);
  },
  slice: ({ tf }, node, [x]) => {
    const { start, strides } = node.parameters;
    return stridedSlice(tf, required(x), start, node.shape, strides);
  },
  pad: 'evaluate',
  concat: ({ tf }, node, inputs) => tf.concat([...inputs], node.parameters.axis),
  reverse: ({ tf }, node, [x]) => tf.reverse(required(x), mutable(node.parameters.axes)),
  take: 'evaluate',
  scatterAdd: 'evaluate',
  takeAlong: 'evaluate',
  scatterAddAlong: 'evaluate',
};
