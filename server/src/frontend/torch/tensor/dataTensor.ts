/**
 * Tensors of a training script that hold data: their shape is known, their values are not. An axis whose length is not known
 * either has an extent that no real one has, and asking for it gives an unknown value.
 */
import { isUnknownExtent } from '../../../dataset/unknownExtent';
import type { Node } from '../../../graph/node';
import { input } from '../../../graph/operations';
import type { Shape } from '../../../graph/primitives';
import type { Interpreter } from '../../../python/interpreter';
import type { PyInstance, PyValue } from '../../../python/values';
import { PyTuple, Unknown } from '../../../python/values';
import type { TorchDtype } from '../../model';
import { graphDtype } from './dtype';
import type { TensorPayload } from './payload';
import { inputStateOf } from './payload';
import { makeSize, makeTensor, payloadOf } from './tensor';

export const dataTensor = (interpreter: Interpreter, shape: Shape, dtype: TorchDtype): PyInstance =>
  makeTensor(interpreter, input('data', shape, graphDtype(dtype)), dtype);

/** Whether a tensor follows from data. */
export function isDataTensor(value: PyValue): boolean {
  const node = payloadOf(value)?.node;
  return node !== undefined && followsFromData(node);
}

/** Of nodes that were asked for, directly or below another one: programs ask along chains of thousands of them. */
const known = new WeakMap<Node, boolean>();

function followsFromData(root: Node): boolean {
  // Explicit stack: graphs are deeper than the call stack.
  const stack = [root];
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    const waiting = node.inputs.filter((each) => !known.has(each));
    if (waiting.length > 0 && !known.has(node)) {
      stack.push(...waiting);
      continue;
    }
    stack.pop();
    const isData = node.primitive === 'input' && inputStateOf(node) === undefined;
    if (!known.has(node)) known.set(node, isData || node.inputs.some((each) => known.get(each) === true));
  }
  return known.get(root) === true;
}

/** `tensor.shape` */
export function shapeValue({ shape }: TensorPayload, interpreter: Interpreter): PyTuple {
  const size = makeSize(shape);
  if (!interpreter.tolerant || !shape.some(isUnknownExtent)) return size;
  const known = new PyTuple(shape.map((extent) => extentValue(extent, interpreter)));
  known.cls = size.cls;
  return known;
}

/** An extent as Python sees it. */
export const extentValue = (extent: number, interpreter: Interpreter): PyValue =>
  interpreter.tolerant && isUnknownExtent(extent)
    ? new Unknown('the size of the data is not known', interpreter.currentSpan)
    : BigInt(extent);
