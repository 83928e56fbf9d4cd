/** Attention of ONNX Runtime: with the projections (Attention), or of projected queries, keys and values (MultiHeadAttention). */
import { elementCount, type Node } from '../../../../graph/node';
import { add, convert, reshape, sliceAxis } from '../../../../graph/operations';
import { sizeAt } from '../../../compositions/axes';
import { matmul } from '../../../compositions/linear';
import { stack } from '../../../compositions/structure';
import type { Operator, OperatorCall } from '../../operatorCall';
import { fromHeads, inHeads } from '../heads';
import { attended, causal, paddingBias, type Heads } from './scores';

const whole = (mask: Node | undefined): Node | undefined => (mask === undefined ? undefined : convert(mask, 'int'));

/** The parts of x along its last axis. */
function parts(x: Node, sizes: readonly number[]): Node[] {
  const last = x.shape.length - 1;
  let start = 0;
  return sizes.map((size) => sliceAxis(x, last, start, (start += size)));
}

/** With the bias of operand 4: scores of the heads, masks and all. */
function result(
  call: OperatorCall,
  heads: Heads,
  masks: { readonly padding: Node | undefined; readonly bias: Node | undefined },
): Node {
  const [batch, queries] = [sizeAt(heads.query.shape, 0), sizeAt(heads.query.shape, 2)];
  const keys = sizeAt(heads.key.shape, 2);
  const padding = paddingBias(call, whole(masks.padding), batch, keys);
  const visible = call.int('unidirectional', 0) === 1 ? causal(queries, keys) : undefined;
  return fromHeads(attended(call, heads, { biases: [padding, masks.bias], visible }));
}

/** x [N, T, D] times weights [D, Dq + Dk + Dv], then attention; also keys and values [2, N, heads, T, E]. */
const projected: Operator = (call) => {
  if (call.int('do_rotary', 0) === 1) call.fail('rotary positions inside of Attention are not read');
  refusePast(call, 4);
  const [x, weights, bias] = [call.input(0), call.input(1), call.optional(2)];
  const width = sizeAt(weights.shape, 1);
  const sizes = call.ints('qkv_hidden_sizes') ?? [width / 3, width / 3, width / 3];
  const joined = matmul(x, weights);
  const count = call.int('num_heads', 0);
  const [query = x, key = x, value = x] = parts(bias === undefined ? joined : add(joined, bias), sizes).map((part) =>
    inHeads(call, part, count),
  );
  const y = result(call, { query, key, value }, { padding: call.optional(3), bias: call.optional(5) });
  return { outputs: [y, ...(call.node.output.length > 1 ? [stack([key, value], 0)] : [])] };
};

/** A past that holds positions: those of calls before this one. */
function refusePast(call: OperatorCall, index: number): void {
  const past = call.optional(index);
  if (past !== undefined && elementCount(past.shape) > 0)
    call.fail('keys and values of earlier calls are given; export the model without a cache');
}

/** [N, T, heads, count, E] → `count` times [N, T, heads·E] */
const unpacked = (x: Node, count: number): Node[] => {
  const [batch = 0, length = 0, heads = 0, , size = 0] = x.shape;
  return Array.from({ length: count }, (_, i) => reshape(sliceAxis(x, 3, i, i + 1), [batch, length, heads * size]));
};

/** Queries, keys and values [N, T, D]: given apart, or packed into one or two tensors. */
function given(call: OperatorCall): readonly [query: Node, key: Node, value: Node] {
  const query = call.input(0);
  const [key, value] = [call.optional(1), call.optional(2)];
  if (query.shape.length === 5) {
    const [q = query, k = query, v = query] = unpacked(query, 3);
    return [q, k, v];
  }
  if (key?.shape.length === 5) {
    const [k = key, v = key] = unpacked(key, 2);
    return [query, k, v];
  }
  return [query, call.input(1), value ?? call.input(2)];
}

const multiHead: Operator = (call) => {
  refusePast(call, 6);
  const count = call.int('num_heads', 0);
  const own = given(call);
  const bias = call.optional(3);
  // Keys and values that are in heads already have their bias.
  const sizes = own.map((x) => (x.shape.length === 4 ? 0 : sizeAt(x.shape, 2)));
  const biases = bias === undefined ? [] : parts(bias, sizes);
  const [query, key, value] = own.map((x, i) => {
    const shift = biases[i];
    return inHeads(call, shift === undefined || x.shape.length === 4 ? x : add(x, shift), count);
  });
  if (query === undefined || key === undefined || value === undefined) return call.fail('an operand is missing');
  const y = result(call, { query, key, value }, { padding: call.optional(4), bias: call.optional(5) });
  return { outputs: [y, key, value] };
};

export const attending: Readonly<Record<string, Operator>> = { Attention: projected, MultiHeadAttention: multiHead };
