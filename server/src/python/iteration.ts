/** Iteration over any value. */
import { callValue } from './calls';
import { typeOf } from './builtins/types';
import { PythonException } from './errors';
import type { Interpreter } from './interpreter';
import { scalarOf } from './operators';
import {
  NativeFunction,
  PyBytes,
  PyClass,
  PyContainer,
  PyDict,
  PyInstance,
  PyIterator,
  PyList,
  PyRange,
  PySet,
  PyTuple,
  Unknown,
} from './values';
import type { PyValue } from './values';

/** Items of an iterable; lists are followed as they change, dictionaries refuse to change. */
export function iterate(interpreter: Interpreter, value: PyValue): Iterable<PyValue> {
  if (value instanceof PyContainer) {
    const method = value.cls?.lookup('__iter__');
    if (method !== undefined && !(method instanceof NativeFunction))
      return iterate(interpreter, callValue(interpreter, method, [value], undefined));
    return containerItems(interpreter, value);
  }
  if (value instanceof PyRange) return rangeItems(value);
  if (value instanceof PyIterator) return iteratorItems(value);
  if (typeof value === 'string') return value;
  if (value instanceof PyBytes) return [...value.data].map((byte) => BigInt(byte));
  if (value instanceof Unknown)
    return interpreter.stopAtUnknown('this loop runs over a value that the source does not determine', value);
  if (value instanceof PyClass && value.enumMembers !== undefined) return new Set(value.enumMembers.values());
  return protocolItems(interpreter, value);
}

function containerItems(interpreter: Interpreter, value: PyContainer): Iterable<PyValue> {
  const items = itemsOf(interpreter, value);
  return interpreter.growth.causeOf(value) === undefined ? items : noted(interpreter, value, items);
}

function* noted(
  { growth }: Interpreter,
  container: PyContainer,
  items: Iterable<PyValue>,
): Generator<PyValue, void, undefined> {
  growth.passing(container);
  yield* items;
}

function itemsOf(interpreter: Interpreter, value: PyContainer): Iterable<PyValue> {
  if (value instanceof PyTuple) return value.items;
  if (value instanceof PyList) return listItems(value);
  const dict = value instanceof PySet ? value.elements : value;
  if (dict instanceof PyDict) return dictKeys(interpreter, dict, value instanceof PySet ? 'Set' : 'dictionary');
  return interpreter.raise('TypeError', `'${typeOf(value).name}' object is not iterable`);
}

function* listItems(list: PyList): Generator<PyValue, void, undefined> {
  // The index is checked at every step: the body may append or remove.
  for (let i = 0; i < list.items.length; i++) yield list.items[i] ?? null;
}

function* dictKeys(interpreter: Interpreter, dict: PyDict, what: string): Generator<PyValue, void, undefined> {
  const size = dict.size;
  for (const key of dict.keys()) {
    yield key;
    if (dict.size !== size) interpreter.raise('RuntimeError', `${what} changed size during iteration`);
  }
}

function* rangeItems({ start, stop, step }: PyRange): Generator<PyValue, void, undefined> {
  if (step > 0n) for (let i = start; i < stop; i += step) yield i;
  else for (let i = start; i > stop; i += step) yield i;
}

/** Does not close the iterator when the consumer stops early. */
function* iteratorItems({ source }: PyIterator): Generator<PyValue, void, undefined> {
  for (;;) {
    const { done, value } = source.next(null);
    if (done === true) return;
    yield value;
  }
}

function protocolItems(interpreter: Interpreter, value: PyValue): Iterable<PyValue> {
  const cls = value instanceof PyClass ? value.metaclass : typeOf(value);
  const method = cls?.lookup('__iter__');
  if (method !== undefined && method !== null) {
    const iterator = callValue(interpreter, method, [value], undefined);
    return iterator instanceof PyInstance ? nextItems(interpreter, iterator) : iterate(interpreter, iterator);
  }
  if (cls?.lookup('__getitem__') !== undefined) return indexedItems(interpreter, value);
  const scalar = scalarOf(value);
  if (scalar !== value) return iterate(interpreter, scalar);
  if (cls?.unreadBase !== undefined)
    return interpreter.stopAtUnknown('this loop runs over an object whose class is not read', cls.unreadBase);
  return interpreter.raise('TypeError', `'${typeOf(value).name}' object is not iterable`);
}

const isKind = (error: unknown, names: readonly string[]): boolean =>
  error instanceof PythonException && error.value.cls.resolutionOrder.some(({ name }) => names.includes(name));

function* nextItems(interpreter: Interpreter, iterator: PyInstance): Generator<PyValue, void, undefined> {
  const next = iterator.cls.lookup('__next__');
  if (next === undefined) interpreter.raise('TypeError', `iter() returned non-iterator of type '${iterator.cls.name}'`);
  for (;;) {
    let item: PyValue;
    try {
      item = callValue(interpreter, next, [iterator], undefined);
    } catch (error) {
      if (isKind(error, ['StopIteration'])) return;
      throw error;
    }
    yield item;
  }
}

/** The older protocol: `__getitem__` with 0, 1, 2, … until IndexError. */
function* indexedItems(interpreter: Interpreter, value: PyValue): Generator<PyValue, void, undefined> {
  for (let i = 0n; ; i++) {
    let item: PyValue;
    try {
      item = interpreter.getItem(value, i);
    } catch (error) {
      if (isKind(error, ['IndexError', 'StopIteration'])) return;
      throw error;
    }
    yield item;
  }
}
