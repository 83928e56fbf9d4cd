/** Operators on values: numbers and containers directly, everything else through dunder methods. */
import { callValue } from './calls';
import { typeOf } from './builtins/types';
import { percentFormat } from './percentFormat';
import type { Interpreter } from './interpreter';
import { compareOrder, contains, equals, isIdentical } from './comparison';
import type { BinaryOperator, CompareOperator, UnaryOperator } from './syntax';
import {
  NativeFunction,
  NotImplemented,
  PyBytes,
  PyContainer,
  PyDict,
  PyInstance,
  PyList,
  PySet,
  PyTuple,
  PyClass,
  Unknown,
  isScalar,
} from './values';
import type { PyValue } from './values';

const METHOD_NAMES: Readonly<Record<BinaryOperator, string>> = {
  '+': 'add',
  '-': 'sub',
  '*': 'mul',
  '/': 'truediv',
  '//': 'floordiv',
  '%': 'mod',
  '**': 'pow',
  '@': 'matmul',
  '<<': 'lshift',
  '>>': 'rshift',
  '&': 'and',
  '|': 'or',
  '^': 'xor',
};

export function binary(interpreter: Interpreter, operator: BinaryOperator, a: PyValue, b: PyValue): PyValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') return intBinary(interpreter, operator, a, b);
  if (typeof a === 'number' && typeof b === 'number') return floatBinary(interpreter, operator, a, b);
  if (isNumeric(a) && isNumeric(b)) return mixedBinary(interpreter, operator, a, b);
  const known = containerBinary(interpreter, operator, a, b);
  if (known !== undefined) return known;
  return dispatch(interpreter, operator, a, b);
}

const isNumeric = (value: PyValue): value is bigint | number | boolean =>
  typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean';

function mixedBinary(
  interpreter: Interpreter,
  operator: BinaryOperator,
  a: bigint | number | boolean,
  b: bigint | number | boolean,
): PyValue {
  if (typeof a === 'boolean' && typeof b === 'boolean') {
    if (operator === '&') return a && b;
    if (operator === '|') return a || b;
    if (operator === '^') return a !== b;
  }
  if (typeof a === 'number' || typeof b === 'number') {
    for (const value of [a, b])
      if (typeof value === 'bigint' && !Number.isFinite(Number(value)))
        interpreter.raise('OverflowError', 'int too large to convert to float');
    return floatBinary(interpreter, operator, Number(a), Number(b), typeName(a), typeName(b));
  }
  return intBinary(interpreter, operator, BigInt(a), BigInt(b));
}

const typeName = (value: PyValue): string => typeOf(value).name;

const WORD = 2n ** 64n;

/** Refuses ints that would take more memory than any real program needs. */
function bounded(interpreter: Interpreter, value: bigint): bigint {
  if (value > WORD || value < -WORD) interpreter.requireIntSize(value.toString(16).length * 4);
  return value;
}

function intBinary(interpreter: Interpreter, operator: BinaryOperator, a: bigint, b: bigint): PyValue {
  switch (operator) {
    case '+':
      return bounded(interpreter, a + b);
    case '-':
      return bounded(interpreter, a - b);
    case '*':
      return bounded(interpreter, a * b);
    case '/':
      if (b === 0n) interpreter.raise('ZeroDivisionError', 'division by zero');
      return divideInts(interpreter, a, b);
    case '//':
      if (b === 0n) interpreter.raise('ZeroDivisionError', 'integer division or modulo by zero');
      return floorDivide(a, b);
    case '%':
      if (b === 0n) interpreter.raise('ZeroDivisionError', 'integer modulo by zero');
      return a - floorDivide(a, b) * b;
    case '**':
      return intPower(interpreter, a, b);
    case '<<':
      if (b < 0n) interpreter.raise('ValueError', 'negative shift count');
      interpreter.requireIntSize(Number(b));
      return bounded(interpreter, a << b);
    case '>>':
      if (b < 0n) interpreter.raise('ValueError', 'negative shift count');
      return a >> b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '@':
      return unsupported(interpreter, '@', a, b);
  }
}

export function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

const EXACT = 2n ** 53n;

