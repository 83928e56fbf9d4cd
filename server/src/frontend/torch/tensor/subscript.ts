/** Python subscripts of tensors as index items, with boolean masks turned into indices where they are known. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import { constant } from '../../../graph/operations';
import type { ConstantData, Shape } from '../../../graph/primitives';
import type { Interpreter } from '../../../python/interpreter';
import { Ellipsis, PyList, PyRange, PySlice, PyTuple } from '../../../python/values';
import type { PyValue } from '../../../python/values';
import type { IndexItem } from '../../compositions/indexing';
import { concreteValue } from './concrete';
import { tensorFromPython } from './fromPython';
import type { TensorPayload } from './payload';
import { payloadOf } from './tensor';

/** A subscript, or a mask whose value depends on the data. */
export type Subscript =
  | { readonly kind: 'items'; readonly items: readonly IndexItem[] }
  | { readonly kind: 'mask'; readonly before: number; readonly mask: Node };

/** Indices [count] per axis of the true elements of a mask, row-major order. */
export function maskIndices(mask: ConstantData, shape: Shape): Int32Array[] {
  const positions: number[] = [];
  mask.forEach((value: number, i: number) => {
    if (value !== 0) positions.push(i);
  });
  return shape.map((size, axis) => {
    const inner = elementCount(shape.slice(axis + 1));
    return Int32Array.from(positions, (position) => Math.floor(position / inner) % size);
  });
}

const bound = (value: PyValue, interpreter: Interpreter): number | undefined =>
  value === null ? undefined : interpreter.toInt(value, 'slice index');

const elementsOf = (key: PyValue): readonly PyValue[] => {
  if (key instanceof PyTuple) return key.items;
  // A list that holds slices or tensors was a tuple in old code; a list of numbers is one index.
  if (key instanceof PyList && key.items.some((item) => item instanceof PySlice || item === Ellipsis || item === null))
    return key.items;
  return [key];
};

/** What x[key] means for a tensor. Raises Python's IndexError and TypeError. */
export function subscriptOf(key: PyValue, interpreter: Interpreter): Subscript {
  const items: IndexItem[] = [];
  for (const element of elementsOf(key)) {
    if (element === null) items.push({ kind: 'newAxis' });
    else if (element === Ellipsis) items.push({ kind: 'ellipsis' });
    else if (typeof element === 'bigint') items.push({ kind: 'at', index: Number(element) });
    else if (typeof element === 'boolean')
      items.push(
        { kind: 'newAxis' },
        { kind: 'tensor', index: constant(new Int32Array(element ? 1 : 0), [element ? 1 : 0]) },
      );
    else if (element instanceof PySlice)
      items.push({
        kind: 'slice',
        start: bound(element.start, interpreter),
        stop: bound(element.stop, interpreter),
        step: bound(element.step, interpreter) ?? 1,
      });
    else {
      const mask = tensorItem(element, items, interpreter);
      if (mask !== undefined) return mask;
    }
  }
  return { kind: 'items', items };
}

/** Appends an index given as a tensor or a sequence; a mask that is not known is returned instead. */
function tensorItem(element: PyValue, items: IndexItem[], interpreter: Interpreter): Subscript | undefined {
  const payload = indexTensor(element, interpreter);
  const { node } = payload;
  const value = concreteValue(node, interpreter);
  if (payload.dtype === 'bool' || payload.dtype === 'uint8') {
    if (value === undefined) {
      if (items.some(({ kind }) => kind !== 'slice'))
        return interpreter.stop('a mask that depends on the data is combined with other indices');
      return { kind: 'mask', before: items.length, mask: node };
    }
    for (const index of maskIndices(value, node.shape))
      items.push({ kind: 'tensor', index: constant(index, [index.length]) });
    return undefined;
  }
  if (node.dtype !== 'int')
    return interpreter.raise('IndexError', 'tensors used as indices must be long, int, byte or bool tensors');
  const [first] = value ?? [];
  if (node.shape.length === 0 && first !== undefined) items.push({ kind: 'at', index: first });
  else items.push({ kind: 'tensor', index: value === undefined ? node : constant(Int32Array.from(value), node.shape) });
  return undefined;
}

function indexTensor(element: PyValue, interpreter: Interpreter): TensorPayload {
  const own = payloadOf(element);
  if (own !== undefined) return own;
  if (element instanceof PyList || element instanceof PyTuple || element instanceof PyRange) {
    const made = payloadOf(tensorFromPython(element, interpreter));
    if (made !== undefined) return made.shape.join() === '0' ? emptyIndex(made) : made;
  }
  return indexFromObject(element, interpreter);
}

/** `[]` is an index of nothing, although a tensor of an empty list is a float. */
function emptyIndex(made: TensorPayload): TensorPayload {
  made.replace(constant(new Int32Array(0), [0]), 'int64');
  return made;
}

function indexFromObject(element: PyValue, interpreter: Interpreter): TensorPayload {
  const whole =
    interpreter.findAttribute(element, '__index__') === undefined ? undefined : interpreter.toInt(element, 'index');
  const made = whole === undefined ? undefined : payloadOf(tensorFromPython(BigInt(whole), interpreter));
  return (
    made ??
    interpreter.raise(
      'TypeError',
      `only integers, slices (\`:\`), ellipsis (\`...\`), None and long or byte Variables are valid indices (got ${interpreter.typeOf(element).name})`,
    )
  );
}
