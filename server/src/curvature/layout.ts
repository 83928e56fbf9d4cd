import type { Node } from '../graph/node';
import type { Primitive } from '../graph/primitives';

/** Moves entries without changing them. */
export const isLayout = (primitive: Primitive): boolean => primitive === 'reshape' || primitive === 'transpose';

/** What a node shows in another layout. */
export function origin(node: Node): Node {
  let seen = node;
  while (isLayout(seen.primitive)) seen = seen.inputs[0] as Node;
  return seen;
}
