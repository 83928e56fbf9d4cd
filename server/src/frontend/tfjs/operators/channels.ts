/** Values with one number for each channel. */
import type { Node } from '../../../graph/node';
import { reshape } from '../../../graph/operations';
import type { OperatorCall } from '../../onnx/operatorCall';

/** [C] against x, whose channels are last or, where the layout says so, second. */
export function alignChannels(call: OperatorCall, x: Node, values: Node): Node {
  if (!call.text('data_format', 'NHWC').startsWith('NC') || values.shape.length !== 1) return values;
  return reshape(values, [...values.shape, ...x.shape.slice(2).map(() => 1)]);
}
