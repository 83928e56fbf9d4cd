/** The built-in functions. */
import { bind, liveDictionary } from '../attributes';
import { rangeLength } from '../comparison';
import { roundFloat, roundToInt } from '../decimal';
import { PythonException } from '../errors';
import { formatValue } from '../formatting';
import { codePointList } from '../text';
import type { Interpreter } from '../interpreter';
import { native } from '../native';
import { binary, compare, scalarOf } from '../operators';
import { asciiRepr, repr, str } from '../representation';
import { Scope } from '../scope';
import { isLess, sortValues } from '../sorting';
import {
  NativeFunction,
  PyBoundMethod,
  PyClass,
  PyDescriptor,
  PyDict,
  PyFunction,
  PyInstance,
  PyIterator,
  PyList,
  PyRange,
  PySuper,
  PyTuple,
  Unknown,
  hashKey,
  identity,
} from '../values';
import type { PyValue } from '../values';
import { hashable } from '../hashing';
import { attributeNames, ownAttributes } from './names';
import { callValue } from '../calls';
import { typeOf } from './types';

const items = (args: PyValue | undefined): readonly PyValue[] => (args instanceof PyTuple ? args.items : []);

/** isinstance for a class, a union or a nested tuple of them; Unknown when the value's class may derive from code that is not read. */
export function isInstanceOf(interpreter: Interpreter, value: PyValue, classes: PyValue): boolean | Unknown {
  return matchesClass(interpreter, typeOf(value), classes, value);
}

function matchesClass(interpreter: Interpreter, cls: PyClass, classes: PyValue, value: PyValue): boolean | Unknown {
  if (value instanceof Unknown) return value;
  if (classes instanceof PyTuple) {
    let unknown: Unknown | undefined;
    for (const candidate of classes.items) {
      const matches = matchesClass(interpreter, cls, candidate, value);
      if (matches === true) return true;
      if (matches instanceof Unknown) unknown = matches;
    }
    return unknown ?? false;
  }
  if (classes === null) return value === null;
  // Nothing this interpreter makes is an instance of a class it has not read, unless it derives from one.
  if (classes instanceof Unknown) return cls.unreadBase ?? false;
  if (!(classes instanceof PyClass))
    return interpreter.raise('TypeError', 'isinstance() arg 2 must be a type, a tuple of types, or a union');
  const hook = classes.lookup('__instancecheck__') ?? classes.metaclass?.lookup('__instancecheck__');
  if (hook !== undefined) {
    const answer = callValue(interpreter, hook, [classes, value], undefined);
    return answer instanceof Unknown ? answer : interpreter.truth(answer);
  }
  return cls.isSubclassOf(classes);
}

function extreme(
  interpreter: Interpreter,
  name: string,
  args: readonly PyValue[],
  key: PyValue,
  fallback: PyValue,
  less: (a: PyValue, b: PyValue) => boolean,
): PyValue {
  const candidates = args.length === 1 ? interpreter.iterate(args[0] ?? null) : args;
  let best: { item: PyValue; key: PyValue } | undefined;
  for (const item of candidates) {
    if (item instanceof Unknown) return item;
    interpreter.step();
    const keyed = { item, key: key === null ? item : interpreter.call(key, [item]) };
    if (best === undefined || less(keyed.key, best.key)) best = keyed;
  }
  if (best !== undefined) return best.item;
  if (isDefault(fallback)) return interpreter.raise('ValueError', `${name}() iterable argument is empty`);
  return fallback;
}

const isDefault = (value: PyValue): boolean => typeOf(value).name === 'ellipsis';

/** One step of an iterator; undefined at its end. */
export function nextItem(interpreter: Interpreter, iterator: PyValue): PyValue | undefined {
  if (iterator instanceof PyIterator) {
    const { done, value } = iterator.source.next(null);
    return done === true ? undefined : value;
  }
  if (iterator instanceof Unknown) return iterator;
  const next = typeof iterator === 'object' && iterator !== null ? typeOf(iterator).lookup('__next__') : undefined;
  if (next === undefined) return interpreter.raise('TypeError', `'${typeOf(iterator).name}' object is not an iterator`);
  try {
    return callValue(interpreter, bind(interpreter, next, iterator, typeOf(iterator)), [], undefined);
  } catch (error) {
    if (error instanceof PythonException && interpreter.isKind(error, 'StopIteration')) return undefined;
    throw error;
  }
}

