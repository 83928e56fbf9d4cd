/** Rotary positions as ONNX Runtime has them: operands in another order than ONNX's, and an offset in place of all positions. */
import type { Node } from '../../../../graph/node';
import { add, convert, iota, reshape, sliceAxis, take } from '../../../../graph/operations';
import { elementCount } from '../../../../graph/node';
import { sizeAt } from '../../../compositions/axes';
import type { Operator, OperatorCall } from '../../operatorCall';
import { fromHeads, inHeads } from '../heads';
import { forHeads, turned, type Angles } from '../rotary';

/** Angles of the tables in operands `cos` and `sin` at `positions`: [N, T], an offset [1], or undefined for 0, 1, …. */
export function anglesAt(
  call: OperatorCall,
  [cos, sin]: readonly [cos: number, sin: number],
  positions: Node | undefined,
  length: number,
): Angles {
  const rows = (index: number): Node => {
    const table = call.input(index);
    if (positions === undefined) return forHeads(sliceAxis(table, 0, 0, length), length);
    const whole = convert(positions, 'int');
    const isOffset = elementCount(whole.shape) === 1 && length > 1;
    return forHeads(take(table, isOffset ? add(reshape(whole, []), iota([length], 0)) : whole, 0), length);
  };
  return { cos: rows(cos), sin: rows(sin) };
}

const rotary: Operator = (call) => {
  const given = call.input(0);
  if (call.int('is_packed_batching', 0) === 1) call.fail('packed batches are not read');
  const angle = call.input(2);
  const width = call.int('rotary_embedding_dim', 0) || 2 * sizeAt(angle.shape, 1);
  const heads = call.int('num_heads', 0) || sizeAt(given.shape, 2) / width;
  const x = inHeads(call, given, heads);
  const angles = anglesAt(call, [2, 3], call.input(1), sizeAt(x.shape, 2));
  const whole = turned(x, angles, call.int('interleaved', 0) === 1);
  return given.shape.length === 4 ? whole : fromHeads(whole);
};

export const turning: Readonly<Record<string, Operator>> = { RotaryEmbedding: rotary };
