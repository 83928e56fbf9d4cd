import { elementCount, operand } from '../node';
import type { Node } from '../node';
import type { Shape } from '../primitives';
import type { Data, EvaluationRule, Workspace } from './kernel';
import { dataOf } from './kernel';
import { addProductTransposed } from './matrixProduct';
import { rowMajorStrides, stridedCopy } from './stridedCopy';

/** Brings an operand into the order [batch, free, contracted]; does nothing when it is in that order already. */
function ordered(
  shape: Shape,
  order: readonly number[],
  slot: number,
): (x: Data, workspace: Workspace) => Float64Array {
  // Axes of size 1 may stand anywhere.
  const long = order.filter((axis) => shape[axis] !== 1);
  const inOrder = long.every((axis, i) => i === 0 || axis > (long[i - 1] as number));
  const sizes = order.map((axis) => shape[axis] as number);
  const strides = rowMajorStrides(shape);
  const copy = stridedCopy({
    sizes,
    sourceStrides: order.map((axis) => strides[axis] as number),
    targetStrides: rowMajorStrides(sizes),
  });
  const count = elementCount(shape);
  return (x, workspace) => {
    if (inOrder && x instanceof Float64Array) return x;
    const target = workspace.floats(slot, count);
    copy(x, target);
    return target;
  };
}

/** Integers and bools are multiplied as floats: exact below 2⁵³, then stored modulo 2³² or as `≠ 0`. */
export const dot: EvaluationRule<'dot'> = (node: Node<'dot'>) => {
  const { lhsContract, rhsContract, lhsBatch, rhsBatch } = node.parameters;
  const [lhs, rhs] = [operand(node, 0).shape, operand(node, 1).shape];
  const free = (shape: Shape, used: readonly number[]): number[] =>
    shape.map((_, axis) => axis).filter((axis) => !used.includes(axis));
  const lhsFree = free(lhs, [...lhsBatch, ...lhsContract]);
  const rhsFree = free(rhs, [...rhsBatch, ...rhsContract]);
  const sizeOf = (shape: Shape, axes: readonly number[]): number =>
    elementCount(axes.map((axis) => shape[axis] as number));
  const [m, n] = [sizeOf(lhs, lhsFree), sizeOf(rhs, rhsFree)];
  const [batch, k] = [sizeOf(lhs, lhsBatch), sizeOf(lhs, lhsContract)];
  const orderLhs = ordered(lhs, [...lhsBatch, ...lhsFree, ...lhsContract], 0);
  const orderRhs = ordered(rhs, [...rhsBatch, ...rhsFree, ...rhsContract], 1);

  const multiply = (a: Float64Array, b: Float64Array, c: Float64Array): void => {
    c.fill(0, 0, batch * m * n);
    for (let i = 0; i < batch; i++)
      addProductTransposed(
        m,
        n,
        k,
        { data: a, offset: i * m * k, stride: k },
        { data: b, offset: i * n * k, stride: k },
        { data: c, offset: i * m * n, stride: n },
      );
  };

  return (inputs, y, workspace) => {
    const a = orderLhs(dataOf(inputs, 0), workspace);
    const b = orderRhs(dataOf(inputs, 1), workspace);
    if (y instanceof Float64Array) {
      multiply(a, b, y);
      return;
    }
    const product = workspace.floats(2, y.length);
    multiply(a, b, product);
    for (let i = 0; i < y.length; i++) y[i] = node.dtype === 'bool' ? Number(product[i] !== 0) : (product[i] as number);
  };
};
