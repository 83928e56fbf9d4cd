/** The last step of a loss. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import { reduceSum, scale } from '../../../graph/operations';

export type Reduction = 'none' | 'mean' | 'sum';

/** Elements as they are, their sum, or their mean. */
export function reduceLoss(loss: Node, reduction: Reduction): Node {
  if (reduction === 'none') return loss;
  const total = reduceSum(
    loss,
    loss.shape.map((_, i) => i),
  );
  return reduction === 'sum' ? total : scale(total, 1 / elementCount(loss.shape));
}
