/** Scaled dot-product attention. */
import type { Node } from '../../graph/node';
import { add, full, scale as scaleBy, select } from '../../graph/operations';
import { ShapeError } from '../../graph/shapes';
import { sizeAt } from './axes';
import { matmul } from './linear';
import { safeSoftmax, softmax } from './softmax';
import { lowerTriangle, repeatInterleave, swapAxes } from './structure';

export interface AttentionOptions {
  /** bool (true: attend) or float (added to the scores), broadcast to [..., L, S]. */
  readonly mask?: Node;
  readonly causal?: boolean;
  /** 1/√E when undefined. */
  readonly scale?: number;
  /** Keys and values have fewer heads (axis −3) than queries and are shared by groups of them. */
  readonly groupedQueries?: boolean;
  /** Applied to the attention weights (dropout). */
  readonly onWeights?: (weights: Node) => Node;
}

/** softmax(q kᵀ·scale + mask) v: q [..., L, E], k [..., S, E], v [..., S, Ev]. A row without any key gives 0. */
export function scaledDotProductAttention(query: Node, key: Node, value: Node, options: AttentionOptions = {}): Node {
  const { mask, causal = false, groupedQueries = false, onWeights } = options;
  if (causal && mask !== undefined)
    throw new ShapeError('_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True');
  const rank = query.shape.length;
  const [length, size] = [sizeAt(query.shape, rank - 2), sizeAt(query.shape, rank - 1)];
  const shared = (x: Node): Node =>
    groupedQueries && rank >= 3
      ? repeatInterleave(x, sizeAt(query.shape, rank - 3) / sizeAt(x.shape, rank - 3), rank - 3)
      : x;
  const [keys, values] = [shared(key), shared(value)];
  const factor = options.scale ?? 1 / Math.sqrt(size);
  const scores = scaleBy(matmul(query, swapAxes(keys, -2, -1)), factor);
  const masked = causal
    ? select(lowerTriangle(length, sizeAt(keys.shape, keys.shape.length - 2), 0), scores, full(-Infinity))
    : mask === undefined
      ? scores
      : mask.dtype === 'bool'
        ? select(mask, scores, full(-Infinity))
        : add(scores, mask);
  // Only a mask can leave a row empty; the plain softmax has fewer operations.
  const weights = mask === undefined ? softmax(masked, -1) : safeSoftmax(masked, -1);
  return matmul(onWeights === undefined ? weights : onWeights(weights), values);
}
