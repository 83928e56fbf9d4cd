/** `dot` as a batched matrix product, with transpositions only where neither operand order nor a flag avoids them. */
import { elementCount } from '../../../graph/node';
import type { Shape } from '../../../graph/primitives';
import type { OnnxModelBuilder } from '../onnxModel';
import type { Lowering } from './lowering';
import { operandAt, plainValue } from './lowering';
import { reshaped } from './value';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

const isSorted = (axes: readonly number[]): boolean => axes.every((axis, i) => i === 0 || axis > (axes[i - 1] ?? 0));

/** An operand as [batch, rows, columns] or, flipped, [batch, columns, rows]. */
interface Matrix {
  readonly name: string;
  readonly flipped: boolean;
}

/** `axes` groups the axes of the value of shape `shape` into batch, rows and columns. */
function asMatrix(
  model: OnnxModelBuilder,
  name: string,
  shape: Shape,
  axes: readonly (readonly number[])[],
  mayFlip: boolean,
): Matrix {
  const [batch = [], rows = [], columns = []] = axes;
  const sizes = (groups: readonly (readonly number[])[]): number[] =>
    groups.map((group) => elementCount(group.map((axis) => shape[axis] ?? 1)));
  const proper = (order: readonly number[]): number[] => order.filter((axis) => shape[axis] !== 1);
  if (isSorted(proper([...batch, ...rows, ...columns])))
    return { name: reshaped(model, name, sizes([batch, rows, columns])), flipped: false };
  if (mayFlip && isSorted(proper([...batch, ...columns, ...rows])))
    return { name: reshaped(model, name, sizes([batch, columns, rows])), flipped: true };
  const moved = model.operator('Transpose', [name], { perm: { ints: [...batch, ...rows, ...columns] } });
  return { name: reshaped(model, moved, sizes([batch, rows, columns])), flipped: false };
}

/** Product of [batch, m, k] and [batch, k, n]; either may be flipped if the elements are floats. */
export function matrixProduct(model: OnnxModelBuilder, a: Matrix, b: Matrix): string {
  if (!a.flipped && !b.flipped) return model.operator('MatMul', [a.name, b.name]);
  const flags = { transA: { int: Number(a.flipped) }, transB: { int: Number(b.flipped) } };
  return model.operator('FusedMatMul', [a.name, b.name], flags, { domain: 'com.microsoft' });
}

/** The order of contracted axes that is sorted on the larger operand, so that this one needs no transposition. */
function contractionOrder(lhs: readonly number[], rhs: readonly number[], byRhs: boolean): number[] {
  const key = byRhs ? rhs : lhs;
  return range(lhs.length).sort((i, j) => (key[i] ?? 0) - (key[j] ?? 0));
}

export const dot: Lowering<'dot'> = (node, operands, context) => {
  const { model } = context;
  const { lhsBatch, rhsBatch } = node.parameters;
  const [lhs, rhs] = [operandAt(operands, 0), operandAt(operands, 1)];
  const order = contractionOrder(
    node.parameters.lhsContract,
    node.parameters.rhsContract,
    elementCount(rhs.shape) > elementCount(lhs.shape),
  );
  const lhsContract = order.map((i) => node.parameters.lhsContract[i] ?? 0);
  const rhsContract = order.map((i) => node.parameters.rhsContract[i] ?? 0);
  const free = (shape: Shape, used: readonly number[]): number[] =>
    range(shape.length).filter((axis) => !used.includes(axis));
  const lhsFree = free(lhs.shape, [...lhsBatch, ...lhsContract]);
  const rhsFree = free(rhs.shape, [...rhsBatch, ...rhsContract]);
  const mayFlip = node.dtype === 'float';
  const a = asMatrix(model, lhs.full, lhs.shape, [lhsBatch, lhsFree, lhsContract], mayFlip);
  const b = asMatrix(model, rhs.full, rhs.shape, [rhsBatch, rhsContract, rhsFree], mayFlip);
  const depth = elementCount(lhsContract.map((axis) => lhs.shape[axis] ?? 1));
  // An outer product is no work for a matrix kernel: columns times rows, elementwise.
  const product =
    depth === 1
      ? outerProduct(model, a, b, lhs.shape, rhs.shape, [lhsBatch, lhsFree, rhsFree])
      : matrixProduct(model, a, b);
  return plainValue(context, node, reshaped(model, product, node.shape));
};

function outerProduct(
  model: OnnxModelBuilder,
  a: Matrix,
  b: Matrix,
  lhs: Shape,
  rhs: Shape,
  [batch = [], lhsFree = [], rhsFree = []]: readonly (readonly number[])[],
): string {
  const size = (shape: Shape, axes: readonly number[]): number => elementCount(axes.map((axis) => shape[axis] ?? 1));
  const columns = reshaped(model, a.name, [size(lhs, batch), size(lhs, lhsFree), 1]);
  const rows = reshaped(model, b.name, [size(lhs, batch), 1, size(rhs, rhsFree)]);
  return model.operator('Mul', [columns, rows]);
}
