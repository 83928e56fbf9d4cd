/** Attention as one operator. */
import type { Node } from '../../../graph/node';
import {
  add,
  and,
  concat,
  convert,
  full,
  iota,
  le,
  lt,
  pad,
  reshape,
  scale,
  select,
  sub,
  tanh,
} from '../../../graph/operations';
import { sizeAt } from '../../compositions/axes';
import { matmul } from '../../compositions/linear';
import { safeSoftmax } from '../../compositions/softmax';
import { repeatInterleave, swapAxes } from '../../compositions/structure';
import type { Operator, OperatorCall } from '../operatorCall';
import { fromHeads, inHeads } from './heads';

/** The cache before, along the positions. */
const after = (past: Node | undefined, x: Node): Node => (past === undefined ? x : concat([past, x], 2));

/** Masks end where their last axis does; positions beyond it are not attended. */
function widened(mask: Node, keys: number): Node {
  const last = mask.shape.length - 1;
  const missing = keys - sizeAt(mask.shape, last);
  if (missing <= 0 || sizeAt(mask.shape, last) === 1) return mask;
  const none = mask.shape.map(() => 0);
  const behind = mask.shape.map((_, axis) => (axis === last ? missing : 0));
  if (mask.dtype === 'bool') return convert(pad(convert(mask, 'int'), none, behind), 'bool');
  const rest = mask.shape.map((size, axis) => (axis === last ? missing : size));
  return concat([mask, full(-Infinity, rest)], last);
}

/** Which keys [.., S] each query [.., L] may see by position, bool; undefined: all. */
function visible(call: OperatorCall, queries: number, keys: number, past: number): Node | undefined {
  const shape = [queries, keys];
  const filled = call.optional(6);
  const lengths =
    filled === undefined ? undefined : reshape(convert(filled, 'int'), [sizeAt(filled.shape, 0), 1, 1, 1]);
  const offset = lengths === undefined ? full(past, [], 'int') : sub(lengths, full(queries, [], 'int'));
  const place = add(iota(shape, 0), offset);
  const key = iota(shape, 1);
  const [left, right] = [call.int('left_window_size', -1), call.int('right_window_size', -1)];
  const bounds = [
    ...(call.int('is_causal', 0) === 1 ? [le(key, place)] : []),
    ...(left >= 0 ? [le(sub(place, full(left, [], 'int')), key)] : []),
    ...(right >= 0 ? [le(key, add(place, full(right, [], 'int')))] : []),
    ...(lengths === undefined ? [] : [lt(key, lengths)]),
  ];
  return bounds.length === 0 ? undefined : bounds.reduce(and);
}

/** softmax(cap(Q Kᵀ·scale) + mask) V, where keys and values may have fewer heads than queries. */
const attention: Operator = (call) => {
  const flat = call.input(0).shape.length === 3;
  const query = inHeads(call, call.input(0), call.int('q_num_heads', 0));
  const heads = call.int('kv_num_heads', 0);
  const key = after(call.optional(4), inHeads(call, call.input(1), heads));
  const value = after(call.optional(5), inHeads(call, call.input(2), heads));
  const shared = (x: Node): Node => repeatInterleave(x, sizeAt(query.shape, 1) / sizeAt(x.shape, 1), 1);
  const [queries, keys] = [sizeAt(query.shape, 2), sizeAt(key.shape, 2)];
  const past = call.optional(4) === undefined ? 0 : sizeAt(call.input(4).shape, 2);
  const factor = call.float('scale', 1 / Math.sqrt(sizeAt(query.shape, 3)));
  const products = scale(matmul(query, swapAxes(shared(key), -2, -1)), factor);
  const cap = call.float('softcap', 0);
  const capped = cap > 0 ? scale(tanh(scale(products, 1 / cap)), cap) : products;
  const given = call.optional(3);
  const mask = given === undefined ? undefined : widened(given, keys);
  const biased =
    mask === undefined ? capped : mask.dtype === 'bool' ? select(mask, capped, full(-Infinity)) : add(capped, mask);
  const seen = visible(call, queries, keys, past);
  const scores = seen === undefined ? biased : select(seen, biased, full(-Infinity));
  const weights = safeSoftmax(scores, -1);
  const result = matmul(weights, shared(value));
  const stages = [products, capped, scores, weights];
  return {
    outputs: [flat ? fromHeads(result) : result, key, value, stages[call.int('qk_matmul_output_mode', 0)] ?? products],
  };
};

export const attending: Readonly<Record<string, Operator>> = { Attention: attention };
