/** StridedSlice: begin, end and step for each position of an index like Python's; bits of masks say what a position is. */
import type { Node } from '../../../graph/node';
import { reshape } from '../../../graph/operations';
import { sizeAt } from '../../compositions/axes';
import type { OperatorCall } from '../../onnx/operatorCall';
import { onnx, wholeNumbers } from './translated';

/** One axis of x: a range with a step, and whether the axis is dropped afterwards. */
interface Range {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly isDropped: boolean;
}

/** What the result's axes come from, in order. */
type Part = Range | 'new axis';

function partsOf(call: OperatorCall, x: Node): Part[] {
  const [begin, end, step] = [call.numbers(1), call.numbers(2), call.numbers(3)];
  const has = (mask: string, position: number): boolean => (call.int(mask, 0) & (1 << position)) !== 0;
  const isNew = (i: number): boolean => has('new_axis_mask', i) && !has('ellipsis_mask', i);
  const named = begin.filter((_, i) => !isNew(i) && !has('ellipsis_mask', i)).length;
  const parts: Part[] = [];
  let axis = 0;
  const whole = (): void => void parts.push({ axis: axis++, start: 0, end: Infinity, step: 1, isDropped: false });
  begin.forEach((start, i) => {
    if (has('ellipsis_mask', i)) for (let left = x.shape.length - named; left > 0; left--) whole();
    else if (isNew(i)) parts.push('new axis');
    else if (has('shrink_axis_mask', i)) {
      const at = start < 0 ? start + sizeAt(x.shape, axis) : start;
      parts.push({ axis: axis++, start: at, end: at + 1, step: 1, isDropped: true });
    } else {
      const stride = step[i] ?? 1;
      const from = has('begin_mask', i) ? (stride > 0 ? 0 : Infinity) : start;
      const to = has('end_mask', i) ? (stride > 0 ? Infinity : -Infinity) : (end[i] ?? Infinity);
      parts.push({ axis: axis++, start: from, end: to, step: stride, isDropped: false });
    }
  });
  while (axis < x.shape.length) whole();
  return parts;
}

/** Open ends as the largest whole numbers there are. */
const bounded = (values: readonly number[]): Node =>
  wholeNumbers(values.map((value) => Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1)));

export function stridedSlice(call: OperatorCall): Node {
  const x = call.input(0);
  const parts = partsOf(call, x);
  const ranges = parts.filter((part) => part !== 'new axis');
  const operands = [
    bounded(ranges.map(({ start }) => start)),
    bounded(ranges.map(({ end }) => end)),
    wholeNumbers(ranges.map(({ axis }) => axis)),
    wholeNumbers(ranges.map(({ step }) => step)),
  ];
  const taken = onnx(call, 'Slice', [x, ...operands]);
  const shape = parts.flatMap((part) => {
    if (part === 'new axis') return [1];
    return part.isDropped ? [] : [sizeAt(taken.shape, part.axis)];
  });
  return reshape(taken, shape);
}
