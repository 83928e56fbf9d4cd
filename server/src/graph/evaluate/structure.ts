/** Primitives that move elements without computing. */
import type { Node } from '../node';
import { elementCount, operand } from '../node';
import type { Primitive, Shape } from '../primitives';
import type { EvaluationRule, Kernel } from './kernel';
import { dataOf } from './kernel';
import type { StridedLayout } from './stridedCopy';
import { rowMajorStrides, stridedCopy } from './stridedCopy';

const copyAll: Kernel = (inputs, y) => {
  const x = dataOf(inputs, 0);
  if (x !== y) y.set(x);
};

function moving(layout: StridedLayout): Kernel {
  const copy = stridedCopy(layout);
  return (inputs, y) => copy(dataOf(inputs, 0), y);
}

/** For each result axis the operand's stride; 0 where the operand is repeated. */
function broadcastStrides(from: Shape, shape: Shape, axes: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(0);
  rowMajorStrides(from).forEach((stride, i) => {
    if (from[i] !== 1) strides[axes[i] as number] = stride;
  });
  return strides;
}

const iota: EvaluationRule<'iota'> = ({ shape, parameters: { axis } }) => {
  const size = shape[axis] ?? 1;
  const inner = elementCount(shape.slice(axis + 1));
  return (_, y) => {
    for (let i = 0, count = 0; i < y.length; count = count + 1 === size ? 0 : count + 1) {
      y.fill(count, i, i + inner);
      i += inner;
    }
  };
};

const slice: EvaluationRule<'slice'> = (node) => {
  const { start, strides } = node.parameters;
  const source = rowMajorStrides(operand(node, 0).shape);
  return moving({
    sizes: node.shape,
    sourceStrides: source.map((stride, axis) => stride * (strides[axis] ?? 1)),
    targetStrides: rowMajorStrides(node.shape),
    sourceOffset: source.reduce((sum, stride, axis) => sum + stride * (start[axis] ?? 0), 0),
  });
};

const pad: EvaluationRule<'pad'> = (node) => {
  const { low, interior } = node.parameters;
  const { shape } = operand(node, 0);
  const target = rowMajorStrides(node.shape);
  const copy = stridedCopy({
    sizes: shape,
    sourceStrides: rowMajorStrides(shape),
    targetStrides: target.map((stride, axis) => stride * (1 + (interior[axis] ?? 0))),
    targetOffset: target.reduce((sum, stride, axis) => sum + stride * (low[axis] ?? 0), 0),
  });
  return (inputs, y) => {
    y.fill(0);
    copy(dataOf(inputs, 0), y);
  };
};

const concat: EvaluationRule<'concat'> = (node) => {
  const { axis } = node.parameters;
  const target = rowMajorStrides(node.shape);
  let position = 0;
  const copies = node.inputs.map(({ shape }) => {
    const copy = stridedCopy({
      sizes: shape,
      sourceStrides: rowMajorStrides(shape),
      targetStrides: target,
      targetOffset: position * (target[axis] ?? 1),
    });
    position += shape[axis] ?? 0;
    return copy;
  });
  return (inputs, y) => copies.forEach((copy, i) => copy(dataOf(inputs, i), y));
};

const reverse: EvaluationRule<'reverse'> = (node: Node<'reverse'>) => {
  const axes = new Set(node.parameters.axes);
  const strides = rowMajorStrides(node.shape);
  return moving({
    sizes: node.shape,
    sourceStrides: strides.map((stride, axis) => (axes.has(axis) ? -stride : stride)),
    targetStrides: strides,
    sourceOffset: strides.reduce(
      (sum, stride, axis) => (axes.has(axis) ? sum + stride * ((node.shape[axis] ?? 1) - 1) : sum),
      0,
    ),
  });
};

export const structureRules = {
  constant:
    ({ parameters: { data } }: Node<'constant'>) =>
    (_, y) =>
      y.set(data),
  iota,
  reshape: () => copyAll,
  transpose: (node: Node<'transpose'>) => {
    const source = rowMajorStrides(operand(node, 0).shape);
    return moving({
      sizes: node.shape,
      sourceStrides: node.parameters.permutation.map((axis) => source[axis] as number),
      targetStrides: rowMajorStrides(node.shape),
    });
  },
  broadcast: (node: Node<'broadcast'>) =>
    moving({
      sizes: node.shape,
      sourceStrides: broadcastStrides(operand(node, 0).shape, node.shape, node.parameters.axes),
      targetStrides: rowMajorStrides(node.shape),
    }),
  slice,
  pad,
  concat,
  reverse,
} satisfies { readonly [P in Primitive]?: EvaluationRule<P> };
