/** Recognises networks that are products of matrices: linear layers without biases or activations. */
import { elementCount, topologicalOrder } from '../graph/node';
import { isLayout, origin } from './layout';
import type { Problem } from './problem';

/** Widths from input to output, or undefined where the model is anything else. */
export function linearChainWidths(problem: Pick<Problem, 'trace'>): readonly number[] | undefined {
  const { output, parameters, data } = problem.trace(1);
  const order = topologicalOrder([output]);
  const products = order.filter(({ primitive }) => primitive === 'dot');
  const others = order.filter(({ primitive }) => primitive !== 'dot' && primitive !== 'input' && !isLayout(primitive));
  if (others.length > 0 || products.length !== parameters.length || products.length === 0) return undefined;
  const widths: number[] = [];
  for (const product of products) {
    const matrix = product.inputs.map(origin).find((node) => parameters.some((parameter) => parameter === node));
    const size = elementCount(product.shape);
    if (matrix === undefined || matrix.shape.length !== 2) return undefined;
    const before = elementCount(matrix.shape) / size;
    if (!matrix.shape.includes(size) || (widths.length > 0 && before !== widths.at(-1))) return undefined;
    if (widths.length === 0) widths.push(before);
    widths.push(size);
  }
  const [x] = data;
  return x !== undefined && elementCount(x.shape) === widths[0] ? widths : undefined;
}
