/** Identity, equality, order and membership of built-in values. */
import { callValue } from './calls';
import { typeOf } from './builtins/types';
import type { Interpreter } from './interpreter';
import { scalarOf } from './operators';
import { compare } from './operators';
import { hashable } from './hashing';
import {
  NativeFunction,
  PyBoundMethod,
  PyBytes,
  PyClass,
  PyContainer,
  PyDict,
  PyInstance,
  PyList,
  PyRange,
  PySet,
  PySlice,
  PyTuple,
  Unknown,
  isScalar,
} from './values';
import type { PyValue } from './values';

/** a is b. Small scalars are one object in CPython; here equal scalars of one type are. */
export function isIdentical(a: PyValue, b: PyValue): boolean {
  return a === b || (typeof a === 'number' && typeof b === 'number' && Number.isNaN(a) && Number.isNaN(b));
}

const isNumeric = (value: PyValue): value is bigint | number | boolean =>
  typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean';

function numbersEqual(a: bigint | number | boolean, b: bigint | number | boolean): boolean {
  const [x, y] = [typeof a === 'boolean' ? BigInt(a) : a, typeof b === 'boolean' ? BigInt(b) : b];
  if (typeof x === typeof y) return x === y;
  const [int, float] = typeof x === 'bigint' ? [x, Number(y)] : [BigInt(y), x];
  return Number.isInteger(float) && BigInt(float) === int;
}

/** a == b as a boolean; user-defined `__eq__` included. */
export function equals(interpreter: Interpreter, a: PyValue, b: PyValue): boolean {
  if (a === b) return typeof a !== 'number' || !Number.isNaN(a);
  if (isNumeric(a) && isNumeric(b)) return numbersEqual(a, b);
  if (typeof a === 'string' && typeof b === 'string') return false;
  if (a instanceof PyTuple && b instanceof PyTuple) return sequencesEqual(interpreter, a.items, b.items);
  if (a instanceof PyList && b instanceof PyList) return sequencesEqual(interpreter, a.items, b.items);
  if (a instanceof PyDict && b instanceof PyDict) return dictsEqual(interpreter, a, b);
  if (a instanceof PySet && b instanceof PySet)
    return a.elements.size === b.elements.size && a.items().every((item) => b.elements.has(item));
  if (a instanceof PyRange && b instanceof PyRange) return rangesEqual(a, b);
  if (a instanceof PyBytes && b instanceof PyBytes)
    return a.data.length === b.data.length && a.data.every((byte, i) => byte === b.data[i]);
  if (a instanceof PySlice && b instanceof PySlice)
    return sequencesEqual(interpreter, [a.start, a.stop, a.step], [b.start, b.stop, b.step]);
  if (a instanceof PyBoundMethod && b instanceof PyBoundMethod) return a.self === b.self && a.callee === b.callee;
  const [x, y] = [scalarOf(a), scalarOf(b)];
  if (x !== a || y !== b) return !isPlainEnumMember(a) && !isPlainEnumMember(b) && equals(interpreter, x, y);
  return false;
}

/** Members of a plain Enum are equal only to themselves. */
const isPlainEnumMember = (value: PyValue): boolean =>
  value instanceof PyInstance && value.cls.enumMembers !== undefined && !isScalar(value.payload);

/** Elementwise `==` where an element may define its own; raises or stops as its truth does. */
function elementEquals(interpreter: Interpreter, a: PyValue, b: PyValue): boolean {
  if (isIdentical(a, b)) return true;
  if (typeof a !== 'object' && typeof b !== 'object') return equals(interpreter, a, b);
  return interpreter.truth(compare(interpreter, '==', a, b));
}

function sequencesEqual(interpreter: Interpreter, a: readonly PyValue[], b: readonly PyValue[]): boolean {
  if (a.length !== b.length) return false;
  for (const [i, item] of a.entries()) {
    interpreter.step();
    if (!elementEquals(interpreter, item, b[i] ?? null)) return false;
  }
  return true;
}

function dictsEqual(interpreter: Interpreter, a: PyDict, b: PyDict): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a.entries()) {
    const other = b.get(key);
    if (other === undefined || !elementEquals(interpreter, value, other)) return false;
  }
  return true;
}

function rangesEqual(a: PyRange, b: PyRange): boolean {
  const [n, m] = [rangeLength(a), rangeLength(b)];
  return n === m && (n === 0n || (a.start === b.start && (n === 1n || a.step === b.step)));
}

