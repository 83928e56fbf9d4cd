/** Rotary positions (Su et al. 2021). */
import type { Node } from '../../../graph/node';
import { add, concat, convert, mul, reshape, slice, sliceAxis, sub, take } from '../../../graph/operations';
import { sizeAt } from '../../compositions/axes';
import { stack } from '../../compositions/structure';
import type { Operator } from '../operatorCall';
import { fromHeads, inHeads } from './heads';

/** Cosine and sine of the angles, each [N or 1, 1, T, width / 2]. */
export interface Angles {
  readonly cos: Node;
  readonly sin: Node;
}

/** Pairs among the first elements of x [N, heads, T, E] turned by their angles: halves, or neighbours where `interleaved`. */
export function turned(x: Node, { cos, sin }: Angles, interleaved: boolean): Node {
  const [batch = 0, heads = 0, length = 0, size = 0] = x.shape;
  const width = 2 * sizeAt(cos.shape, 3);
  const part = (which: number): Node =>
    interleaved
      ? slice(x, [0, 0, 0, which], [batch, heads, length, width], [1, 1, 1, 2])
      : sliceAxis(x, 3, (which * width) / 2, ((which + 1) * width) / 2);
  const [first, second] = [part(0), part(1)];
  const real = sub(mul(cos, first), mul(sin, second));
  const imaginary = add(mul(sin, first), mul(cos, second));
  const whole = interleaved
    ? reshape(stack([real, imaginary], 4), [batch, heads, length, width])
    : concat([real, imaginary], 3);
  return width === size ? whole : concat([whole, sliceAxis(x, 3, width, size)], 3);
}

/** Rows [N or 1, T, width / 2] of a table as angles of all heads. */
export const forHeads = (rows: Node, length: number): Node => {
  const width = sizeAt(rows.shape, rows.shape.length - 1);
  return reshape(rows, [rows.shape.length === 3 ? sizeAt(rows.shape, 0) : 1, 1, length, width]);
};

const rotary: Operator = (call) => {
  const given = call.input(0);
  const x = inHeads(call, given, call.int('num_heads', 0));
  const [, , length = 0, size = 0] = x.shape;
  const width = call.int('rotary_embedding_dim', 0) || size;
  const positions = call.optional(3);
  const angle = (index: number): Node => {
    const table = call.input(index);
    const rows = positions === undefined ? table : take(table, convert(positions, 'int'), 0);
    return reshape(rows, [sizeAt(rows.shape, 0), 1, length, width / 2]);
  };
  const whole = turned(x, { cos: angle(1), sin: angle(2) }, call.int('interleaved', 0) === 1);
  return given.shape.length === 4 ? whole : fromHeads(whole);
};

export const turning: Readonly<Record<string, Operator>> = { RotaryEmbedding: rotary };
