/** format(value, specification): the format mini-language of the library reference. */
import { callValue } from './calls';
import { typeOf } from './builtins/types';
import { fixed, significant } from './decimal';
import type { Interpreter } from './interpreter';
import { scalarOf } from './operators';
import { floatRepr, str } from './representation';
import { codePointList, codePoints } from './text';
import { PyContainer, PyInstance } from './values';
import type { PyValue } from './values';

const SPECIFICATION = /^(?:([^])?([<>=^]))?([-+ ])?(z)?(#)?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/u;

interface Specification {
  readonly fill: string;
  readonly align: string | undefined;
  readonly sign: string;
  /** `z`: a result that rounds to zero has no minus. */
  readonly positiveZero: boolean;
  readonly alternate: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
}

function parse(interpreter: Interpreter, text: string, value: PyValue): Specification {
  const match = SPECIFICATION.exec(text);
  if (match === null)
    return interpreter.raise(
      'ValueError',
      `Invalid format specifier '${text}' for object of type '${typeOf(value).name}'`,
    );
  const [, fill, align, sign, z, alternate, zero, width, grouping, precision, type] = match;
  const places = precision === undefined ? undefined : Number(precision);
  interpreter.requireSize(Number(width ?? 0));
  interpreter.requireSize(places ?? 0);
  return {
    fill: fill ?? (zero !== undefined ? '0' : ' '),
    align: align ?? (zero !== undefined ? '=' : undefined),
    sign: sign ?? '-',
    positiveZero: z !== undefined,
    alternate: alternate !== undefined,
    width: Number(width ?? 0),
    grouping: grouping ?? '',
    precision: places,
    type: type ?? '',
  };
}

export function formatValue(interpreter: Interpreter, value: PyValue, specification: string): string {
  if (value instanceof PyInstance || (value instanceof PyContainer && value.cls !== undefined)) {
    const method = typeOf(value).lookup('__format__');
    if (method !== undefined)
      return str(interpreter, callValue(interpreter, method, [value, specification], undefined));
  }
  if (specification === '') return str(interpreter, value);
  const scalar = scalarOf(value);
  if (typeof scalar === 'string') return formatText(interpreter, scalar, specification);
  if (typeof scalar === 'boolean' || typeof scalar === 'bigint') {
    const parsed = parse(interpreter, specification, scalar);
    if (typeof scalar === 'boolean' && parsed.type === 's')
      return formatText(interpreter, scalar ? 'True' : 'False', specification);
    return formatInt(interpreter, BigInt(scalar), parsed, specification);
  }
  if (typeof scalar === 'number') return formatFloat(interpreter, scalar, parse(interpreter, specification, scalar));
  return interpreter.raise('TypeError', `unsupported format string passed to ${typeOf(value).name}.__format__`);
}

function formatText(interpreter: Interpreter, text: string, specification: string): string {
  const parsed = parse(interpreter, specification, text);
  if (parsed.type !== '' && parsed.type !== 's')
    return interpreter.raise('ValueError', `Unknown format code '${parsed.type}' for object of type 'str'`);
  if (parsed.align === '=' && !/^.?=/u.test(specification)) return pad(text, { ...parsed, align: '<' }, '<');
  const characters = codePointList(text);
  const shown = parsed.precision === undefined ? text : characters.slice(0, parsed.precision).join('');
  return pad(shown, parsed, '<');
}

function pad(text: string, { fill, align, width }: Specification, fallback: string): string {
  const missing = width - codePoints(text).length;
  if (missing <= 0) return text;
  switch (align ?? fallback) {
    case '<':
      return text + fill.repeat(missing);
    case '^': {
      const left = missing >> 1;
      return fill.repeat(left) + text + fill.repeat(missing - left);
    }
    default:
      return fill.repeat(missing) + text;
  }
}

function signOf(negative: boolean, { sign }: Specification): string {
  return negative ? '-' : sign === '+' || sign === ' ' ? sign : '';
}

/** Sign and prefix, then zeros for `=` alignment, then digits with separators. */
function assemble(prefix: string, whole: string, rest: string, specification: Specification, groupSize = 3): string {
  const { grouping, width, align, fill } = specification;
  let digits = group(whole, grouping, groupSize);
  if (align === '=') {
    const room = width - prefix.length - rest.length;
    if (fill === '0' && grouping !== '')
      // Zeros are grouped like digits.
      while (digits.length < room) {
        whole = `0${whole}`;
        digits = group(whole, grouping, groupSize);
      }
    else if (digits.length < room) digits = fill.repeat(room - digits.length) + digits;
    return prefix + digits + rest;
  }
  return pad(prefix + digits + rest, specification, '>');
}

function group(digits: string, separator: string, size: number): string {
  if (separator === '') return digits;
  const first = digits.length % size;
  const groups = first === 0 ? [] : [digits.slice(0, first)];
  for (let i = first; i < digits.length; i += size) groups.push(digits.slice(i, i + size));
  return groups.join(separator);
}

const RADIX: Readonly<Record<string, readonly [number, string]>> = {
  b: [2, '0b'],
  o: [8, '0o'],
  x: [16, '0x'],
  X: [16, '0X'],
};

function formatInt(interpreter: Interpreter, value: bigint, specification: Specification, text: string): string {
  const { type } = specification;
  if (specification.positiveZero)
    return interpreter.raise('ValueError', 'Negative zero coercion (z) not allowed in integer format specifier');
  const magnitude = value < 0n ? -value : value;
  const sign = signOf(value < 0n, specification);
  switch (type) {
    case '':
    case 'd':
    case 'n':
      if (specification.precision !== undefined)
        return interpreter.raise('ValueError', 'Precision not allowed in integer format specifier');
      return assemble(sign, magnitude.toString(), '', specification);
    case 'b':
    case 'o':
    case 'x':
    case 'X': {
      const [radix, prefix] = RADIX[type] ?? [16, ''];
      const digits = magnitude.toString(radix);
      return assemble(
        sign + (specification.alternate ? prefix : ''),
        type === 'X' ? digits.toUpperCase() : digits,
        '',
        specification,
        4,
      );
    }
    case 'c':
      return pad(String.fromCodePoint(Number(value)), specification, '<');
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
    case '%':
      return formatFloat(interpreter, Number(value), specification);
    default:
      return interpreter.raise(
        'ValueError',
        text.includes(type) ? `Unknown format code '${type}' for object of type 'int'` : 'Invalid format',
      );
  }
}

function formatFloat(interpreter: Interpreter, value: number, specification: Specification): string {
  const { type } = specification;
  if (!['', 'e', 'E', 'f', 'F', 'g', 'G', '%', 'n'].includes(type))
    return interpreter.raise('ValueError', `Unknown format code '${type}' for object of type 'float'`);
  const negative = value < 0 || Object.is(value, -0);
  const sign = signOf(negative, specification);
  if (!Number.isFinite(value)) {
    const word = Number.isNaN(value) ? 'nan' : 'inf';
    const shown = type === 'E' || type === 'F' || type === 'G' ? word.toUpperCase() : word;
    return assemble(signOf(value < 0, specification), shown, type === '%' ? '%' : '', {
      ...specification,
      grouping: '',
    });
  }
  const text = floatDigits(value, specification);
  if (specification.positiveZero && negative && !/[1-9]/.test(text)) return formatFloat(interpreter, 0, specification);
  const [, whole = '', rest = ''] = /^(\d+)(.*)$/.exec(text) ?? [];
  return assemble(sign, whole, rest, specification);
}

/** Unsigned text of a finite number in the given presentation. */
function floatDigits(value: number, { type, precision, alternate }: Specification): string {
  switch (type) {
    case 'f':
    case 'F':
      return fixed(value, precision ?? 6) + (alternate && precision === 0 ? '.' : '');
    case '%':
      return `${fixed(value * 100, precision ?? 6)}%`;
    case 'e':
    case 'E':
      return exponential(value, precision ?? 6, type, alternate);
    case '':
      if (precision === undefined) return floatRepr(Math.abs(value));
      return general(value, precision, 'e', alternate, true);
    default:
      return general(value, precision ?? 6, type === 'G' ? 'E' : 'e', alternate, false);
  }
}

function exponential(value: number, precision: number, letter: string, alternate: boolean): string {
  const { digits, exponent } = significant(value, precision + 1);
  return mantissa(digits, alternate) + exponentText(exponent, letter);
}

const mantissa = (digits: string, alternate: boolean): string =>
  (digits[0] ?? '0') + (digits.length > 1 ? `.${digits.slice(1)}` : alternate ? '.' : '');

const exponentText = (exponent: number, letter: string): string =>
  `${letter}${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;

/** `g`: fixed or exponential by magnitude, trailing zeros removed. `keepPoint`: the empty type keeps one digit after the point. */
function general(value: number, precision: number, letter: string, alternate: boolean, keepPoint: boolean): string {
  const count = precision === 0 ? 1 : precision;
  const { digits, exponent } = significant(value, count);
  const strip = (text: string): string => (alternate || !text.includes('.') ? text : text.replace(/\.?0+$/, ''));
  // The empty type switches one digit earlier, because it always shows a digit after the point.
  if (exponent < -4 || exponent >= (keepPoint ? count - 1 : count))
    return strip(mantissa(digits, alternate)) + exponentText(exponent, letter);
  const text = strip(fixed(value, Math.max(0, count - 1 - exponent)));
  return keepPoint && !text.includes('.') ? `${text}.0` : text;
}