export function rangeLength({ start, stop, step }: PyRange): bigint {
  const span = step > 0n ? stop - start : start - stop;
  const size = step > 0n ? step : -step;
  return span <= 0n ? 0n : (span + size - 1n) / size;
}

/** a < b and the like. */
export function compareOrder(
  interpreter: Interpreter,
  operator: '<' | '<=' | '>' | '>=',
  a: PyValue,
  b: PyValue,
): PyValue {
  const [x, y] = [scalarOf(a), scalarOf(b)];
  if ((isNumeric(x) && isNumeric(y)) || (typeof x === 'string' && typeof y === 'string'))
    return ordered(operator, x, y);
  const sequences =
    (x instanceof PyList && y instanceof PyList) || (x instanceof PyTuple && y instanceof PyTuple)
      ? ([x.items, y.items] as const)
      : undefined;
  if (sequences !== undefined) {
    const [p, q] = sequences;
    for (let i = 0; i < Math.min(p.length, q.length); i++) {
      const [left, right] = [p[i] ?? null, q[i] ?? null];
      if (!elementEquals(interpreter, left, right)) return compare(interpreter, operator, left, right);
    }
    return ordered(operator, p.length, q.length);
  }
  if (x instanceof PySet && y instanceof PySet) {
    const subset = (p: PySet, q: PySet): boolean => p.items().every((item) => q.elements.has(item));
    switch (operator) {
      case '<=':
        return subset(x, y);
      case '<':
        return subset(x, y) && x.elements.size < y.elements.size;
      case '>=':
        return subset(y, x);
      case '>':
        return subset(y, x) && y.elements.size < x.elements.size;
    }
  }
  if (x instanceof PyBytes && y instanceof PyBytes)
    return ordered(operator, String.fromCharCode(...x.data), String.fromCharCode(...y.data));
  const base = typeOf(a).unreadBase ?? typeOf(b).unreadBase;
  if (base !== undefined) return base;
  return interpreter.raise(
    'TypeError',
    `'${operator}' not supported between instances of '${typeOf(a).name}' and '${typeOf(b).name}'`,
  );
}

function ordered<T extends bigint | number | boolean | string>(operator: '<' | '<=' | '>' | '>=', a: T, b: T): boolean {
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
  }
}

/** item in container; Unknown if the container is. */
export function contains(interpreter: Interpreter, container: PyValue, item: PyValue): boolean | Unknown {
  if (container instanceof Unknown) return container;
  const custom =
    container instanceof PyInstance || container instanceof PyContainer
      ? typeOf(container).lookup('__contains__')
      : undefined;
  if (custom !== undefined && !(container instanceof PyContainer && custom instanceof NativeFunction)) {
    const found = callValue(interpreter, custom, [container, item], undefined);
    return found instanceof Unknown ? found : interpreter.truth(found);
  }
  const inner = scalarOf(container);
  if (typeof inner === 'string') {
    const text = scalarOf(item);
    if (text instanceof Unknown) return text;
    if (typeof text !== 'string')
      return interpreter.raise('TypeError', `'in <string>' requires string as left operand, not ${typeOf(item).name}`);
    return inner.includes(text);
  }
  if (item instanceof Unknown && (container instanceof PyDict || container instanceof PySet)) return item;
  if (container instanceof PyDict) return container.has(hashable(interpreter, item));
  if (container instanceof PySet)
    return container.elements.has(item instanceof PySet ? item : hashable(interpreter, item));
  if (container instanceof PyRange && (typeof item === 'bigint' || typeof item === 'boolean')) {
    const value = BigInt(item);
    const { start, stop, step } = container;
    const inside = step > 0n ? value >= start && value < stop : value <= start && value > stop;
    return inside && (value - start) % step === 0n;
  }
  if (container instanceof PyClass && container.enumMembers !== undefined)
    return [...container.enumMembers.values()].some(
      (member) => member === item || equals(interpreter, member.attributes.get('_value_') ?? null, item),
    );
  let unknown: Unknown | undefined;
  if (typeof inner === 'bigint' || typeof inner === 'number' || typeof inner === 'boolean' || inner === null)
    return interpreter.raise('TypeError', `argument of type '${typeOf(container).name}' is not iterable`);
  for (const element of interpreter.iterate(container)) {
    interpreter.step();
    if (isIdentical(element, item)) return true;
    const equal = compare(interpreter, '==', element, item);
    if (equal instanceof Unknown) unknown = equal;
    else if (interpreter.truth(equal)) return true;
  }
  return unknown ?? false;
}
