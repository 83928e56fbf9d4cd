/**
 * Reading and writing at computed positions. An index outside the axis reads NaN (float) or 0 (int, bool) and is
 * dropped when written.
 */
import type { Node } from '../node';
import { elementCount, operand } from '../node';
import type { DType, Primitive } from '../primitives';
import type { Data, EvaluationRule } from './kernel';
import { dataOf } from './kernel';
import { viewAxis } from './reduction';

const outOfRange = (dtype: DType): number => (dtype === 'float' ? NaN : 0);

/** y[to] += x[from] for `count` adjacent elements; for bools, "or". */
function addRun(x: Data, from: number, y: Data, to: number, count: number, isBool: boolean): void {
  if (isBool) for (let i = 0; i < count; i++) y[to + i] = (y[to + i] as number) | (x[from + i] as number);
  else for (let i = 0; i < count; i++) y[to + i] = (y[to + i] as number) + (x[from + i] as number);
}

const take: EvaluationRule<'take'> = (node: Node<'take'>) => {
  const { outer, size, inner } = viewAxis(operand(node, 0).shape, node.parameters.axis);
  const missing = outOfRange(node.dtype);
  return (inputs, y) => {
    const [x, index] = [dataOf(inputs, 0), dataOf(inputs, 1)];
    for (let o = 0, to = 0; o < outer; o++)
      for (let k = 0; k < index.length; k++, to += inner) {
        const at = index[k] as number;
        const from = (o * size + at) * inner;
        if (at < 0 || at >= size) y.fill(missing, to, to + inner);
        else if (inner > 32) y.set(x.subarray(from, from + inner), to);
        else for (let i = 0; i < inner; i++) y[to + i] = x[from + i] as number;
      }
  };
};

const scatterAdd: EvaluationRule<'scatterAdd'> = (node: Node<'scatterAdd'>) => {
  const { axis, size } = node.parameters;
  const { outer, inner } = viewAxis(node.shape, axis);
  const isBool = node.dtype === 'bool';
  return (inputs, y) => {
    const [updates, index] = [dataOf(inputs, 0), dataOf(inputs, 1)];
    y.fill(0);
    for (let o = 0, from = 0; o < outer; o++)
      for (let k = 0; k < index.length; k++, from += inner) {
        const at = index[k] as number;
        if (at >= 0 && at < size) addRun(updates, from, y, (o * size + at) * inner, inner, isBool);
      }
  };
};

const takeAlong: EvaluationRule<'takeAlong'> = (node: Node<'takeAlong'>) => {
  const { axis } = node.parameters;
  const { outer, size, inner } = viewAxis(operand(node, 0).shape, axis);
  const count = node.shape[axis] ?? 1;
  const missing = outOfRange(node.dtype);
  return (inputs, y) => {
    const [x, index] = [dataOf(inputs, 0), dataOf(inputs, 1)];
    for (let o = 0, to = 0; o < outer; o++)
      for (let k = 0; k < count; k++)
        for (let i = 0; i < inner; i++, to++) {
          const at = index[to] as number;
          y[to] = at >= 0 && at < size ? (x[(o * size + at) * inner + i] as number) : missing;
        }
  };
};

const scatterAddAlong: EvaluationRule<'scatterAddAlong'> = (node: Node<'scatterAddAlong'>) => {
  const { axis, size } = node.parameters;
  const updatesShape = operand(node, 0).shape;
  const { outer, size: count, inner } = viewAxis(updatesShape, axis);
  const total = elementCount(node.shape);
  const isBool = node.dtype === 'bool';
  return (inputs, y) => {
    const [updates, index] = [dataOf(inputs, 0), dataOf(inputs, 1)];
    y.fill(0, 0, total);
    for (let o = 0, from = 0; o < outer; o++)
      for (let k = 0; k < count; k++)
        for (let i = 0; i < inner; i++, from++) {
          const at = index[from] as number;
          if (at >= 0 && at < size) addRun(updates, from, y, (o * size + at) * inner + i, 1, isBool);
        }
  };
};

export const indexingRules = { take, scatterAdd, takeAlong, scatterAddAlong } satisfies {
  readonly [P in Primitive]?: EvaluationRule<P>;
};
