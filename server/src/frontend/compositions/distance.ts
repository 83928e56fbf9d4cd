/** Distances and similarities of vectors. */
import type { Node } from '../../graph/node';
import { add, broadcastTo, div, full, max, mul, reduceSum, sub } from '../../graph/operations';
import { normaliseAxis, unsqueeze } from './axes';
import { vectorNorm } from './reductions';

/** ‖x1 − x2 + eps‖_p over the last axis. */
export const pairwiseDistance = (x1: Node, x2: Node, order: number, eps: number, keepdim = false): Node =>
  vectorNorm(add(sub(x1, x2), full(eps)), order, [-1], keepdim);

/** x1·x2 / (max(‖x1‖, eps)·max(‖x2‖, eps)) along an axis of the broadcast operands. */
export function cosineSimilarity(x1: Node, x2: Node, dim: number, eps: number): Node {
  const product = mul(x1, x2);
  const axis = normaliseAxis(dim, product.shape.length);
  const unit = (x: Node): Node => {
    const whole = broadcastTo(x, product.shape);
    return div(whole, max(vectorNorm(whole, 2, [axis], true), full(eps)));
  };
  return reduceSum(mul(unit(x1), unit(x2)), [axis]);
}

/** x/max(‖x‖_p, eps) along axes. */
export const normalize = (x: Node, order: number, dims: readonly number[], eps: number): Node =>
  div(x, max(vectorNorm(x, order, dims, true), full(eps)));

/** All distances between rows of x1 [..., P, D] and x2 [..., R, D] → [..., P, R]. */
export function cdist(x1: Node, x2: Node, order: number): Node {
  const rank = x1.shape.length;
  return vectorNorm(sub(unsqueeze(x1, rank - 1), unsqueeze(x2, x2.shape.length - 2)), order, [-1]);
}
