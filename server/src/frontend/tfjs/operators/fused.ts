/** What converters append to a product: a bias, then an activation. */
import type { Node } from '../../../graph/node';
import { add } from '../../../graph/operations';
import { OperatorCall } from '../../onnx/operatorCall';
import { activation } from './activation';
import { alignChannels } from './channels';
import { singleTensor } from './translated';

/** `fused_ops` in their order; their operands follow the two of the product. */
export function applyFused(call: OperatorCall, product: Node): Node {
  let operand = 2;
  return (call.texts('fused_ops') ?? []).reduce((y, name) => {
    if (name === 'BiasAdd') return add(y, alignChannels(call, y, call.input(operand++)));
    const operator = activation[name] ?? call.fail(`the fused operator ${name} is not read`);
    const more = name === 'Prelu' ? [call.input(operand++)] : [];
    return singleTensor(call, operator(new OperatorCall(settingsOf(call), call.version, [y, ...more], call.context)));
  }, product);
}

/** The slope of a fused leaky rectifier has a name of its own. */
const settingsOf = ({ node }: OperatorCall): OperatorCall['node'] => ({
  ...node,
  attribute: node.attribute
    .filter(({ name }) => name === 'leakyrelu_alpha')
    .map((attribute) => ({ ...attribute, name: 'alpha' })),
});
