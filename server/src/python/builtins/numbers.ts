/** int, float, bool, complex: construction and methods. */
import type { Interpreter } from '../interpreter';
import { native } from '../native';
import { scalarOf } from '../operators';
import { PyBytes, PyClass, PyDescriptor, PyInstance, PyTuple, Unknown } from '../values';
import type { NativeFunction } from '../values';
import type { PyValue } from '../values';
import { callValue } from '../calls';
import { boolClass, complexClass, defineMethods, floatClass, intClass, typeOf } from './types';

/** A plain number, or an instance of the derived class that holds it. */
function asClass(value: bigint | number, cls: PyValue | undefined, plain: PyClass): PyValue {
  if (!(cls instanceof PyClass) || cls === plain) return value;
  const instance = new PyInstance(cls);
  instance.payload = value;
  return instance;
}

/** int(text, base); underscores and prefixes as in literals. */
function parseInt10(interpreter: Interpreter, given: string, base: number): bigint {
  const fail = (): never =>
    interpreter.raise('ValueError', `invalid literal for int() with base ${base}: ${interpreter.repr(given)}`);
  interpreter.requireIntSize(given.length);
  const [, sign = '', prefix = '', digits = ''] =
    /^\s*([+-]?)(0[xXoObB])?([\da-zA-Z](?:_?[\da-zA-Z])*)\s*$/.exec(given) ?? [];
  if (digits === '') return fail();
  const prefixBase = { x: 16, o: 8, b: 2 }[prefix.slice(1).toLowerCase()];
  const radix = base === 0 ? (prefixBase ?? 10) : base;
  // `0b1` is also a number in base 16.
  const plain = (prefixBase === undefined || prefixBase === radix ? digits : prefix + digits)
    .replaceAll('_', '')
    .toLowerCase();
  let value = 0n;
  for (const character of plain) {
    const digit = parseInt(character, 36);
    if (Number.isNaN(digit) || digit >= radix) return fail();
    value = value * BigInt(radix) + BigInt(digit);
  }
  return sign === '-' ? -value : value;
}

function toInt(interpreter: Interpreter, value: PyValue, base: PyValue): bigint | Unknown {
  if (value instanceof Unknown) return value;
  const scalar = scalarOf(value);
  if (typeof scalar === 'string')
    return parseInt10(interpreter, scalar, base === null ? 10 : interpreter.toInt(base, 'base'));
  if (base !== null) return interpreter.raise('TypeError', "int() can't convert non-string with explicit base");
  if (typeof scalar === 'number') return interpreter.floatToInt(scalar);
  if (typeof scalar === 'bigint') return scalar;
  if (typeof scalar === 'boolean') return BigInt(scalar);
  if (value instanceof PyBytes) return parseInt10(interpreter, new TextDecoder().decode(value.data), 10);
  for (const name of ['__int__', '__index__', '__trunc__']) {
    const method = typeOf(value).lookup(name);
    if (method === undefined) continue;
    const result = callValue(interpreter, method, [value], undefined);
    if (typeof result === 'bigint') return result;
    if (typeof result === 'boolean') return BigInt(result);
    if (result instanceof Unknown) return result;
  }
  return interpreter.raise(
    'TypeError',
    `int() argument must be a string, a bytes-like object or a real number, not '${typeOf(value).name}'`,
  );
}

function parseFloatText(interpreter: Interpreter, given: string): number {
  const plain = given.trim().replace(/(?<=\d)_(?=\d)/g, '');
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(plain)) return Number(plain);
  const word = /^([+-]?)(inf(?:inity)?|nan)$/i.exec(plain);
  if (word === null)
    return interpreter.raise('ValueError', `could not convert string to float: ${interpreter.repr(given)}`);
  const magnitude = (word[2] ?? '').toLowerCase() === 'nan' ? NaN : Infinity;
  return word[1] === '-' ? -magnitude : magnitude;
}

/**
 * What numpy's scalars have beyond Python's numbers. Functions of numpy give numbers here, so that numbers have it: a
 * program that runs does not ask others for it.
 */
