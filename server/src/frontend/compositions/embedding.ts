/** Rows of a table by index. */
import type { Node } from '../../graph/node';
import {
  and,
  broadcast,
  convert,
  div,
  eq,
  full,
  gt,
  mul,
  not,
  reduceSum,
  select,
  stopGradient,
  take,
} from '../../graph/operations';
import { ShapeError } from '../../graph/shapes';
import { alignLeading, sizeAt } from './axes';
import { maxAlong } from './reductions';

const aligned = (perIndex: Node, rows: Node): Node =>
  broadcast(
    perIndex,
    rows.shape,
    perIndex.shape.map((_, i) => i),
  );

/** weight[index]: index [...], weight [V, D] → [..., D]. The row `paddingIndex` is read but gets no gradient. */
export function embedding(index: Node, weight: Node, paddingIndex?: number): Node {
  if (weight.shape.length !== 2) throw new ShapeError("'weight' must be 2-D");
  const rows = take(weight, index, 0);
  if (paddingIndex === undefined) return rows;
  const wanted = paddingIndex < 0 ? paddingIndex + sizeAt(weight.shape, 0) : paddingIndex;
  const padding = aligned(eq(index, full(wanted, [], 'int')), rows);
  return select(padding, stopGradient(rows), rows);
}

/**
 * Rows of each bag reduced: index [B, L] → [B, D]. Padding entries, and those that are not among `members` (bool [B, L]),
 * count neither in sums nor in means; a bag of none of them gives zeros.
 */
export function embeddingBag(
  index: Node,
  weight: Node,
  mode: 'sum' | 'mean' | 'max',
  paddingIndex?: number,
  perSampleWeights?: Node,
  members?: Node,
): Node {
  const rows = embedding(index, weight, paddingIndex);
  const wanted =
    paddingIndex === undefined ? undefined : paddingIndex < 0 ? paddingIndex + sizeAt(weight.shape, 0) : paddingIndex;
  const read = wanted === undefined ? full(1, index.shape, 'bool') : not(eq(index, full(wanted, [], 'int')));
  const present = members === undefined ? read : and(read, members);
  const factor = convert(present, 'float');
  if (mode === 'max') {
    const hidden = select(aligned(present, rows), rows, full(-Infinity));
    const filled = gt(alignLeading(reduceSum(factor, [1]), 1), full(0));
    return select(filled, maxAlong(hidden, 1).values, full(0));
  }
  const weighted = mul(rows, alignLeading(perSampleWeights === undefined ? factor : mul(factor, perSampleWeights), 1));
  const sums = reduceSum(weighted, [1]);
  if (mode === 'sum') return sums;
  const counts = reduceSum(factor, [1]);
  return div(sums, alignLeading(select(eq(counts, full(0)), full(1), counts), 1));
}
