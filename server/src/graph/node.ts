import type { DType, Primitive, PrimitiveParameters, Shape } from './primitives';

/** A half-open range of source text. Lines and columns count from 1; columns count UTF-16 code units. */
export interface SourceSpan {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

interface NodeOf<P extends Primitive> {
  /** Unique in the process; grows with creation, so operands have smaller ids. */
  readonly id: number;
  readonly primitive: P;
  readonly inputs: readonly Node[];
  readonly parameters: PrimitiveParameters[P];
  readonly shape: Shape;
  readonly dtype: DType;
  /** The source expression that made this node, kept through every transformation. */
  readonly span: SourceSpan | undefined;
}

/** One value of a graph and the primitive that computes it: SSA, one result per node. */
export type Node<P extends Primitive = Primitive> = { [Q in Primitive]: NodeOf<Q> }[P];

/** A function of `inputs` (all `input` nodes) to `outputs`; its body is what the outputs reach. */
export interface Graph {
  readonly inputs: readonly Node<'input'>[];
  readonly outputs: readonly Node[];
}

/** Number of elements of a shape. */
export function elementCount(shape: Shape): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** All nodes the outputs reach, operands before users. Iterative: graphs are deeper than the call stack. */
export function topologicalOrder(outputs: readonly Node[]): Node[] {
  const reached = new Map<number, Node>();
  const pending = [...outputs];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (reached.has(node.id)) continue;
    reached.set(node.id, node);
    pending.push(...node.inputs);
  }
  // Operands are always created before their users.
  return [...reached.values()].sort((a, b) => a.id - b.id);
}

/** The nodes of `order` that depend on any of `sources` (sources included). `order` is topological. */
export function dependents(order: readonly Node[], sources: Iterable<Node>): Set<Node> {
  const dependent = new Set<Node>(sources);
  for (const node of order) if (node.inputs.some((input) => dependent.has(input))) dependent.add(node);
  return dependent;
}

/** Operand `index` of a node; a missing one is a defect of the code that made the node. */
export function operand(node: Node, index: number): Node {
  const found = node.inputs[index];
  if (found === undefined) throw new RangeError(`'${node.primitive}' has no operand ${index}`);
  return found;
}
