/** What ONNX Runtime's operators of attention share. */
import type { Node } from '../../../../graph/node';
import {
  add,
  full,
  iota,
  le,
  lt,
  or,
  reshape,
  scale,
  select,
  sliceAxis,
  sub,
  tanh,
} from '../../../../graph/operations';
import { sizeAt } from '../../../compositions/axes';
import { matmul } from '../../../compositions/linear';
import { softmax } from '../../../compositions/softmax';
import { swapAxes } from '../../../compositions/structure';
import type { OperatorCall } from '../../operatorCall';

/** Of queries, keys and values, each [N, heads, T, E]. */
export interface Heads {
  readonly query: Node;
  readonly key: Node;
  readonly value: Node;
}

export interface Masks {
  /** Added to the scores. */
  readonly biases: readonly (Node | undefined)[];
  /** Which keys [.., T] each query [.., S] may see, bool. */
  readonly visible?: Node | undefined;
}

const whole = (value: number): Node => full(value, [], 'int');

/** softmax(cap(Q Kᵀ·scale) + biases) V, [N, heads, S, E]. */
export function attended(call: OperatorCall, { query, key, value }: Heads, { biases, visible }: Masks): Node {
  const factor = call.float('scale', 0) || 1 / Math.sqrt(sizeAt(query.shape, 3));
  const products = scale(matmul(query, swapAxes(key, -2, -1)), factor);
  const cap = call.float('softcap', 0);
  const capped = cap > 0 ? scale(tanh(scale(products, 1 / cap)), cap) : products;
  const biased = biases.reduce<Node>((sum, bias) => (bias === undefined ? sum : add(sum, bias)), capped);
  const scores = visible === undefined ? biased : select(visible, biased, full(-Infinity));
  return matmul(softmax(scores, -1), value);
}

/** Keys up to each query, of these the last `window` where it is not negative: [S, T]. */
export function causal(queries: number, keys: number, window = -1): Node {
  const shape = [queries, keys];
  const [place, key] = [iota(shape, 0), iota(shape, 1)];
  const seen = le(key, place);
  return window < 0 ? seen : select(le(key, sub(place, whole(window))), full(0, [], 'bool'), seen);
}

/**
 * What is added to the scores of keys that count as padding. `mask`: whole numbers, [N] of lengths, [2N] of lengths and then first
 * positions, [N, T] or [N, S, T] of ones where keys count.
 */
export function paddingBias(call: OperatorCall, mask: Node | undefined, batch: number, keys: number): Node | undefined {
  if (mask === undefined) return undefined;
  const filter = full(call.float('mask_filter_value', -10000));
  const { shape } = mask;
  const [first = 0] = shape;
  if (shape.length === 1 && (first === batch || first === 2 * batch)) {
    const key = iota([1, 1, 1, keys], 3);
    const bounds = reshape(mask, [first / batch, batch, 1, 1, 1]);
    const bound = (which: number): Node => reshape(sliceAxis(bounds, 0, which, which + 1), [batch, 1, 1, 1]);
    const behind = le(bound(0), key);
    return select(first === batch ? behind : or(behind, lt(key, bound(1))), filter, full(0));
  }
  const isOfKeys = shape.length === 2 && shape[1] === keys;
  if (isOfKeys || (shape.length === 3 && shape[2] === keys)) {
    const spread = isOfKeys ? [batch, 1, 1, keys] : [batch, 1, sizeAt(shape, 1), keys];
    return select(lt(whole(0), reshape(mask, spread)), full(0), filter);
  }
  return call.fail(`a mask of shape [${shape.join(', ')}] is not read`);
}