/** Correctly rounded quotient of two ints. */
function divideInts(interpreter: Interpreter, a: bigint, b: bigint): number {
  if (a <= EXACT && a >= -EXACT && b <= EXACT && b >= -EXACT) return Number(a) / Number(b);
  // Scaled so that the integer quotient has at least 64 bits; a sticky bit keeps the rounding right.
  const magnitude = (n: bigint): bigint => (n < 0n ? -n : n);
  const bits = (n: bigint): number => magnitude(n).toString(2).length;
  const shift = BigInt(Math.max(0, 66 - (bits(a) - bits(b))));
  const numerator = magnitude(a) << shift;
  const divisor = magnitude(b);
  const quotient = numerator / divisor;
  const sticky = numerator % divisor === 0n ? quotient : quotient | 1n;
  // Halving in steps keeps subnormal results from losing the exponent's range at once.
  const value = Number(sticky) * 2 ** -Math.min(Number(shift), 1000) * 2 ** -Math.max(0, Number(shift) - 1000);
  if (!Number.isFinite(value)) interpreter.raise('OverflowError', 'integer division result too large for a float');
  return a < 0n !== b < 0n ? -value : value;
}

function intPower(interpreter: Interpreter, a: bigint, b: bigint): PyValue {
  if (b < 0n) {
    if (a === 0n) interpreter.raise('ZeroDivisionError', '0.0 cannot be raised to a negative power');
    return Number(a) ** Number(b);
  }
  if (a !== 0n && a !== 1n && a !== -1n) {
    const bits = (a < 0n ? -a : a).toString(2).length;
    interpreter.requireIntSize((bits - 1) * Number(b));
  } else if (b > 1n) b = 2n + (b % 2n);
  return a ** b;
}

function floatBinary(
  interpreter: Interpreter,
  operator: BinaryOperator,
  a: number,
  b: number,
  leftType = 'float',
  rightType = 'float',
): PyValue {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      if (b === 0)
        interpreter.raise(
          'ZeroDivisionError',
          leftType === 'float' || rightType === 'float' ? 'float division by zero' : 'division by zero',
        );
      return a / b;
    case '//':
      if (b === 0) interpreter.raise('ZeroDivisionError', 'float floor division by zero');
      return floatFloorDivide(a, b);
    case '%':
      if (b === 0) interpreter.raise('ZeroDivisionError', 'float modulo');
      return floatModulo(a, b);
    case '**':
      return floatPower(interpreter, a, b);
    default:
      return interpreter.raise(
        'TypeError',
        `unsupported operand type(s) for ${operator}: '${leftType}' and '${rightType}'`,
      );
  }
}

/** The remainder with the divisor's sign, exact as in CPython's float_rem. */
export function floatModulo(a: number, b: number): number {
  const remainder = a % b;
  if (remainder === 0) return b < 0 ? -0 : 0;
  return remainder < 0 !== b < 0 ? remainder + b : remainder;
}

