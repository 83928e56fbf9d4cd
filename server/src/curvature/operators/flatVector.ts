/** The flat vector of all parameters inside a graph. */
import type { Node } from '../../graph/node';
import * as op from '../../graph/operations';
import type { ParameterBlock } from '../problem';

/** v [p] → one node per parameter, of its shape. */
export const splitFlat = (v: Node, parameters: readonly ParameterBlock[]): Node[] =>
  parameters.map(({ offset, size, shape }) => op.reshape(op.sliceAxis(v, 0, offset, offset + size), shape));

/** One node per parameter → [p]. */
export const joinFlat = (parts: readonly Node[], parameters: readonly ParameterBlock[]): Node =>
  op.concat(
    parts.map((part, i) => op.reshape(part, [parameters[i]?.size ?? 0])),
    0,
  );