/** iter(value) */
export function makeIterator(interpreter: Interpreter, value: PyValue): PyValue {
  if (value instanceof PyIterator) return value;
  if (value instanceof PyInstance) {
    const method = value.cls.lookup('__iter__');
    if (method !== undefined) return callValue(interpreter, method, [value], undefined);
  }
  return interpreter.iterator(interpreter.iterate(value));
}

function* zipped(
  interpreter: Interpreter,
  iterables: readonly PyValue[],
  strict: boolean,
): Generator<PyValue, void, undefined> {
  const sources = iterables.map((iterable) => interpreter.iterate(iterable)[Symbol.iterator]());
  if (sources.length === 0) return;
  for (;;) {
    const row: PyValue[] = [];
    for (const [i, source] of sources.entries()) {
      const { done, value } = source.next() as IteratorResult<PyValue, undefined>;
      if (done === true) {
        if (strict) checkStrict(interpreter, sources, i);
        return;
      }
      row.push(value);
    }
    yield new PyTuple(row);
  }
}

function checkStrict(interpreter: Interpreter, sources: readonly Iterator<PyValue>[], ended: number): void {
  const others = ended === 1 ? 'argument 1' : `arguments 1-${ended}`;
  if (ended > 0) interpreter.raise('ValueError', `zip() argument ${ended + 1} is shorter than ${others}`);
  for (const [i, source] of sources.entries())
    if (i > 0 && source.next().done !== true)
      interpreter.raise(
        'ValueError',
        `zip() argument ${i + 1} is longer than ${i === 1 ? 'argument 1' : `arguments 1-${i}`}`,
      );
}

function* enumerated(iterable: Iterable<PyValue>, start: bigint): Generator<PyValue, void, undefined> {
  let index = start;
  for (const item of iterable) yield new PyTuple([index++, item]);
}

function* mapped(
  interpreter: Interpreter,
  callee: PyValue,
  iterables: readonly PyValue[],
): Generator<PyValue, void, undefined> {
  for (const row of zipped(interpreter, iterables, false)) yield interpreter.call(callee, items(row));
}

function* filtered(
  interpreter: Interpreter,
  predicate: PyValue,
  iterable: PyValue,
): Generator<PyValue, void, undefined> {
  for (const item of interpreter.iterate(iterable))
    if (interpreter.truth(predicate === null ? item : interpreter.call(predicate, [item]))) yield item;
}

function* reversedItems(interpreter: Interpreter, value: PyValue): Generator<PyValue, void, undefined> {
  const length = interpreter.length(value);
  for (let i = length - 1; i >= 0; i--) yield interpreter.getItem(value, BigInt(i));
}

/** CPython's compensated summation of floats (since 3.12) is not used by earlier versions; plain addition is. */
function sum(interpreter: Interpreter, iterable: PyValue, start: PyValue): PyValue {
  let total = start;
  for (const item of interpreter.iterate(iterable)) {
    interpreter.step();
    total = binary(interpreter, '+', total, item);
  }
  return total;
}

/** What follows from all items is not known where it is not known how many there are. */
function ofKnownItems({ growth }: Interpreter, run: () => PyValue): PyValue {
  const { result, cause } = growth.observe(run);
  return cause ?? result;
}

function round(interpreter: Interpreter, value: PyValue, digits: PyValue): PyValue {
  if (value instanceof Unknown) return value;
  const method = typeof value === 'object' && value !== null ? typeOf(value).lookup('__round__') : undefined;
  if (method !== undefined)
    return callValue(interpreter, method, digits === null ? [value] : [value, digits], undefined);
  const scalar = scalarOf(value);
  if (typeof scalar === 'number') {
    if (digits === null) {
      interpreter.floatToInt(scalar);
      return roundToInt(scalar);
    }
    return roundFloat(scalar, interpreter.toInt(digits, 'ndigits'));
  }
  if (typeof scalar !== 'bigint' && typeof scalar !== 'boolean')
    return interpreter.raise('TypeError', `type ${typeOf(value).name} doesn't define __round__ method`);
  const whole = BigInt(scalar);
  const places = digits === null ? 0 : interpreter.toInt(digits, 'ndigits');
  if (places >= 0) return whole;
  const unit = 10n ** BigInt(-places);
  const down = whole - (((whole % unit) + unit) % unit);
  const twice = (whole - down) * 2n;
  return twice > unit || (twice === unit && (down / unit) % 2n !== 0n) ? down + unit : down;
}

