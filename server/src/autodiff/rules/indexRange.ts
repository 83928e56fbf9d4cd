/**
 * Indices outside an axis read NaN and write nothing. Rules that exchange reading and writing, or fold a batch
 * axis into the indexed one, must keep that; they need no guard where the range of an index is plain.
 */
import type { Node } from '../../graph/node';
import { elementCount, operand } from '../../graph/node';
import * as op from '../../graph/operations';

/** Whether every element of `index` lies in [0, size), as far as structure tells. */
export function isWithin(index: Node, size: number): boolean {
  let source: Node = index;
  for (;;) {
    switch (source.primitive) {
      case 'constant':
        return source.parameters.data.every((i) => i >= 0 && i < size);
      case 'iota':
        return (source.shape[source.parameters.axis] ?? 0) <= size;
      case 'argmax':
      case 'argsort':
        return (operand(source, 0).shape[source.parameters.axis] ?? 0) <= size;
      case 'windowArgmax':
        return elementCount(operand(source, 0).shape.slice(2)) <= size;
      case 'reshape':
      case 'broadcast':
      case 'transpose':
      case 'slice':
      case 'reverse':
        source = operand(source, 0);
        break;
      default:
        return false;
    }
  }
}

/** bool: whether each element of `index` lies in [0, size). */
export const inRange = (index: Node, size: number): Node =>
  op.and(op.le(op.full(0, [], 'int'), index), op.lt(index, op.full(size, [], 'int')));
