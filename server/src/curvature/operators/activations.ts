/** The inputs of weights as nodes of a loss. */
import { dependents, topologicalOrder, type Node } from '../../graph/node';
import { origin } from '../layout';
import type { LossGraph, Problem } from '../problem';

export interface Activation {
  /** Of the weights that it meets. */
  readonly name: string;
  readonly node: Node;
}

/** Of the loss of n samples: operands of contractions with something made of parameters alone, one row per sample, in the order of execution. The model's own inputs are left out. */
export function activationsOf({ loss, parameters, data }: LossGraph, n: number, problem: Problem): Activation[] {
  const order = topologicalOrder([loss]);
  const ofData = dependents(order, data);
  const names = new Map<Node, string[]>();
  for (const product of order) {
    if (product.primitive !== 'dot' && product.primitive !== 'conv') continue;
    const varying = product.inputs.filter((x) => ofData.has(x));
    const [operand] = varying;
    if (operand === undefined || varying.length > 1) continue;
    const node = origin(operand);
    if (node.primitive === 'input' || node.shape[0] !== n || node.shape.length < 2) continue;
    const behind = new Set(topologicalOrder(product.inputs.filter((x) => x !== operand)));
    const own = parameters.flatMap((parameter, i) =>
      behind.has(parameter) ? (problem.parameters[i]?.name ?? []) : [],
    );
    if (own.length > 0) names.set(node, [...(names.get(node) ?? []), ...own]);
  }
  return [...names]
    .sort(([a], [b]) => a.id - b.id)
    .map(([node, own]) => ({ name: [...new Set(own)].join(', '), node }));
}