/** As CPython's float_floor_div: from the exact remainder, not from the rounded quotient. */
export function floatFloorDivide(a: number, b: number): number {
  const quotient = (a - floatModulo(a, b)) / b;
  if (quotient === 0) return a / b < 0 ? -0 : 0;
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

function floatPower(interpreter: Interpreter, a: number, b: number): PyValue {
  if (a === 0 && b < 0) interpreter.raise('ZeroDivisionError', '0.0 cannot be raised to a negative power');
  if (a < 0 && Number.isFinite(a) && Number.isFinite(b) && !Number.isInteger(b))
    return interpreter.stop('complex numbers are not followed', `${a} ** ${b} is complex in Python`);
  // JavaScript says NaN where C and Python say 1.
  if (a === 1 || (a === -1 && !Number.isFinite(b) && !Number.isNaN(b))) return 1;
  const value = a ** b;
  if (!Number.isFinite(value) && Number.isFinite(a) && Number.isFinite(b))
    interpreter.raise('OverflowError', "(34, 'Numerical result out of range')");
  return value;
}

function containerBinary(
  interpreter: Interpreter,
  operator: BinaryOperator,
  a: PyValue,
  b: PyValue,
): PyValue | undefined {
  if (operator === '%' && typeof a === 'string') return percentFormat(interpreter, a, b);
  if (typeof a === 'string' && typeof b === 'string') {
    if (operator !== '+') return undefined;
    interpreter.requireSize(a.length + b.length);
    return a + b;
  }
  if (operator === '*') return repetition(interpreter, a, b) ?? repetition(interpreter, b, a);
  if (!(a instanceof PyContainer || a instanceof PyBytes) || !(b instanceof PyContainer || b instanceof PyBytes))
    return undefined;
  if (operator === '+') {
    if (overrides(a, '__add__') || overrides(b, '__radd__')) return undefined;
    if (a instanceof PyList && b instanceof PyList)
      return interpreter.growth.ofSize([a, b], new PyList(joined(interpreter, a.items, b.items)));
    if (a instanceof PyTuple && b instanceof PyTuple)
      return interpreter.growth.ofSize([a, b], new PyTuple(joined(interpreter, a.items, b.items)));
    if (a instanceof PyBytes && b instanceof PyBytes) return new PyBytes(Uint8Array.from([...a.data, ...b.data]));
    return undefined;
  }
  if (a instanceof PySet && b instanceof PySet) {
    const set = setBinary(operator, a, b);
    return set && interpreter.growth.ofSize([a, b], set);
  }
  if (operator === '|' && a instanceof PyDict && b instanceof PyDict && !overrides(a, '__or__')) {
    const merged = PyDict.of([...a.entries(), ...b.entries()]);
    merged.cls = a.cls;
    merged.missing = a.missing;
    return interpreter.growth.ofSize([a, b], merged);
  }
  return undefined;
}

/** A derived class with an operator of its own goes through dunder dispatch. */
function overrides(value: PyContainer | PyBytes, method: string): boolean {
  return value instanceof PyContainer && value.cls !== undefined && value.cls.lookup(method) !== undefined;
}

function joined(interpreter: Interpreter, a: readonly PyValue[], b: readonly PyValue[]): PyValue[] {
  interpreter.allocate(a.length + b.length);
  return [...a, ...b];
}

function repetition(interpreter: Interpreter, sequence: PyValue, times: PyValue): PyValue | undefined {
  if (typeof times !== 'bigint' && typeof times !== 'boolean') return undefined;
  const count = Math.max(0, Number(times));
  if (typeof sequence === 'string') {
    interpreter.requireSize(sequence.length * count);
    return sequence.repeat(count);
  }
  if (!(sequence instanceof PyList || sequence instanceof PyTuple)) return undefined;
  if (overrides(sequence, '__mul__')) return undefined;
  interpreter.allocate(sequence.items.length * count);
  const items: PyValue[] = [];
  for (let i = 0; i < count; i++) for (const item of sequence.items) items.push(item);
  return interpreter.growth.ofSize([sequence], sequence instanceof PyList ? new PyList(items) : new PyTuple(items));
}

export function setBinary(operator: BinaryOperator, a: PySet, b: PySet): PySet | undefined {
  // A view of a dictionary's keys gives plain sets.
  const frozen = a.frozen && a.cls === undefined;
  const inBoth = a.items().filter((item) => b.elements.has(item));
  const onlyA = a.items().filter((item) => !b.elements.has(item));
  switch (operator) {
    case '&':
      return new PySet(inBoth, frozen);
    case '|':
      return new PySet([...a.items(), ...b.items()], frozen);
    case '-':
      return new PySet(onlyA, frozen);
    case '^':
      return new PySet([...onlyA, ...b.items().filter((item) => !a.elements.has(item))], frozen);
    default:
      return undefined;
  }
}

/** Dunder methods: the reflected one first when the right operand's class derives from the left's. */
function dispatch(interpreter: Interpreter, operator: BinaryOperator, a: PyValue, b: PyValue): PyValue {
  const [left, right] = [typeOf(a), typeOf(b)];
  const name = METHOD_NAMES[operator];
  const reflectedFirst = left !== right && right.isSubclassOf(left);
  const attempts: readonly (readonly [PyValue, PyClass, string, PyValue])[] = reflectedFirst
    ? [
        [b, right, `__r${name}__`, a],
        [a, left, `__${name}__`, b],
      ]
    : [
        [a, left, `__${name}__`, b],
        [b, right, `__r${name}__`, a],
      ];
  for (const [self, cls, method, other] of attempts) {
    const result = attempt(interpreter, self, cls, method, other);
    if (result !== NotImplemented) return result;
  }
  if (a instanceof Unknown) return a;
  if (b instanceof Unknown) return b;
  const [plainA, plainB] = [scalarOf(a), scalarOf(b)];
  if (plainA !== a || plainB !== b) return binary(interpreter, operator, plainA, plainB);
  if (operator === '*') {
    const repeated = repetitionByIndex(interpreter, a, b) ?? repetitionByIndex(interpreter, b, a);
    if (repeated !== undefined) return repeated;
  }
  if (left.unreadBase !== undefined) return left.unreadBase;
  if (right.unreadBase !== undefined) return right.unreadBase;
  // int | None, list[int] | str: types written with `|`.
  if (operator === '|' && (a instanceof PyClass || b instanceof PyClass)) return interpreter.unionOfTypes(a, b);
  return unsupported(interpreter, operator, a, b);
}

/** sequence * object with `__index__` */
function repetitionByIndex(interpreter: Interpreter, sequence: PyValue, times: PyValue): PyValue | undefined {
  const isSequence = typeof sequence === 'string' || sequence instanceof PyList || sequence instanceof PyTuple;
  if (!isSequence || !(times instanceof PyInstance) || times.cls.lookup('__index__') === undefined) return undefined;
  return repetition(interpreter, sequence, interpreter.requireInt(times, 'repetition'));
}

/** NotImplemented when there is no such method. */
function attempt(interpreter: Interpreter, self: PyValue, cls: PyClass, method: string, other: PyValue): PyValue {
  const found = cls.lookup(method);
  if (found === undefined || found === null) return NotImplemented;
  return callValue(interpreter, found, [self, other], undefined);
}

/** The number or text inside an instance of a class derived from int, float or str. */
export function scalarOf(value: PyValue): PyValue {
  return value instanceof PyInstance && isScalar(value.payload) ? value.payload : value;
}

function unsupported(interpreter: Interpreter, operator: string, a: PyValue, b: PyValue): never {
  if (operator === '+' && typeof a === 'string')
    return interpreter.raise('TypeError', `can only concatenate str (not "${typeName(b)}") to str`);
  if (operator === '+' && (a instanceof PyList || a instanceof PyTuple))
    return interpreter.raise(
      'TypeError',
      `can only concatenate ${typeName(a)} (not "${typeName(b)}") to ${typeName(a)}`,
    );
  if (operator === '*' && (typeof a === 'string' || a instanceof PyList || a instanceof PyTuple))
    return interpreter.raise('TypeError', `can't multiply sequence by non-int of type '${typeName(b)}'`);
  const shown = operator === '**' ? '** or pow()' : operator;
  return interpreter.raise(
    'TypeError',
    `unsupported operand type(s) for ${shown}: '${typeName(a)}' and '${typeName(b)}'`,
  );
}

/** a operator= b: in place for what can change, else the plain operator. */
export function inPlace(interpreter: Interpreter, operator: BinaryOperator, a: PyValue, b: PyValue): PyValue {
  if (typeof a !== 'object' || a === null) return binary(interpreter, operator, a, b);
  const method = typeOf(a).lookup(`__i${METHOD_NAMES[operator]}__`);
  if (method !== undefined) {
    const result = callValue(interpreter, method, [a, b], undefined);
    if (result !== NotImplemented) return result;
  }
  if (a instanceof PyList && operator === '+') {
    return interpreter.growth.derived(() => {
      for (const item of b === a ? [...a.items] : interpreter.iterate(b)) {
        a.items.push(item);
        interpreter.step();
        interpreter.requireSize(a.items.length);
      }
      return a;
    });
  }
  if (a instanceof PyList && operator === '*') {
    const result = binary(interpreter, operator, a, b);
    if (result instanceof PyList) a.items = result.items;
    return a;
  }
  if (a instanceof PySet && !a.frozen && b instanceof PySet) {
    const result = setBinary(operator, a, b);
    if (result instanceof PySet) {
      a.elements.clear();
      for (const item of result.items()) a.elements.set(item, null);
      return a;
    }
  }
  if (a instanceof PyDict && operator === '|') {
    for (const [key, value] of interpreter.mappingEntries(b)) a.set(key, value);
    return a;
  }
  return binary(interpreter, operator, a, b);
}

export function unary(interpreter: Interpreter, operator: UnaryOperator, value: PyValue): PyValue {
  if (operator === 'not') {
    if (value instanceof Unknown) return value;
    return !interpreter.truth(value);
  }
  if (typeof value === 'bigint' || typeof value === 'boolean') {
    const n = BigInt(value);
    return operator === '-' ? -n : operator === '~' ? ~n : n;
  }
  if (typeof value === 'number' && operator !== '~') return operator === '-' ? -value : value;
  const method = typeOf(value).lookup({ '-': '__neg__', '+': '__pos__', '~': '__invert__' }[operator]);
  if (method !== undefined) return callValue(interpreter, method, [value], undefined);
  if (value instanceof Unknown) return value;
  const scalar = scalarOf(value);
  if (scalar !== value) return unary(interpreter, operator, scalar);
  return interpreter.raise('TypeError', `bad operand type for unary ${operator}: '${typeName(value)}'`);
}

const REFLECTED: Readonly<Record<string, readonly [string, string]>> = {
  '==': ['__eq__', '__eq__'],
  '!=': ['__ne__', '__ne__'],
  '<': ['__lt__', '__gt__'],
  '<=': ['__le__', '__ge__'],
  '>': ['__gt__', '__lt__'],
  '>=': ['__ge__', '__le__'],
};

/** A rich comparison; its result need not be a bool (tensors compare elementwise). */
export function compare(interpreter: Interpreter, operator: CompareOperator, a: PyValue, b: PyValue): PyValue {
  if ((typeof a === 'bigint' && typeof b === 'bigint') || (typeof a === 'number' && typeof b === 'number')) {
    switch (operator) {
      case '<':
        return a < b;
      case '<=':
        return a <= b;
      case '>':
        return a > b;
      case '>=':
        return a >= b;
      case '==':
        return a === b;
      case '!=':
        return a !== b;
      default:
    }
  }
  switch (operator) {
    case 'is':
    case 'is not': {
      // An unknown may well be None.
      const unknown = a instanceof Unknown ? a : b instanceof Unknown ? b : undefined;
      if (unknown !== undefined && a !== b) return unknown;
      return isIdentical(a, b) === (operator === 'is');
    }
    case 'in':
    case 'not in': {
      const found = contains(interpreter, b, a);
      return typeof found === 'boolean' ? found === (operator === 'in') : found;
    }
    default:
      return richCompare(interpreter, operator, a, b);
  }
}

function richCompare(
  interpreter: Interpreter,
  operator: '==' | '!=' | '<' | '<=' | '>' | '>=',
  a: PyValue,
  b: PyValue,
): PyValue {
  if (typeof a === 'object' || typeof b === 'object') {
    const result = compareByMethods(interpreter, operator, a, b);
    if (result !== NotImplemented) return result;
    if (a instanceof Unknown) return a;
    if (b instanceof Unknown) return b;
  }
  if (operator === '==') return equals(interpreter, a, b);
  if (operator === '!=') return !equals(interpreter, a, b);
  return compareOrder(interpreter, operator, a, b);
}

function compareByMethods(interpreter: Interpreter, operator: string, a: PyValue, b: PyValue): PyValue {
  const [method, reflected] = REFLECTED[operator] ?? ['', ''];
  const [left, right] = [typeOf(a), typeOf(b)];
  const reflectedFirst = left !== right && right.isSubclassOf(left);
  const order: readonly (readonly [PyValue, PyClass, string, PyValue])[] = reflectedFirst
    ? [
        [b, right, reflected, a],
        [a, left, method, b],
      ]
    : [
        [a, left, method, b],
        [b, right, reflected, a],
      ];
  for (const [self, cls, name, other] of order) {
    const found = cls.lookup(name);
    // Containers' own comparisons are in equals and compareOrder; a native method exists for super() calls only.
    if (found === undefined || found === null || (self instanceof PyContainer && found instanceof NativeFunction))
      continue;
    const result = callValue(interpreter, found, [self, other], undefined);
    if (result !== NotImplemented) return result;
  }
  if (operator === '!=' && (left.lookup('__eq__') !== undefined || right.lookup('__eq__') !== undefined)) {
    const equal = compareByMethods(interpreter, '==', a, b);
    if (equal !== NotImplemented) return equal instanceof Unknown ? equal : !interpreter.truth(equal);
  }
  return NotImplemented;
}
