/** How much there is to compute before the value of a constant is known. Reading code is no place for the arithmetic of a large model. */
import { isConstantEvaluated } from '../../../graph/evaluate/evaluate';
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import { operationsOf } from '../../../graph/operationsOf';
import { isLazyConstant, sourcesOf } from './lazyConstant';

/** Operations that drawing a random number is worth. */
const OPERATIONS_OF_A_DRAW = 20;

/** Each element is at least written once. */
function ownWork(node: Node): number {
  const count = elementCount(node.shape);
  return isLazyConstant(node)
    ? OPERATIONS_OF_A_DRAW * count
    : node.primitive === 'constant'
      ? 0
      : Math.max(count, operationsOf(node));
}

/** Operations that are left to do for the value of a node; the count ends soon after it has passed `enough`. */
export function constantWork(node: Node, enough: number): number {
  const seen = new Set<Node>();
  const waiting = [node];
  let work = 0;
  for (let next = waiting.pop(); next !== undefined && work <= enough; next = waiting.pop()) {
    if (seen.has(next) || isConstantEvaluated(next)) continue;
    seen.add(next);
    work += ownWork(next);
    waiting.push(...next.inputs, ...sourcesOf(next));
  }
  return work;
}
