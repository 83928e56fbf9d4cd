/** Reductions over the axes of the second operand. */
import type { Operator } from '../../onnx/operatorCall';
import { onnx, wholeNumbers } from './translated';

const over =
  (opType: string): Operator =>
  (call) => {
    const axes = call.numbers(1);
    const keepdims = call.int('keep_dims', 0);
    return onnx(call, opType, [call.input(0), wholeNumbers(axes)], { keepdims, noop_with_empty_axes: 1 });
  };

const position =
  (opType: string): Operator =>
  (call) =>
    onnx(call, opType, [call.input(0)], { axis: call.numbers(1)[0] ?? 0, keepdims: 0 });

export const reduction: Readonly<Record<string, Operator>> = {
  Max: over('ReduceMax'),
  Mean: over('ReduceMean'),
  Min: over('ReduceMin'),
  Prod: over('ReduceProd'),
  Sum: over('ReduceSum'),
  ArgMax: position('ArgMax'),
  ArgMin: position('ArgMin'),
  Cumsum: (call) =>
    onnx(call, 'CumSum', [call.input(0), call.input(1)], {
      exclusive: call.int('exclusive', 0),
      reverse: call.int('reverse', 0),
    }),
};
