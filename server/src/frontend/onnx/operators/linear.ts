/** Matrix products. */
import type { Node } from '../../../graph/node';
import { add, scale, transpose } from '../../../graph/operations';
import { einsum } from '../../compositions/einsum';
import { matmul } from '../../compositions/linear';
import { flatten } from '../../compositions/structure';
import type { Operator, OperatorCall } from '../operatorCall';

/** alpha·A·B + beta·C, where A and B may be transposed. */
export function gemm(call: OperatorCall): Node {
  const matrix = (index: number, flag: string): Node => {
    const x = call.input(index);
    return call.int(flag, 0) === 1 ? transpose(x, [1, 0]) : x;
  };
  const a = matrix(0, 'transA');
  const product = scale(matmul(a.shape.length > 2 ? flatten(a, 1) : a, matrix(1, 'transB')), call.float('alpha', 1));
  const bias = call.optional(2);
  return bias === undefined ? product : add(product, scale(bias, call.float('beta', 1)));
}

/** ONNX Runtime's product with a scale, of batches of matrices that may be transposed. */
export const scaledProduct: Operator = (call) => {
  const turned = (index: number, flag: string): Node => {
    const x = call.input(index);
    const rank = x.shape.length;
    const order = [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2];
    return call.int(flag, 0) === 1 ? transpose(x, order) : x;
  };
  return scale(matmul(turned(0, 'transA'), turned(1, 'transB')), call.float('alpha', 1));
};

export const linear: Readonly<Record<string, Operator>> = {
  Gemm: gemm,
  MatMul: (call) => matmul(call.input(0), call.input(1)),
  Einsum: (call) => einsum(call.text('equation', ''), call.inputs()),
};
