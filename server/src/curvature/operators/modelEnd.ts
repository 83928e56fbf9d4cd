import { dependents, elementCount, topologicalOrder, type Node } from '../../graph/node';
import type { Primitive } from '../../graph/primitives';
import type { LossGraph } from '../problem';

/**
 * The last nodes in which the data meet parameters: behind them a loss is computed without the model. Logits, where a softmax without parameters follows them; several nodes
 * where several outputs are scored. None where data and parameters do not meet. What a loss adds of parameters alone (weight decay) is no meeting.
 */
export function modelEnd({ loss, parameters, data }: Pick<LossGraph, 'loss' | 'parameters' | 'data'>): Node[] {
  const order = topologicalOrder([loss]);
  const ofParameters = dependents(order, parameters);
  const ofData = dependents(order, data);
  const sums = sumsOf(loss);
  const isMixed = (node: Node): boolean => ofParameters.has(node) && ofData.has(node);
  const meets = (node: Node): boolean =>
    isMixed(node) && !sums.has(node) && node.inputs.some((x) => ofParameters.has(x) && !ofData.has(x));
  const inModel = new Set<Node>();
  const scored = new Set<Node>([loss]);
  for (const node of order.toReversed()) {
    if (meets(node)) inModel.add(node);
    const found = inModel.has(node) ? inModel : scored;
    for (const x of node.inputs) if (isMixed(x)) found.add(x);
  }
  return [...scored].filter((node) => inModel.has(node));
}

const SUMMING: ReadonlySet<Primitive> = new Set(['add', 'sub', 'neg', 'reshape']);

/** The nodes by which a scalar loss is the sum of its terms. */
function sumsOf(loss: Node): Set<Node> {
  const found = new Set<Node>();
  const pending = [loss];
  for (let node = pending.pop(); node !== undefined; node = pending.pop())
    if (SUMMING.has(node.primitive) && elementCount(node.shape) === 1 && !found.has(node)) {
      found.add(node);
      pending.push(...node.inputs);
    }
  return found;
}
