/** `object[index]`: reading, writing, deleting; slices of every sequence. */
import { callValue } from './calls';
import { typeOf } from './builtins/types';
import { rangeLength } from './comparison';
import { hashable } from './hashing';
import type { Interpreter } from './interpreter';
import { scalarOf } from './operators';
import { codePoints } from './text';
import {
  NativeFunction,
  PyBytes,
  PyClass,
  PyContainer,
  PyDescriptor,
  PyDict,
  PyFunction,
  PyInstance,
  PyList,
  PyRange,
  PySlice,
  PyTuple,
  Unknown,
  UnknownList,
} from './values';
import type { PyValue } from './values';

/** The method of a derived class that replaces a container's own subscript; undefined for plain containers. */
function override(object: PyValue, name: string): PyValue | undefined {
  if (object instanceof PyInstance) return object.cls.lookup(name);
  if (object instanceof PyContainer && object.cls !== undefined) {
    const method = object.cls.lookup(name);
    return method instanceof NativeFunction ? undefined : method;
  }
  return undefined;
}

export function getItem(interpreter: Interpreter, object: PyValue, index: PyValue): PyValue {
  const method = override(object, '__getitem__');
  if (method !== undefined) return callValue(interpreter, method, [object, index], undefined);
  return plainGetItem(interpreter, object, index);
}

/** Without a derived class's own `__getitem__`. */
export function plainGetItem(interpreter: Interpreter, object: PyValue, index: PyValue): PyValue {
  if (object instanceof PyDict) return dictItem(interpreter, object, index);
  if (object instanceof UnknownList && !(index instanceof Unknown))
    return index instanceof PySlice ? object : object.item;
  if (object instanceof Unknown) return new Unknown(object.reason, object.origin);
  if (object instanceof PyClass) return classItem(interpreter, object, index);
  const sequence = scalarOf(object);
  if (
    sequence instanceof PyList ||
    sequence instanceof PyTuple ||
    typeof sequence === 'string' ||
    sequence instanceof PyRange ||
    sequence instanceof PyBytes
  ) {
    if (index instanceof Unknown) return index;
    return sequenceItem(interpreter, sequence, index);
  }
  const cls = typeOf(object);
  if (cls.unreadBase !== undefined) return cls.unreadBase;
  if (object instanceof NativeFunction || object instanceof PyFunction) {
    // A typing construct used as `Callable[[int], int]`.
    return interpreter.raise('TypeError', `'${cls.name}' object is not subscriptable`);
  }
  return interpreter.raise('TypeError', `'${cls.name}' object is not subscriptable`);
}

type Sequence = PyList | PyTuple | string | PyRange | PyBytes;

function sequenceItem(interpreter: Interpreter, sequence: Sequence, index: PyValue): PyValue {
  if (index instanceof PySlice) return sliceOf(interpreter, sequence, index);
  const name = typeOf(sequence).name;
  const position = interpreter.indexOf(index, () =>
    typeof sequence === 'string'
      ? `string indices must be integers, not '${typeOf(index).name}'`
      : `${name} indices must be integers or slices, not ${typeOf(index).name}`,
  );
  if (sequence instanceof PyList || sequence instanceof PyTuple) {
    const { items } = sequence;
    const value = items[position < 0 ? position + items.length : position];
    if (value === undefined)
      interpreter.raise('IndexError', `${sequence instanceof PyList ? 'list' : 'tuple'} index out of range`);
    return value;
  }
  if (typeof sequence === 'string') {
    const characters = codePoints(sequence);
    const value = characters[position < 0 ? position + characters.length : position];
    if (value === undefined) interpreter.raise('IndexError', 'string index out of range');
    return value;
  }
  if (sequence instanceof PyBytes) {
    const value = sequence.data.at(position);
    if (value === undefined) interpreter.raise('IndexError', 'index out of range');
    return BigInt(value);
  }
  const length = rangeLength(sequence);
  const at = BigInt(position) < 0n ? BigInt(position) + length : BigInt(position);
  if (at < 0n || at >= length) interpreter.raise('IndexError', 'range object index out of range');
  return sequence.start + at * sequence.step;
}

function sliceOf(interpreter: Interpreter, sequence: Sequence, slice: PySlice): PyValue {
  if (sequence instanceof PyRange) {
    const [start, stop, step] = sliceIndices(interpreter, slice, Number(rangeLength(sequence)));
    const at = (i: number): bigint => sequence.start + BigInt(i) * sequence.step;
    return new PyRange(at(start), at(stop), sequence.step * BigInt(step));
  }
  if (typeof sequence === 'string') {
    const characters = codePoints(sequence);
    const [start, stop, step] = sliceIndices(interpreter, slice, characters.length);
    if (step === 1 && typeof characters === 'string') return characters.slice(start, Math.max(start, stop));
    return positions(start, stop, step)
      .map((i) => characters[i] ?? '')
      .join('');
  }
  if (sequence instanceof PyBytes) {
    const [start, stop, step] = sliceIndices(interpreter, slice, sequence.data.length);
    return new PyBytes(Uint8Array.from(positions(start, stop, step), (i) => sequence.data[i] ?? 0));
  }
  const { items } = sequence;
  const [start, stop, step] = sliceIndices(interpreter, slice, items.length);
  const part =
    step === 1 ? items.slice(start, Math.max(start, stop)) : positions(start, stop, step).map((i) => items[i] ?? null);
  return interpreter.growth.ofSize([sequence], sequence instanceof PyList ? new PyList(part) : new PyTuple(part));
}

function positions(start: number, stop: number, step: number): number[] {
  const list: number[] = [];
  for (let i = start; step > 0 ? i < stop : i > stop; i += step) list.push(i);
  return list;
}

