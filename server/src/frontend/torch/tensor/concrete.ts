/** Values of tensors that do not depend on the data, where Python needs them: sizes, branches, lists. */
import type { Node } from '../../../graph/node';
import { topologicalOrder } from '../../../graph/node';
import { evaluate, evaluateConstant } from '../../../graph/evaluate/evaluate';
import type { ConstantData } from '../../../graph/primitives';
import type { Interpreter } from '../../../python/interpreter';
import { Unknown } from '../../../python/values';
import type { TensorPayload } from './payload';
import { inputStateOf, withInitialValues } from './payload';
import { constantWork } from './constantWork';
import { torchContext } from './context';

/** More is a model's computation, not a part of its construction. */
const MOST_OPERATIONS = 5e8;
const OPERATIONS_OF_A_STEP = 1000;

/**
 * The value, or undefined when it depends on the model's inputs, or (in forward) on its parameters, or is too much to
 * compute. Buffers count with their initial value; so do parameters while the model is built.
 */
export function concreteValue(node: Node, interpreter: Interpreter): ConstantData | undefined {
  const constant = withoutInputs(node, interpreter);
  const work = constant === undefined ? Infinity : constantWork(constant, MOST_OPERATIONS);
  if (constant === undefined || work > MOST_OPERATIONS) return undefined;
  interpreter.spend(Math.floor(work / OPERATIONS_OF_A_STEP));
  return evaluateConstant(constant);
}

/** The node as an expression of constants; undefined when it depends on the data. */
function withoutInputs(node: Node, interpreter: Interpreter): Node | undefined {
  const inputs = topologicalOrder([node]).filter(({ primitive }) => primitive === 'input');
  const inForward = torchContext(interpreter).phase === 'forward';
  for (const input of inputs) {
    const state = inputStateOf(input);
    if (state === undefined || (inForward && state.kind === 'parameter')) return undefined;
  }
  return inputs.length === 0 ? node : withInitialValues(node);
}

/** As `concreteValue`; stops the trace at the user's expression when there is none. `use` completes "… needs". */
export function requireConcrete({ node }: TensorPayload, interpreter: Interpreter, use: string): ConstantData {
  const value = concreteValue(node, interpreter);
  if (value !== undefined) return value;
  const isData = withoutInputs(node, interpreter) === undefined;
  const reason = isData
    ? `${use} needs the value of a tensor that depends on the data`
    : `${use} needs the value of a tensor that takes more than ${(MOST_OPERATIONS / 1e6).toFixed(0)} million operations to compute`;
  // A training script goes on without it.
  if (interpreter.tolerant) return interpreter.stopAtUnknown(use, new Unknown(reason, interpreter.currentSpan));
  return interpreter.stop(
    reason,
    isData
      ? 'Only values that follow from the code are known while a model is read; rewrite the expression with torch.where or a mask, or use the Python runtime.'
      : 'Models are read, not run: what decides about the structure of a model is to follow from less arithmetic.',
  );
}

/** Initial data of a parameter or buffer. Large: not remembered. */
export function initialData(initial: Node): ConstantData {
  const [data] = evaluate([initial], new Map());
  if (data === undefined) throw new RangeError('an evaluation without result');
  return data;
}
