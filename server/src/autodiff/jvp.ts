import type { Node } from '../graph/node';
import { topologicalOrder } from '../graph/node';
import { withSpan } from '../graph/operations';
import type { Primitive } from '../graph/primitives';
import type { JvpRule, Tangent } from './rules/jvpRules';
import { jvpRules } from './rules/jvpRules';

/** The rule of a node whose primitive is known at run time only: each row gets exactly the nodes it is typed for. */
const ruleOf = (node: Node): JvpRule<Primitive> => jvpRules[node.primitive] as unknown as JvpRule<Primitive>;

/** The derivative of one node along the tangents of its operands; null where it is zero by structure. */
export const tangentOf = (node: Node, operands: readonly Tangent[]): Tangent =>
  node.dtype !== 'float' || operands.every((tangent) => tangent === null)
    ? null
    : withSpan(node.span, () => ruleOf(node)(node, operands));

/**
 * Jacobian-vector product, forward mode: the derivative of `outputs` in the direction that moves each key of
 * `tangents` by its value (same shape, float). Keys may be any nodes; a key inside the graph is cut from what
 * computes it. Emits nothing for nodes that do not depend on a key.
 *
 * Returns one tangent per output, null where it is zero by structure.
 * Throws `DifferentiationError` for a primitive without derivative on the way.
 */
export function jvp(outputs: readonly Node[], tangents: ReadonlyMap<Node, Node>): Tangent[] {
  const known = new Map<Node, Node>(tangents);
  for (const node of topologicalOrder(outputs)) {
    if (known.has(node)) continue;
    const tangent = tangentOf(
      node,
      node.inputs.map((input) => known.get(input) ?? null),
    );
    if (tangent !== null) known.set(node, tangent);
  }
  return outputs.map((output) => known.get(output) ?? null);
}
