/** Matrix products. */
import type { Node } from '../../../graph/node';
import { transpose } from '../../../graph/operations';
import { matmul } from '../../compositions/linear';
import type { Operator, OperatorCall } from '../../onnx/operatorCall';
import { applyFused } from './fused';
import { onnx } from './translated';

/** The last two axes exchanged where the attribute says so. */
function turned(call: OperatorCall, index: number, flag: string): Node {
  const x = call.input(index);
  const rank = x.shape.length;
  if (call.int(flag, 0) !== 1) return x;
  return transpose(x, [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2]);
}

const product =
  (left: string, right: string) =>
  (call: OperatorCall): Node =>
    matmul(turned(call, 0, left), turned(call, 1, right));

const plain = product('transpose_a', 'transpose_b');
const ofBatches = product('adj_x', 'adj_y');

export const linear: Readonly<Record<string, Operator>> = {
  MatMul: plain,
  _FusedMatMul: (call) => applyFused(call, plain(call)),
  BatchMatMul: ofBatches,
  BatchMatMulV2: ofBatches,
  Einsum: (call) => onnx(call, 'Einsum', call.inputs(), { equation: call.text('equation', '') }),
};