function power(interpreter: Interpreter, base: PyValue, exponent: PyValue, modulus: PyValue): PyValue {
  if (modulus === null) return binary(interpreter, '**', base, exponent);
  const m = interpreter.requireInt(modulus, 'pow()');
  let [b, e] = [interpreter.requireInt(base, 'pow()') % m, interpreter.requireInt(exponent, 'pow()')];
  if (e < 0n) return interpreter.stop('modular inverses are not followed');
  let result = 1n % m;
  for (; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * b) % m;
    b = (b * b) % m;
  }
  return ((result % m) + m) % m;
}

/** A stable hash: equal values share it. */
function hash(interpreter: Interpreter, value: PyValue): PyValue {
  const method = typeof value === 'object' && value !== null ? typeOf(value).lookup('__hash__') : undefined;
  if (method instanceof PyFunction) return callValue(interpreter, method, [value], undefined);
  hashable(interpreter, value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return BigInt(value);
  const key = hashKey(value);
  if (typeof key === 'object' && key !== null) return BigInt(identity(key));
  let code = 7n;
  for (const character of String(key)) code = (code * 31n + BigInt(character.charCodeAt(0))) % 2305843009213693951n;
  return code;
}

const numberText = (name: string, prefix: string, radix: number): NativeFunction =>
  native(`${name}(x, /)`, ({ x = null }, interpreter) => {
    const value = interpreter.requireInt(x, `${name}()`);
    return (value < 0n ? '-' : '') + prefix + (value < 0n ? -value : value).toString(radix);
  });

/** The frame whose names globals(), locals(), eval() and exec() see. */
function callerScope(interpreter: Interpreter): Scope {
  const { frame } = interpreter;
  return frame === undefined ? new Scope('module', new Map(), undefined, undefined) : frame.scope;
}

function evaluateText(
  interpreter: Interpreter,
  source: PyValue,
  globals: PyValue,
  locals: PyValue,
  mode: 'eval' | 'exec',
): PyValue {
  const { frame } = interpreter;
  if (source instanceof Unknown)
    return mode === 'eval' ? source : interpreter.stopAtUnknown('the text to execute is not known', source);
  if (frame === undefined) return interpreter.raise('RuntimeError', 'eval() needs a calling frame');
  const text = interpreter.toText(source, `${mode}()`);
  if (globals === null) return interpreter.evaluateIn(frame, text, mode);
  const namespace = locals === null ? globals : locals;
  const variables = new Map<string, PyValue>();
  for (const mapping of [globals, locals])
    if (mapping instanceof PyDict)
      for (const [key, value] of mapping.entries()) if (typeof key === 'string') variables.set(key, value);
  const result = interpreter.evaluateIn(frame, text, mode, new Scope('module', variables, undefined, undefined));
  if (mode === 'exec' && namespace instanceof PyDict) for (const [name, value] of variables) namespace.set(name, value);
  return result;
}

export const builtinFunctions: readonly NativeFunction[] = [
  native('abs(x, /)', ({ x = null }, interpreter) => {
    const scalar = scalarOf(x);
    if (typeof scalar === 'number') return Math.abs(scalar);
    if (typeof scalar === 'bigint' || typeof scalar === 'boolean') {
      const value = BigInt(scalar);
      return value < 0n ? -value : value;
    }
    if (x instanceof Unknown) return x;
    const method = typeof x === 'object' && x !== null ? typeOf(x).lookup('__abs__') : undefined;
    if (method !== undefined) return callValue(interpreter, method, [x], undefined);
    return interpreter.raise('TypeError', `bad operand type for abs(): '${typeOf(x).name}'`);
  }),
  native('all(iterable, /)', ({ iterable = null }, interpreter) => {
    if (iterable instanceof Unknown) return iterable;
    let unknown: Unknown | undefined;
    for (const item of interpreter.iterate(iterable)) {
      if (item instanceof Unknown) unknown = item;
      else if (!interpreter.truth(item)) return false;
    }
    return unknown ?? true;
  }),
  native('any(iterable, /)', ({ iterable = null }, interpreter) => {
    if (iterable instanceof Unknown) return iterable;
    let unknown: Unknown | undefined;
    for (const item of interpreter.iterate(iterable)) {
      if (item instanceof Unknown) unknown = item;
      else if (interpreter.truth(item)) return true;
    }
    return unknown ?? false;
  }),
  native('ascii(x, /)', ({ x = null }, interpreter) => asciiRepr(interpreter, x)),
  numberText('bin', '0b', 2),
  numberText('oct', '0o', 8),
  numberText('hex', '0x', 16),
  native('callable(x, /)', ({ x = null }) => {
    if (x instanceof PyFunction || x instanceof NativeFunction || x instanceof PyClass || x instanceof PyBoundMethod)
      return true;
    if (x instanceof Unknown) return x;
    return typeof x === 'object' && x !== null && typeOf(x).lookup('__call__') !== undefined;
  }),
  native('chr(i, /)', ({ i = null }, interpreter) => {
    const code = interpreter.toInt(i, 'chr()');
    if (code < 0 || code > 0x10ffff) return interpreter.raise('ValueError', 'chr() arg not in range(0x110000)');
    return String.fromCodePoint(code);
  }),
  native('ord(c, /)', ({ c = null }, interpreter) => {
    const text = interpreter.toText(c, 'ord()');
    const characters = codePointList(text);
    if (characters.length !== 1)
      return interpreter.raise(
        'TypeError',
        `ord() expected a character, but string of length ${characters.length} found`,
      );
    return BigInt(text.codePointAt(0) ?? 0);
  }),
  native('compile(source, filename, mode, **kwargs)', ({ source = null }) => source),
  native('delattr(obj, name, /)', ({ obj = null, name = null }, interpreter) => {
    interpreter.deleteAttribute(obj, interpreter.toText(name, 'delattr()'));
    return null;
  }),
  native('dir(obj=..., /)', ({ obj = null }, interpreter) => {
    if (isDefault(obj)) return new PyList([...callerScope(interpreter).variables.keys()].sort());
    return obj instanceof Unknown ? obj : new PyList(attributeNames(obj));
  }),
  native(
    'divmod(a, b, /)',
    ({ a = null, b = null }, interpreter) =>
      new PyTuple([binary(interpreter, '//', a, b), binary(interpreter, '%', a, b)]),
  ),
  native('enumerate(iterable, start=0)', ({ iterable = null, start = null }, interpreter) =>
    iterable instanceof Unknown
      ? iterable
      : interpreter.iterator(
          enumerated(interpreter.iterate(iterable), interpreter.requireInt(start, 'start')),
          'enumerate',
          interpreter.lengthOfCollection(iterable),
        ),
  ),
  native(
    'eval(source, globals=None, locals=None, /)',
    ({ source = null, globals = null, locals = null }, interpreter) =>
      evaluateText(interpreter, source, globals, locals, 'eval'),
  ),
  native(
    'exec(source, globals=None, locals=None, /)',
    ({ source = null, globals = null, locals = null }, interpreter) =>
      evaluateText(interpreter, source, globals, locals, 'exec'),
  ),
  native('filter(function, iterable, /)', ({ function: predicate = null, iterable = null }, interpreter) =>
    iterable instanceof Unknown ? iterable : interpreter.iterator(filtered(interpreter, predicate, iterable), 'filter'),
  ),
  native("format(value, spec='', /)", ({ value = null, spec = null }, interpreter) =>
    value instanceof Unknown ? value : formatValue(interpreter, value, interpreter.toText(spec, 'format()')),
  ),
  native('getattr(obj, name, default=..., /)', ({ obj = null, name = null, default: fallback = null }, interpreter) => {
    if (name instanceof Unknown) return name;
    const attribute = interpreter.toText(name, 'getattr()');
    if (isDefault(fallback)) return interpreter.getAttribute(obj, attribute);
    try {
      return interpreter.findAttribute(obj, attribute) ?? fallback;
    } catch (error) {
      if (error instanceof PythonException && interpreter.isKind(error, 'AttributeError')) return fallback;
      throw error;
    }
  }),
  native('globals()', (_, interpreter) => liveDictionary(callerScope(interpreter).moduleScope.variables)),
  native('hasattr(obj, name, /)', ({ obj = null, name = null }, interpreter) => {
    if (obj instanceof Unknown) return obj;
    if (name instanceof Unknown) return name;
    try {
      return interpreter.findAttribute(obj, interpreter.toText(name, 'hasattr()')) !== undefined;
    } catch (error) {
      if (error instanceof PythonException && interpreter.isKind(error, 'AttributeError')) return false;
      throw error;
    }
  }),
  native('hash(x, /)', ({ x = null }, interpreter) => hash(interpreter, x)),
  native('id(x, /)', ({ x = null }, interpreter) =>
    typeof x === 'object' && x !== null ? BigInt(identity(x)) : hash(interpreter, x),
  ),
  native("input(prompt='', /)", (_, interpreter) => new Unknown('it is typed in by the user', interpreter.currentSpan)),
  native('isinstance(obj, classes, /)', ({ obj = null, classes = null }, interpreter) =>
    isInstanceOf(interpreter, obj, classes),
  ),
  native('issubclass(cls, classes, /)', ({ cls = null, classes = null }, interpreter) => {
    if (cls instanceof Unknown) return cls;
    if (!(cls instanceof PyClass)) return interpreter.raise('TypeError', 'issubclass() arg 1 must be a class');
    const candidates = classes instanceof PyTuple ? classes.items : [classes];
    return candidates.some((candidate) => candidate instanceof PyClass && cls.isSubclassOf(candidate));
  }),
  native('iter(x, sentinel=..., /)', ({ x = null, sentinel = null }, interpreter) => {
    if (x instanceof Unknown) return x;
    if (isDefault(sentinel)) return makeIterator(interpreter, x);
    return interpreter.iterator(untilSentinel(interpreter, x, sentinel));
  }),
  native('len(obj, /)', ({ obj = null }, interpreter) =>
    obj instanceof Unknown ? obj : BigInt(interpreter.length(obj)),
  ),
  native('locals()', (_, interpreter) => liveDictionary(callerScope(interpreter).variables)),
  native('map(function, *iterables)', ({ function: callee = null, iterables }, interpreter) => {
    const unknown = items(iterables).find((iterable) => iterable instanceof Unknown);
    return unknown ?? interpreter.iterator(mapped(interpreter, callee, items(iterables)), 'map');
  }),
  native('max(*args, key=None, default=...)', ({ args, key = null, default: fallback = null }, interpreter) =>
    ofKnownItems(interpreter, () =>
      extreme(interpreter, 'max', items(args), key, fallback, (a, b) => isLess(interpreter, b, a)),
    ),
  ),
  native('min(*args, key=None, default=...)', ({ args, key = null, default: fallback = null }, interpreter) =>
    ofKnownItems(interpreter, () =>
      extreme(interpreter, 'min', items(args), key, fallback, (a, b) => isLess(interpreter, a, b)),
    ),
  ),
  native('next(iterator, default=..., /)', ({ iterator = null, default: fallback = null }, interpreter) => {
    if (isDefault(fallback)) return interpreter.callMethod(iterator, '__next__');
    return nextItem(interpreter, iterator) ?? fallback;
  }),
  native("open(file, mode='r', *args, **kwargs)", ({ file = null, mode }, interpreter) =>
    interpreter.openFile(file, typeof mode === 'string' ? mode : 'r'),
  ),
  native('pow(base, exp, mod=None)', ({ base = null, exp = null, mod = null }, interpreter) =>
    power(interpreter, base, exp, mod),
  ),
  native("print(*args, sep=' ', end='\\n', file=None, flush=False)", ({ args, sep, end, file = null }, interpreter) => {
    const write = interpreter.options.print;
    if (write === undefined || file !== null) return null;
    const separator = typeof sep === 'string' ? sep : ' ';
    write(
      items(args)
        .map((arg) => str(interpreter, arg))
        .join(separator) + (typeof end === 'string' ? end : '\n'),
    );
    return null;
  }),
  native('repr(x, /)', ({ x = null }, interpreter) => (x instanceof Unknown ? x : repr(interpreter, x))),
  native('reversed(sequence, /)', ({ sequence = null }, interpreter) => {
    if (sequence instanceof Unknown) return sequence;
    if (typeof sequence === 'object' && sequence !== null) {
      const method = typeOf(sequence).lookup('__reversed__');
      if (method !== undefined) return callValue(interpreter, method, [sequence], undefined);
      if (sequence instanceof PyDict) return interpreter.iterator(sequence.keys().reverse());
      if (sequence instanceof PyRange && rangeLength(sequence) === 0n) return interpreter.iterator([]);
    }
    return interpreter.iterator(reversedItems(interpreter, sequence), 'reversed');
  }),
  native('round(number, ndigits=None)', ({ number = null, ndigits = null }, interpreter) =>
    round(interpreter, number, ndigits),
  ),
  native('setattr(obj, name, value, /)', ({ obj = null, name = null, value = null }, interpreter) => {
    interpreter.setAttribute(obj, interpreter.toText(name, 'setattr()'), value);
    return null;
  }),
  native(
    'sorted(iterable, /, *, key=None, reverse=False)',
    ({ iterable = null, key = null, reverse = null }, interpreter) =>
      iterable instanceof Unknown
        ? iterable
        : interpreter.growth.derived(
            () => new PyList(sortValues(interpreter, interpreter.collect(iterable), key, interpreter.truth(reverse))),
          ),
  ),
  native('sum(iterable, /, start=0)', ({ iterable = null, start = null }, interpreter) =>
    iterable instanceof Unknown ? iterable : ofKnownItems(interpreter, () => sum(interpreter, iterable, start)),
  ),
  native('super(cls=None, obj=None, /)', ({ cls = null, obj = null }, interpreter) => {
    if (cls instanceof PyClass) return new PySuper(cls, obj);
    if (cls instanceof Unknown) return cls;
    return interpreter.frame === undefined ? null : interpreter.superOf(interpreter.frame);
  }),
  native('vars(obj=..., /)', ({ obj = null }, interpreter) => {
    if (isDefault(obj)) return liveDictionary(callerScope(interpreter).variables);
    if (obj instanceof Unknown) return obj;
    const attributes = ownAttributes(obj);
    return attributes === undefined
      ? interpreter.raise('TypeError', 'vars() argument must have __dict__ attribute')
      : liveDictionary(attributes);
  }),
  native('zip(*iterables, strict=False)', ({ iterables, strict = false }, interpreter) => {
    const unknown = items(iterables).find((iterable) => iterable instanceof Unknown);
    if (unknown !== undefined) return unknown;
    const lengths = items(iterables).flatMap((each) => interpreter.lengthOfCollection(each) ?? []);
    const length = lengths.length === 0 ? undefined : Math.min(...lengths);
    return interpreter.iterator(zipped(interpreter, items(iterables), interpreter.truth(strict)), 'zip', length);
  }),
  native('breakpoint(*args, **kwargs)', () => null),
  native('__import__(name, *args, **kwargs)', ({ name = null }, interpreter) => {
    const full = interpreter.toText(name, '__import__()');
    interpreter.importModule(full);
    return interpreter.importModule(full.split('.', 1)[0] ?? full);
  }),
  native('exit(code=None)', ({ code = null }, interpreter) => interpreter.raiseWith('SystemExit', [code])),
  native('quit(code=None)', ({ code = null }, interpreter) => interpreter.raiseWith('SystemExit', [code])),
];

function* untilSentinel(
  interpreter: Interpreter,
  callee: PyValue,
  sentinel: PyValue,
): Generator<PyValue, void, undefined> {
  for (;;) {
    const value = interpreter.call(callee);
    if (interpreter.truth(compare(interpreter, '==', value, sentinel))) return;
    yield value;
  }
}

/** property, classmethod, staticmethod as called in a class body. */
export const descriptorFunctions: readonly (readonly [string, (args: readonly PyValue[]) => PyValue])[] = [
  ['property', ([get = null, set = null, remove = null]) => new PyDescriptor('property', get, set, remove)],
  ['classmethod', ([callee = null]) => new PyDescriptor('classmethod', callee)],
  ['staticmethod', ([callee = null]) => new PyDescriptor('staticmethod', callee)],
  ['cached_property', ([callee = null]) => new PyDescriptor('cached_property', callee)],
];
