import type { Node } from '../node';
import type { Primitive } from '../primitives';

/**
 * Another way to compute `node`, cheaper or closer to a normal form, or undefined. Looks at operands only, never at
 * users, so that one pass in topological order reaches the fixed point.
 */
export type Rewrite<P extends Primitive> = (node: Node<P>) => Node | undefined;

export type RewriteTable = { readonly [P in Primitive]?: Rewrite<P> };

/** Applies the row of the node's primitive, if the table has one. */
export const rewriteBy = (table: RewriteTable, node: Node): Node | undefined =>
  (table[node.primitive] as unknown as Rewrite<Primitive> | undefined)?.(node);
