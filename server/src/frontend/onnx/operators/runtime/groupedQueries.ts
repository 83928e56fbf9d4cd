/**
 * Causal attention whose queries share fewer keys and values (Ainslie et al. 2023), of one call: what ONNX Runtime computes for a
 * prompt. The lengths of the sequences only tell padded positions from others, whose results no loss looks at.
 */
import { elementCount, type Node } from '../../../../graph/node';
import { sliceAxis } from '../../../../graph/operations';
import { sizeAt } from '../../../compositions/axes';
import { repeatInterleave } from '../../../compositions/structure';
import type { Operator, OperatorCall } from '../../operatorCall';
import { fromHeads, inHeads } from '../heads';
import { turned } from '../rotary';
import { anglesAt } from './rotary';
import { attended, causal } from './scores';

/** Queries, keys and values in heads: given apart, or in one tensor [N, T, (heads + 2·shared)·E]. */
function given(call: OperatorCall, heads: number, shared: number): Node[] {
  const packed = call.input(0);
  const [key, value] = [call.optional(1), call.optional(2)];
  if (key !== undefined && value !== undefined)
    return [inHeads(call, packed, heads), inHeads(call, key, shared), inHeads(call, value, shared)];
  const whole = inHeads(call, packed, heads + 2 * shared);
  return [
    sliceAxis(whole, 1, 0, heads),
    sliceAxis(whole, 1, heads, heads + shared),
    sliceAxis(whole, 1, heads + shared, heads + 2 * shared),
  ];
}

const grouped: Operator = (call) => {
  const past = call.optional(3);
  if (past !== undefined && elementCount(past.shape) > 0)
    call.fail('keys and values of earlier calls are given; export the model without a cache');
  if (call.int('smooth_softmax', 0) === 1 || call.isGiven(11)) call.fail('a softmax with a sink is not read');
  const [heads, shared] = [call.int('num_heads', 0), call.int('kv_num_heads', 0)];
  const own = given(call, heads, shared);
  const length = sizeAt(own[0]?.shape ?? [], 2);
  const isTurned = call.int('do_rotary', 0) === 1;
  const turn = (x: Node): Node =>
    turned(x, anglesAt(call, [7, 8], call.optional(9), length), call.int('rotary_interleaved', 0) === 1);
  const [query, key, value] = own.map((x, i) => (isTurned && i < 2 ? turn(x) : x));
  if (query === undefined || key === undefined || value === undefined) return call.fail('an operand is missing');
  const spread = (x: Node): Node => repeatInterleave(x, heads / shared, 1);
  const y = attended(
    call,
    { query, key: spread(key), value: spread(value) },
    { biases: [call.optional(10)], visible: causal(length, length, call.int('local_window_size', -1)) },
  );
  return { outputs: [fromHeads(y), key, value] };
};

export const groupedQueries: Readonly<Record<string, Operator>> = { GroupQueryAttention: grouped };