/** `slice.indices(length)`: start, stop, step with defaults and bounds applied. */
export function sliceIndices(interpreter: Interpreter, slice: PySlice, length: number): [number, number, number] {
  const part = (value: PyValue): number | undefined =>
    value === null
      ? undefined
      : interpreter.indexOf(value, () => 'slice indices must be integers or None or have an __index__ method');
  const step = part(slice.step) ?? 1;
  if (step === 0) interpreter.raise('ValueError', 'slice step cannot be zero');
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const bound = (value: number | undefined, fallback: number): number =>
    value === undefined ? fallback : value < 0 ? Math.max(value + length, low) : Math.min(value, high);
  return [bound(part(slice.start), step > 0 ? low : high), bound(part(slice.stop), step > 0 ? high : low), step];
}

function dictItem(interpreter: Interpreter, dict: PyDict, key: PyValue): PyValue {
  const value = dict.get(hashable(interpreter, key));
  if (value !== undefined) return value;
  if (key instanceof Unknown) return key;
  const missing = dict.cls?.lookup('__missing__');
  if (missing !== undefined) return callValue(interpreter, missing, [dict, key], undefined);
  if (dict.missing !== undefined && dict.missing !== null) {
    const made = callValue(interpreter, dict.missing, [], undefined);
    dict.set(hashable(interpreter, key), made);
    return made;
  }
  return interpreter.raiseWith('KeyError', [key]);
}

function classItem(interpreter: Interpreter, cls: PyClass, index: PyValue): PyValue {
  if (cls.enumMembers !== undefined) {
    const member = typeof index === 'string' ? cls.enumMembers.get(index) : undefined;
    return member ?? interpreter.raiseWith('KeyError', [index]);
  }
  const method = cls.lookup('__class_getitem__');
  if (method !== undefined) {
    const callee = method instanceof PyDescriptor ? method.getter : method;
    return callValue(interpreter, callee, [cls, index], undefined);
  }
  const own = cls.metaclass?.lookup('__getitem__');
  if (own !== undefined) return callValue(interpreter, own, [cls, index], undefined);
  // `list[int]`, `Generic[T]`, `Module[T]`: type arguments mean nothing at run time.
  return cls;
}

export function setItem(interpreter: Interpreter, object: PyValue, index: PyValue, value: PyValue): void {
  const method = override(object, '__setitem__');
  if (method !== undefined) callValue(interpreter, method, [object, index, value], undefined);
  else plainSetItem(interpreter, object, index, value);
}

export function plainSetItem(interpreter: Interpreter, object: PyValue, index: PyValue, value: PyValue): void {
  if (object instanceof Unknown || typeOf(object).unreadBase !== undefined) return;
  if (object instanceof PyDict) {
    interpreter.growth.watch(object, interpreter, () => object.set(hashable(interpreter, index), value));
    interpreter.requireSize(object.size);
    return;
  }
  if (object instanceof PyList) {
    if (index instanceof Unknown) interpreter.stopAtUnknown('the position written to is not known', index);
    if (index instanceof PySlice) {
      setSlice(interpreter, object, index, value);
      return;
    }
    const position = interpreter.indexOf(
      index,
      () => `list indices must be integers or slices, not ${typeOf(index).name}`,
    );
    const at = position < 0 ? position + object.items.length : position;
    if (at < 0 || at >= object.items.length) interpreter.raise('IndexError', 'list assignment index out of range');
    object.items[at] = value;
    return;
  }
  interpreter.raise('TypeError', `'${typeOf(object).name}' object does not support item assignment`);
}

function setSlice(interpreter: Interpreter, list: PyList, slice: PySlice, value: PyValue): void {
  const items = interpreter.collect(value);
  const [start, stop, step] = sliceIndices(interpreter, slice, list.items.length);
  if (step === 1) {
    list.items = [...list.items.slice(0, start), ...items, ...list.items.slice(Math.max(start, stop))];
    interpreter.requireSize(list.items.length);
    return;
  }
  const targets = positions(start, stop, step);
  if (targets.length !== items.length)
    interpreter.raise(
      'ValueError',
      `attempt to assign sequence of size ${items.length} to extended slice of size ${targets.length}`,
    );
  for (const [i, target] of targets.entries()) list.items[target] = items[i] ?? null;
}

export function deleteItem(interpreter: Interpreter, object: PyValue, index: PyValue): void {
  const method = override(object, '__delitem__');
  if (method !== undefined) callValue(interpreter, method, [object, index], undefined);
  else plainDeleteItem(interpreter, object, index);
}

export function plainDeleteItem(interpreter: Interpreter, object: PyValue, index: PyValue): void {
  if (object instanceof Unknown) return;
  if (object instanceof PyDict) {
    if (!object.delete(hashable(interpreter, index))) interpreter.raiseWith('KeyError', [index]);
    return;
  }
  if (object instanceof PyList) {
    if (index instanceof PySlice) {
      const [start, stop, step] = sliceIndices(interpreter, index, object.items.length);
      const gone = new Set(positions(start, stop, step));
      object.items = object.items.filter((_, i) => !gone.has(i));
      return;
    }
    const position = interpreter.indexOf(
      index,
      () => `list indices must be integers or slices, not ${typeOf(index).name}`,
    );
    const at = position < 0 ? position + object.items.length : position;
    if (at < 0 || at >= object.items.length) interpreter.raise('IndexError', 'list assignment index out of range');
    object.items.splice(at, 1);
    return;
  }
  interpreter.raise('TypeError', `'${typeOf(object).name}' object doesn't support item deletion`);
}
