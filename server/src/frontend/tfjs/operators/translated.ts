/** Operators of TensorFlow through those of ONNX, with operands and attributes rearranged. */
import { madeAttribute } from '../../../checkpoint/onnx/madeAttribute';
import type { AttributeMessage } from '../../../checkpoint/onnx/schema';
import type { Node } from '../../../graph/node';
import { constant, transpose } from '../../../graph/operations';
import { isSequence, OperatorCall, type Operator } from '../../onnx/operatorCall';
import { onnxOperators } from '../../onnx/operators/table';

/** The operator set whose rules are used. */
const VERSION = 18;

export type Settings = Readonly<Record<string, number | string | readonly number[]>>;

function attribute(name: string, value: Settings[string]): AttributeMessage {
  if (typeof value === 'string') return madeAttribute(name, { s: new TextEncoder().encode(value) });
  if (typeof value === 'number') return madeAttribute(name, { i: value, f: value });
  return madeAttribute(name, { ints: value, floats: value });
}

/** All results of an operator of ONNX. */
export function onnxAll(
  call: OperatorCall,
  opType: string,
  operands: readonly (Node | undefined)[],
  settings: Settings = {},
): readonly Node[] {
  const operator = onnxOperators.get(opType) ?? call.fail(`there is no operator ${opType}`);
  const attributes = Object.entries(settings).map(([name, value]) => attribute(name, value));
  const node = { opType: call.node.opType, attribute: attributes, input: call.node.input, output: call.node.output };
  const result = operator(new OperatorCall(node, VERSION, operands, call.context));
  const outputs = 'outputs' in result ? result.outputs : [result];
  return outputs.flatMap((each) => (isSequence(each) ? each : [each]));
}

/** The one tensor that an operator gave. */
export function singleTensor(call: OperatorCall, result: ReturnType<Operator>): Node {
  const [only, ...others] = 'outputs' in result ? result.outputs : [result];
  if (only === undefined || isSequence(only) || others.length > 0) return call.fail('it gives no single tensor');
  return only;
}

export const onnx = (
  call: OperatorCall,
  opType: string,
  operands: readonly (Node | undefined)[],
  settings: Settings = {},
): Node => onnxAll(call, opType, operands, settings)[0] ?? call.fail(`${opType} gives nothing`);

export const wholeNumbers = (values: readonly number[]): Node => constant(Int32Array.from(values), [values.length]);

const isChannelsFirst = (call: OperatorCall): boolean => call.text('data_format', 'NHWC').startsWith('NC');

/** The spatial entries of a list with one for each axis. */
export const spatial = (call: OperatorCall, list: readonly number[]): readonly number[] =>
  isChannelsFirst(call) ? list.slice(2) : list.slice(1, -1);

/** [N, …, C] as [N, C, …], and back. */
export function channelsFirst(call: OperatorCall, x: Node): Node {
  if (isChannelsFirst(call)) return x;
  const last = x.shape.length - 1;
  return transpose(x, [0, last, ...Array.from({ length: last - 1 }, (_, i) => i + 1)]);
}

export function channelsAsGiven(call: OperatorCall, y: Node): Node {
  if (isChannelsFirst(call)) return y;
  return transpose(y, [0, ...Array.from({ length: y.shape.length - 2 }, (_, i) => i + 2), 1]);
}
