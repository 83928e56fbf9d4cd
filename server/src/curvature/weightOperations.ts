/** How many multiplications every weight takes part in, from the graph of the loss. */
import type { Node } from '../graph/node';
import { dependents, topologicalOrder } from '../graph/node';
import { operationsOf } from '../graph/operationsOf';
import type { Problem } from './problem';

/** Multiplications per sample of contractions with something made of the parameter alone, in the order of `Problem.parameters`. */
export function weightMultiplications(problem: Problem): number[] {
  const graph = problem.trace(1);
  const order = topologicalOrder([graph.loss]);
  const ofData = dependents(order, graph.data);
  const contractions = order.filter((node) => node.primitive === 'dot' || node.primitive === 'conv');
  return graph.parameters.map((parameter) => {
    const ofParameter = dependents(order, [parameter]);
    const isWeight = (node: Node): boolean => ofParameter.has(node) && !ofData.has(node);
    return contractions
      .filter((node) => ofData.has(node) && node.inputs.some(isWeight))
      .reduce((sum, node) => sum + operationsOf(node) / 2, 0);
  });
}
