import type { Graph, Node } from '../graph/node';
import { topologicalOrder } from '../graph/node';
import { input, withSpan } from '../graph/operations';
import type { Primitive } from '../graph/primitives';
import type { Batched } from './batchAxis';
import { withAxisAt } from './batchAxis';
import type { BatchingRule } from './rules/batchingRules';
import { batchingRules } from './rules/batchingRules';

const ruleOf = (node: Node): BatchingRule<Primitive> =>
  batchingRules[node.primitive] as unknown as BatchingRule<Primitive>;

/**
 * Maps a graph over a batch of `size`: each input in `batched` is replaced by a new one with an extra leading axis of
 * that size, the others stay, and every output gets the leading axis, equal to running the graph once per entry.
 * In between the batch axis sits wherever each primitive leaves it cheapest.
 */
export function vmap(graph: Graph, batched: ReadonlySet<Node<'input'>>, size: number): Graph {
  const known = new Map<Node, Batched>();
  const inputs = graph.inputs.map((x) => {
    if (!batched.has(x)) return x;
    const replaced = withSpan(x.span, () => input(x.parameters.name, [size, ...x.shape], x.dtype));
    known.set(x, { node: replaced, axis: 0 });
    return replaced;
  });
  const current = (node: Node): Batched => known.get(node) ?? { node, axis: null };
  for (const node of topologicalOrder(graph.outputs)) {
    if (known.has(node) || !node.inputs.some((x) => known.has(x))) continue;
    known.set(
      node,
      withSpan(node.span, () => ruleOf(node)(node, node.inputs.map(current), size)),
    );
  }
  const outputs = graph.outputs.map((output) => withSpan(output.span, () => withAxisAt(current(output), 0, size)));
  return { inputs, outputs };
}
