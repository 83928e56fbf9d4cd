/** Widths of attention, split into heads and joined again. */
import type { Node } from '../../../graph/node';
import { reshape, transpose } from '../../../graph/operations';
import type { OperatorCall } from '../operatorCall';

/** [N, T, heads·E] → [N, heads, T, E]; four axes stay. */
export function inHeads(call: OperatorCall, x: Node, heads: number): Node {
  if (x.shape.length === 4) return x;
  const [batch = 0, length = 0, width = 0] = x.shape;
  if (heads < 1 || width % heads !== 0) call.fail(`${heads} heads for a width of ${width}`);
  return transpose(reshape(x, [batch, length, heads, width / heads]), [0, 2, 1, 3]);
}

/** [N, heads, T, E] → [N, T, heads·E] */
export function fromHeads(x: Node): Node {
  const [batch = 0, heads = 0, length = 0, size = 0] = x.shape;
  return reshape(transpose(x, [0, 2, 1, 3]), [batch, length, heads * size]);
}
