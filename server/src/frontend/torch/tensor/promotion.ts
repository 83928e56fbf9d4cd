/** Type promotion of mixed operands. Tensors with axes outrank scalars (0 axes), which outrank Python numbers. */
import type { Node } from '../../../graph/node';
import { convert, full, ne } from '../../../graph/operations';
import type { DType } from '../../../graph/primitives';
import type { Interpreter } from '../../../python/interpreter';
import type { PyValue } from '../../../python/values';
import type { TorchDtype } from '../../model';
import { torchContext } from './context';
import { category, graphDtype, isFloating, promoteTypes } from './dtype';
import { payloadOf } from './tensor';

export interface Operand {
  readonly node: Node;
  readonly dtype: TorchDtype;
  readonly rank: 'number' | 'scalar' | 'tensor';
}

/** A tensor or a Python number as an operand; undefined for anything else. */
export function asOperand(value: PyValue | undefined, interpreter: Interpreter): Operand | undefined {
  const payload = payloadOf(value);
  if (payload !== undefined)
    return { node: payload.node, dtype: payload.dtype, rank: payload.shape.length === 0 ? 'scalar' : 'tensor' };
  if (typeof value === 'boolean') return { node: full(value ? 1 : 0, [], 'bool'), dtype: 'bool', rank: 'number' };
  if (typeof value === 'bigint') {
    const number = Number(value);
    // Larger than the graph's integers: only ever compared with or added to floats.
    return Math.abs(number) > 2 ** 31 - 1
      ? { node: full(number), dtype: 'int64', rank: 'number' }
      : { node: full(number, [], 'int'), dtype: 'int64', rank: 'number' };
  }
  if (typeof value === 'number')
    return { node: full(value), dtype: torchContext(interpreter).defaultDtype, rank: 'number' };
  return undefined;
}

const ranks = ['tensor', 'scalar', 'number'] as const;

/** The element type of a result of these operands. */
export function resultType(operands: readonly Operand[]): TorchDtype {
  let result: TorchDtype | undefined;
  for (const rank of ranks) {
    const types = operands.filter((operand) => operand.rank === rank).map(({ dtype }) => dtype);
    if (types.length === 0) continue;
    const common = types.reduce(promoteTypes);
    // A lower rank only raises the category (an int tensor plus 0.5 is float), never the width.
    if (result === undefined || category(common) > category(result)) result = common;
  }
  return result ?? 'float32';
}

/** `node` in another kind of number; to bool it is `≠ 0`. */
export const toGraphDtype = (node: Node, dtype: DType): Node =>
  node.dtype === dtype ? node : dtype === 'bool' ? ne(node, full(0, [], node.dtype)) : convert(node, dtype);

export const castTo = (node: Node, dtype: TorchDtype): Node => toGraphDtype(node, graphDtype(dtype));

/** The floating type an integer becomes where a function needs floats. */
export const floatingType = (dtype: TorchDtype, interpreter: Interpreter): TorchDtype =>
  isFloating(dtype) ? dtype : torchContext(interpreter).defaultDtype;
