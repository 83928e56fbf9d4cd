/** Products of matrices and vectors with PyTorch's shape rules and messages. */
import type { Node } from '../../graph/node';
import { elementCount } from '../../graph/node';
import { add, broadcastShapes, broadcastTo, dot, reshape, transpose } from '../../graph/operations';
import { ShapeError } from '../../graph/shapes';
import { sizeAt } from './axes';

const last = (x: Node): number => sizeAt(x.shape, x.shape.length - 1);

const contract = (lhs: Node, rhs: Node, lhsAxis: number, rhsAxis: number): Node =>
  dot(lhs, rhs, { lhsContract: [lhsAxis], rhsContract: [rhsAxis], lhsBatch: [], rhsBatch: [] });

/** Rows of x as a matrix, for messages. */
const asMatrix = (x: Node): string => `${elementCount(x.shape.slice(0, -1))}x${last(x)}`;

/** x wᵀ + b: x [..., in], weight [out, in] or [in]. */
export function linear(x: Node, weight: Node, bias?: Node): Node {
  if (x.shape.length === 0) throw new ShapeError('linear(): input must have at least 1 dimension');
  if (weight.shape.length === 1) {
    const product = matmul(x, weight);
    return bias === undefined ? product : add(product, bias);
  }
  const [out, into] = [sizeAt(weight.shape, 0), sizeAt(weight.shape, 1)];
  if (last(x) !== into)
    throw new ShapeError(
      x.shape.length === 1 && bias === undefined
        ? `size mismatch, got input (${last(x)}), mat (${last(x)}x${last(x)}), vec (${into})`
        : `mat1 and mat2 shapes cannot be multiplied (${asMatrix(x)} and ${into}x${out})`,
    );
  const product = contract(x, weight, x.shape.length - 1, 1);
  return bias === undefined ? product : add(product, bias);
}

/** x1ᵀ W_k x2 + b_k: weight [out, in1, in2]. */
export function bilinear(x1: Node, x2: Node, weight: Node, bias?: Node): Node {
  const [out, in1, in2] = [sizeAt(weight.shape, 0), sizeAt(weight.shape, 1), sizeAt(weight.shape, 2)];
  if (last(x1) !== in1 || last(x2) !== in2)
    throw new ShapeError(
      `bilinear(): input sizes ${last(x1)} and ${last(x2)} do not match the weight of shape [${out}, ${in1}, ${in2}]`,
    );
  const leading = x1.shape.slice(0, -1);
  const rows = elementCount(leading);
  const left = reshape(x1, [rows, in1]);
  const right = reshape(x2, [rows, in2]);
  // [rows, out, in2] = x1 W, then contracted with x2 row by row.
  const partial = contract(left, weight, 1, 1);
  const product = dot(partial, right, { lhsContract: [2], rhsContract: [1], lhsBatch: [0], rhsBatch: [0] });
  const result = reshape(product, [...leading, out]);
  return bias === undefined ? result : add(result, bias);
}

/** torch.matmul: vectors, matrices, broadcast batches of matrices. */
export function matmul(a: Node, b: Node): Node {
  const [m, n] = [a.shape.length, b.shape.length];
  if (m === 0 || n === 0)
    throw new ShapeError(`both arguments to matmul need to be at least 1D, but they are ${m}D and ${n}D`);
  const inner = n === 1 ? 0 : n - 2;
  if (last(a) !== sizeAt(b.shape, inner)) throw new ShapeError(mismatch(a, b));
  if (m === 1 && n === 1) return contract(a, b, 0, 0);
  if (n <= 2) return contract(a, b, m - 1, inner);
  if (m === 1) return contract(b, a, inner, 0);
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  if (elementCount(batchA) === 1 && batchA.length <= batchB.length) {
    // One matrix times a batch: [rows, ...batch, columns] without copies of the matrix, rows moved back.
    const product = contract(reshape(a, a.shape.slice(-2)), b, 1, inner);
    const rank = product.shape.length;
    return transpose(product, [...Array.from({ length: rank - 2 }, (_, i) => i + 1), 0, rank - 1]);
  }
  if (elementCount(batchB) === 1 && batchB.length <= batchA.length)
    return contract(a, reshape(b, b.shape.slice(-2)), m - 1, 0);
  const batch = commonBatch(a, b);
  const lhs = broadcastTo(a, [...batch, ...a.shape.slice(-2)]);
  const rhs = broadcastTo(b, [...batch, ...b.shape.slice(-2)]);
  const axes = batch.map((_, i) => i);
  return dot(lhs, rhs, {
    lhsContract: [axes.length + 1],
    rhsContract: [axes.length],
    lhsBatch: axes,
    rhsBatch: axes,
  });
}

function commonBatch(a: Node, b: Node): readonly number[] {
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  try {
    return broadcastShapes(batchA, batchB);
  } catch {
    const rank = Math.max(batchA.length, batchB.length);
    const at = Array.from({ length: rank }, (_, i) => [
      batchA[i - rank + batchA.length] ?? 1,
      batchB[i - rank + batchB.length] ?? 1,
    ]).findLastIndex(([x = 1, y = 1]) => x !== y && x !== 1 && y !== 1);
    throw new ShapeError(
      `The size of tensor a (${batchA[at - rank + batchA.length]}) must match the size of tensor b (${batchB[at - rank + batchB.length]}) at non-singleton dimension ${at}`,
    );
  }
}

function mismatch(a: Node, b: Node): string {
  if (a.shape.length === 1 && b.shape.length === 1)
    return `inconsistent tensor size, expected tensor [${last(a)}] and src [${last(b)}] to have the same number of elements, but got ${last(a)} and ${last(b)} elements respectively`;
  if (b.shape.length === 1 && a.shape.length === 2)
    return `size mismatch, got input (${sizeAt(a.shape, 0)}), mat (${asMatrix(a)}), vec (${last(b)})`;
  if (a.shape.length > 2 && b.shape.length > 2)
    return `Expected size for first two dimensions of batch2 tensor to be: [${elementCount(b.shape.slice(0, -2))}, ${last(a)}] but got: [${elementCount(b.shape.slice(0, -2))}, ${sizeAt(b.shape, b.shape.length - 2)}].`;
  const rows = (x: Node): string => (x.shape.length === 1 ? `1x${last(x)}` : asMatrix(x));
  const right = b.shape.length === 1 ? `${last(b)}x1` : `${sizeAt(b.shape, b.shape.length - 2)}x${last(b)}`;
  return `mat1 and mat2 shapes cannot be multiplied (${rows(a)} and ${right})`;
}

/** Outer product of two vectors. */
export const outer = (a: Node, b: Node): Node =>
  dot(a, b, { lhsContract: [], rhsContract: [], lhsBatch: [], rhsBatch: [] });
