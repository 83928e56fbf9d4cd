import type { Node } from '../node';
import { emit, withSpan } from '../operations';

/** The same primitive and parameters, and the same source span, on other operands; `node` itself if they are its own. */
export function withInputs(node: Node, inputs: readonly Node[]): Node {
  return inputs.every((x, i) => x === node.inputs[i])
    ? node
    : withSpan(node.span, () => emit(node.primitive, inputs, node.parameters));
}

/** What `outputs` reach without passing through a node that is `known`, operands before users. */
export function unknownOrder(outputs: readonly Node[], known: { has(node: Node): boolean }): Node[] {
  const reached = new Set<Node>();
  const pending = [...outputs];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (reached.has(node) || known.has(node)) continue;
    reached.add(node);
    pending.push(...node.inputs);
  }
  return [...reached].sort((a, b) => a.id - b.id);
}

/**
 * `outputs` with every key of `replacements` replaced by its value (of the same type). Nodes that do not depend on a
 * key are shared, the others are made anew.
 */
export function substitute(outputs: readonly Node[], replacements: ReadonlyMap<Node, Node>): Node[] {
  const known = new Map<Node, Node>(replacements);
  const current = (node: Node): Node => known.get(node) ?? node;
  for (const node of unknownOrder(outputs, replacements)) {
    const replaced = withInputs(node, node.inputs.map(current));
    if (replaced !== node) known.set(node, replaced);
  }
  return outputs.map(current);
}