const scalarMethods = (): NativeFunction[] => [
  native('item(self)', ({ self = null }) => self),
  native('astype(self, dtype, copy=True)', ({ self = null, dtype = null }, interpreter) => {
    const name = typeof dtype === 'string' ? dtype : dtype instanceof PyClass ? dtype.name : interpreter.repr(dtype);
    if (/bool/.test(name)) return interpreter.truth(self);
    const value = interpreter.toNumber(self, 'self');
    return /int|long/.test(name) ? BigInt(Math.trunc(value)) : value;
  }),
];

defineMethods(intClass, [
  ...scalarMethods(),
  native('__new__(cls, x=0, /, base=None)', ({ cls, x = null, base = null }, interpreter) => {
    const value = toInt(interpreter, x, base);
    return value instanceof Unknown ? value : asClass(value, cls, intClass);
  }),
  native('bit_length(self)', ({ self = null }, interpreter) => {
    const value = interpreter.requireInt(self, 'self');
    return value === 0n ? 0n : BigInt((value < 0n ? -value : value).toString(2).length);
  }),
  native('bit_count(self)', ({ self = null }, interpreter) => {
    const value = interpreter.requireInt(self, 'self');
    return BigInt((value < 0n ? -value : value).toString(2).replaceAll('0', '').length);
  }),
  native('conjugate(self)', ({ self = null }) => self),
  native('is_integer(self)', () => true),
  native(
    'as_integer_ratio(self)',
    ({ self = null }, interpreter) => new PyTuple([interpreter.requireInt(self, 'self'), 1n]),
  ),
]);

defineMethods(boolClass, [
  native('__new__(cls, x=False, /)', ({ x = null }, interpreter) => (x instanceof Unknown ? x : interpreter.truth(x))),
]);

defineMethods(floatClass, [
  ...scalarMethods(),
  native('__new__(cls, x=0.0, /)', ({ cls, x = null }, interpreter) => {
    if (x instanceof Unknown) return x;
    const scalar = scalarOf(x);
    if (typeof scalar === 'string') return asClass(parseFloatText(interpreter, scalar), cls, floatClass);
    if (
      typeof scalar === 'object' &&
      scalar !== null &&
      typeOf(x).lookup('__float__') === undefined &&
      typeOf(x).lookup('__index__') === undefined
    )
      return interpreter.raise(
        'TypeError',
        `float() argument must be a string or a real number, not '${typeOf(x).name}'`,
      );
    if (scalar === null)
      return interpreter.raise('TypeError', "float() argument must be a string or a real number, not 'NoneType'");
    return asClass(interpreter.toNumber(x, 'float()'), cls, floatClass);
  }),
  native('is_integer(self)', ({ self = null }, interpreter) => Number.isInteger(interpreter.toNumber(self, 'self'))),
  native('conjugate(self)', ({ self = null }) => self),
  native('hex(self)', (_, interpreter) => interpreter.stop('float.hex is not followed')),
  native('as_integer_ratio(self)', ({ self = null }, interpreter) => {
    let value = interpreter.toNumber(self, 'self');
    if (!Number.isFinite(value)) return interpreter.raise('OverflowError', 'cannot convert Infinity to integer ratio');
    let denominator = 1n;
    // Doubling is exact, so this ends with the exact fraction in lowest terms.
    while (!Number.isInteger(value)) {
      value *= 2;
      denominator *= 2n;
    }
    return new PyTuple([BigInt(value), denominator]);
  }),
]);

defineMethods(complexClass, [
  native('__new__(cls, real=0, imag=0)', (_, interpreter) => interpreter.stop('complex numbers are not followed')),
]);

intClass.attributes.set(
  'from_bytes',
  new PyDescriptor(
    'classmethod',
    native("from_bytes(cls, data, byteorder='big', *, signed=False)", ({ data, byteorder }) => {
      const bytes = data instanceof PyBytes ? [...data.data] : [];
      const ordered = byteorder === 'little' ? bytes.reverse() : bytes;
      return ordered.reduce((value, byte) => value * 256n + BigInt(byte), 0n);
    }),
  ),
);
