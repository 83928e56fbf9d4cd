/** Values of tensors that do not depend on the data, where Python needs them: sizes, branches, lists. */
import type { Node } from '../../../graph/node';
import { topologicalOrder } from '../../../graph/node';
import { evaluate, evaluateConstant } from '../../../graph/evaluate/evaluate';
import type { ConstantData } from '../../../graph/primitives';
import type { Interpreter } from '../../../python/interpreter';
import type { TensorPayload } from './payload';
import { inputStateOf, withInitialValues } from './payload';
import { torchContext } from './context';

/**
 * The value, or undefined when it depends on the model's inputs, or (in forward) on its parameters. Buffers count with
 * their initial value; so do parameters while the model is built.
 */
export function concreteValue(node: Node, interpreter: Interpreter): ConstantData | undefined {
  const inputs = topologicalOrder([node]).filter(({ primitive }) => primitive === 'input');
  if (inputs.length === 0) return evaluateConstant(node);
  const inForward = torchContext(interpreter).phase === 'forward';
  for (const input of inputs) {
    const state = inputStateOf(input);
    if (state === undefined || (inForward && state.kind === 'parameter')) return undefined;
  }
  return evaluateConstant(withInitialValues(node));
}

/** As `concreteValue`; stops the trace at the user's expression when there is none. `use` completes "… needs". */
export function requireConcrete(tensor: TensorPayload, interpreter: Interpreter, use: string): ConstantData {
  return (
    concreteValue(tensor.node, interpreter) ??
    interpreter.stop(
      `${use} needs the value of a tensor that depends on the data`,
      'Only values that follow from the code are known while a model is read; rewrite the expression with torch.where or a mask, or use the Python runtime.',
    )
  );
}

/** Initial data of a parameter or buffer. Large: not remembered. */
export function initialData(initial: Node): ConstantData {
  const [data] = evaluate([initial], new Map());
  if (data === undefined) throw new RangeError('an evaluation without result');
  return data;
}
