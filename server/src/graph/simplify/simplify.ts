import type { Graph, Node } from '../node';
import { withSpan } from '../operations';
import { algebraicRewrites } from './algebraic';
import { sinkBroadcasts } from './broadcastSinking';
import { createNodeTable } from './commonSubexpressions';
import { foldConstant } from './constantFolding';
import { rewriteBy } from './rewrite';
import { structuralRewrites } from './structural';
import { unknownOrder, withInputs } from './substitute';

const rewrite = (node: Node): Node | undefined =>
  rewriteBy(algebraicRewrites, node) ?? rewriteBy(structuralRewrites, node) ?? sinkBroadcasts(node);

/**
 * The same function with fewer and cheaper nodes: arithmetic identities, normal forms of shape changes, elementwise
 * work before repetition, small constants folded, equal values computed once. Inputs and their order, and the source
 * spans, are kept; non-finite values propagate as before. Time grows linearly with the size of the graph.
 */
export function simplify(graph: Graph): Graph {
  const table = createNodeTable();
  /** Every node met so far and its simplest equal; simplest nodes are their own. */
  const simplest = new Map<Node, Node>();
  const constants = new Set<Node>();
  const current = (node: Node): Node => simplest.get(node) ?? node;

  const finish = (node: Node): Node => {
    const isConstant = node.primitive !== 'input' && node.inputs.every((x) => constants.has(x));
    const folded = isConstant ? withSpan(node.span, () => foldConstant(node)) : undefined;
    if (folded !== undefined) return settle(folded);
    const shared = table.intern(node);
    if (isConstant) constants.add(shared);
    simplest.set(shared, shared);
    return shared;
  };
  /** The simplest equal of a node whose operands are simplest. Recursion is as deep as rewrites follow each other. */
  const simplifyNode = (node: Node): Node => {
    if (simplest.has(node)) return current(node);
    const replacement = withSpan(node.span, () => rewrite(node));
    return replacement === undefined ? finish(node) : settle(replacement);
  };
  /** Simplifies all that `root` reaches and has not been met. */
  const settle = (root: Node): Node => {
    for (const node of unknownOrder([root], simplest))
      simplest.set(node, simplifyNode(withInputs(node, node.inputs.map(current))));
    return current(root);
  };
  for (const node of unknownOrder(graph.outputs, simplest))
    simplest.set(node, simplifyNode(withInputs(node, node.inputs.map(current))));
  return { inputs: graph.inputs, outputs: graph.outputs.map(current) };
}
