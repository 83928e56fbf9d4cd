/** `torch.tensor(data)`: nested sequences of numbers and tensors. */
import type { Node } from '../../../graph/node';
import { constant, reshape, stopGradient } from '../../../graph/operations';
import type { Shape } from '../../../graph/primitives';
import type { Interpreter } from '../../../python/interpreter';
import { PyContainer, PyInstance, PyRange } from '../../../python/values';
import type { PyValue } from '../../../python/values';
import type { TorchDtype } from '../../model';
import { stack } from '../../compositions/structure';
import { torchContext } from './context';
import { graphDtype, promoteTypes } from './dtype';
import { castTo } from './promotion';
import { makeTensor, payloadOf } from './tensor';

/** A sequence read to the end: its numbers in order, or tensors in its leaves. */
interface Nested {
  readonly shape: Shape;
  readonly numbers: number[];
  readonly nodes: Node[];
  readonly types: Set<TorchDtype>;
}

const isSequence = (value: PyValue): boolean => value instanceof PyContainer || value instanceof PyRange;

/** The tensor inside an array of library/numpy; any other value as it is. */
export const withoutArray = (value: PyValue): PyValue =>
  value instanceof PyInstance && value.cls.name === 'ndarray' ? (value.attributes.get('_tensor') ?? value) : value;

function itemsOf(sequence: PyValue, interpreter: Interpreter): readonly PyValue[] {
  const { result, cause } = interpreter.growth.observe(() => interpreter.collect(sequence));
  return cause === undefined
    ? result
    : interpreter.stopAtUnknown('an array of a size that the source does not determine', cause);
}

function collect(given: PyValue, interpreter: Interpreter, into: Omit<Nested, 'shape'>): Shape {
  const value = withoutArray(given);
  const payload = payloadOf(value);
  if (payload !== undefined) {
    into.nodes.push(payload.node);
    into.types.add(payload.dtype);
    return payload.shape;
  }
  if (isSequence(value)) {
    const items = itemsOf(value, interpreter);
    const shapes = items.map((item) => collect(item, interpreter, into));
    const [first = []] = shapes;
    const odd = shapes.find((shape) => shape.join() !== first.join());
    if (odd !== undefined)
      interpreter.raise('ValueError', `expected sequence of length ${first[0] ?? 0} at dim 1 (got ${odd[0] ?? 0})`);
    return [items.length, ...first];
  }
  if (typeof value === 'boolean') into.types.add('bool');
  else if (typeof value === 'bigint') into.types.add('int64');
  else if (typeof value === 'number') into.types.add(torchContext(interpreter).defaultDtype);
  else if (interpreter.findAttribute(value, '__float__') !== undefined)
    into.types.add(torchContext(interpreter).defaultDtype);
  else
    interpreter.raise(
      value === null || typeof value !== 'string' ? 'RuntimeError' : 'TypeError',
      typeof value === 'string'
        ? `new(): invalid data type 'str'`
        : `Could not infer dtype of ${interpreter.typeOf(value).name}`,
    );
  into.numbers.push(interpreter.toNumber(value, 'element'));
  return [];
}

/** Whole numbers are indices and sizes here, in arrays of 32 bits: others would come out as others. */
const fitsInt = (each: number): boolean => Math.trunc(each) === (each | 0);

const arrays = {
  float: (numbers: number[]) => Float64Array.from(numbers),
  int: (numbers: number[]) => Int32Array.from(numbers),
  bool: (numbers: number[]) => Uint8Array.from(numbers, (x) => (x === 0 ? 0 : 1)),
};

/** A new tensor with the values of `data`; `dtype` undefined: the smallest of bool, int64, default float that fits. */
export function tensorFromPython(data: PyValue, interpreter: Interpreter, dtype?: TorchDtype): PyInstance {
  const nested = { numbers: [] as number[], nodes: [] as Node[], types: new Set<TorchDtype>() };
  const shape = collect(data, interpreter, nested);
  const types = [...nested.types];
  const wanted = dtype ?? (types.length === 0 ? torchContext(interpreter).defaultDtype : types.reduce(promoteTypes));
  if (graphDtype(wanted) === 'int' && !nested.numbers.every(fitsInt))
    return interpreter.stop('whole numbers beyond 32 bits are not kept in tensors');
  if (nested.nodes.length === 0)
    return makeTensor(interpreter, constant(arrays[graphDtype(wanted)](nested.numbers), shape), wanted);
  if (nested.numbers.length > 0)
    return interpreter.stop('a list of tensors and numbers is made a tensor; make the numbers tensors first');
  // The values are copied: no derivative goes through, as in PyTorch.
  const nodes = nested.nodes.map((node) => castTo(node.dtype === 'float' ? stopGradient(node) : node, wanted));
  const [single] = nodes;
  const node = nodes.length === 1 && single !== undefined ? single : stack(nodes, 0);
  return makeTensor(interpreter, reshape(node, shape), wanted);
}
