import type { Graph, Node } from '../graph/node';
import { dependents, topologicalOrder } from '../graph/node';
import { input, withSpan } from '../graph/operations';
import { simplify } from '../graph/simplify/simplify';
import { substitute } from '../graph/simplify/substitute';
import { hoistInvariants } from './hoistInvariants';

/** A program split by what is known first. */
export interface PartialEvaluation {
  /** From the inputs that do not vary to the residuals; run once per point. */
  readonly setup: Graph;
  /** From residuals, then the varying inputs, to the outputs of the whole; run once per probe. */
  readonly apply: Graph;
  /** What setup hands to apply, equal to `setup.outputs`. */
  readonly residuals: readonly Node[];
  /** setup and apply in one, for an engine that splits programs by itself. */
  readonly whole: Graph;
}

/**
 * Whether to compute a node again in apply rather than to keep its value: constants cost nothing, and for these
 * structural primitives the operand is no larger than the result and no work is saved.
 */
function isRecomputed(node: Node): boolean {
  switch (node.primitive) {
    case 'constant':
    case 'iota':
    case 'broadcast':
    case 'reshape':
      return true;
    // A mask or an index takes no more memory than the numbers made from it.
    case 'convert':
      return node.inputs[0]?.dtype !== 'float';
    default:
      return false;
  }
}

/** The values that apply needs from setup: what varying nodes read, followed back to what is worth keeping. */
function findResiduals(outputs: readonly Node[], order: readonly Node[], varies: ReadonlySet<Node>): Node[] {
  const pending = outputs.filter((output) => !varies.has(output));
  for (const node of order) if (varies.has(node)) pending.push(...node.inputs.filter((x) => !varies.has(x)));
  const seen = new Set<Node>();
  const residuals = new Set<Node>();
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (isRecomputed(node)) pending.push(...node.inputs);
    else residuals.add(node);
  }
  return [...residuals].sort((a, b) => a.id - b.id);
}

/**
 * Splits `graph` into a part that is independent of the inputs `varying` and the rest, so that
 * graph(fixed, varying) = apply(...setup(fixed), ...varying), after moving fixed factors together and simplifying. The values handed over are free of duplicates and of
 * what is cheaper to make anew. Inputs that do not vary and are read by apply are residuals too.
 */
export function partialEvaluate(graph: Graph, varying: readonly Node<'input'>[]): PartialEvaluation {
  const { outputs } = simplify(hoistInvariants(graph, varying));
  const order = topologicalOrder(outputs);
  const varies = dependents(order, varying);
  const residuals = findResiduals(outputs, order, varies);
  const handed = residuals.map((node, i) => withSpan(node.span, () => input(`residual${i}`, node.shape, node.dtype)));
  const replacements = new Map<Node, Node>(varying.map((node) => [node, node]));
  residuals.forEach((node, i) => {
    const replacement = handed[i];
    if (replacement !== undefined) replacements.set(node, replacement);
  });
  return {
    setup: { inputs: graph.inputs.filter((x) => !varies.has(x)), outputs: residuals },
    apply: { inputs: [...handed, ...varying], outputs: substitute(outputs, replacements) },
    residuals,
    whole: { inputs: graph.inputs, outputs },
  };
}
