import type { Node } from '../../../graph/node';
import type { Primitive, Shape } from '../../../graph/primitives';
import type { Forms, LoweringContext } from './value';
import { Value } from './value';

/**
 * How a primitive is written in ONNX operators. Neither the result nor all of the operands that decide it are empty:
 * those cases are settled before.
 */
export type Lowering<P extends Primitive> = (
  node: Node<P>,
  operands: readonly Value[],
  context: LoweringContext,
) => Value;

export function operandAt(operands: readonly Value[], index: number): Value {
  const found = operands[index];
  if (found === undefined) throw new RangeError(`operand ${index} is missing`);
  return found;
}

/** The row-major result of `node`, complete. */
export const plainValue = (context: LoweringContext, node: Node, plain: string): Value =>
  new Value(context, node.shape, node.dtype, node.shape, { plain });

/** The result of `node`, of which only the sizes `present` are stored. */
export const partialValue = (context: LoweringContext, node: Node, present: Shape, forms: Forms): Value =>
  new Value(context, node.shape, node.dtype, present, forms);
