/** printf-style formatting: `'%s is %5.2f' % (name, value)`. */
import { typeOf } from './builtins/types';
import { formatValue } from './formatting';
import type { Interpreter } from './interpreter';
import { asciiRepr, repr, str } from './representation';
import { PyContainer, PyDict, PyTuple, Unknown } from './values';
import type { PyValue } from './values';

const DIRECTIVE = /%(?:\(([^)]*)\))?([-#0 +]*)(\*|\d+)?(?:\.(\*|\d+)?)?[hlL]?([a-zA-Z%])/g;

export function percentFormat(interpreter: Interpreter, text: string, values: PyValue): PyValue {
  if (values instanceof Unknown) return values;
  const list = values instanceof PyTuple ? values.items : [values];
  let next = 0;
  let unknown: Unknown | undefined;
  const take = (): PyValue => {
    const value = list[next++];
    return value === undefined ? interpreter.raise('TypeError', 'not enough arguments for format string') : value;
  };
  const size = (given: string | undefined): number | undefined =>
    given === '*' ? interpreter.toInt(take(), '* width') : given === undefined ? undefined : Number(given);
  const shown = text.replace(
    DIRECTIVE,
    (
      whole: string,
      key: string | undefined,
      flags: string,
      widthText: string | undefined,
      precisionText: string | undefined,
      type: string,
    ) => {
      if (type === '%') return '%';
      const width = size(widthText);
      const precision = size(precisionText) ?? (/\./.test(whole.slice(whole.indexOf(')') + 1)) ? 0 : undefined);
      const value = key === undefined ? take() : interpreter.getItem(values, key);
      if (value instanceof Unknown) {
        unknown ??= value;
        return '';
      }
      return directive(interpreter, value, flags, width, precision, type);
    },
  );
  if (
    next < list.length &&
    !(values instanceof PyDict) &&
    (values instanceof PyTuple || !(values instanceof PyContainer))
  )
    interpreter.raise('TypeError', 'not all arguments converted during string formatting');
  return unknown ?? shown;
}

function directive(
  interpreter: Interpreter,
  value: PyValue,
  flags: string,
  width: number | undefined,
  precision: number | undefined,
  type: string,
): string {
  const left = flags.includes('-') || (width ?? 0) < 0;
  const extent = Math.abs(width ?? 0);
  interpreter.requireSize(extent);
  const padText = (text: string): string => (left ? text.padEnd(extent) : text.padStart(extent));
  switch (type) {
    case 's':
    case 'r':
    case 'a': {
      const text = { s: str, r: repr, a: asciiRepr }[type](interpreter, value);
      return padText(precision === undefined ? text : text.slice(0, precision));
    }
    case 'c':
      return padText(typeof value === 'string' ? value : String.fromCodePoint(interpreter.toInt(value, '%c')));
    case 'd':
    case 'i':
    case 'u': {
      if (typeof value !== 'bigint' && typeof value !== 'number' && typeof value !== 'boolean')
        return interpreter.raise('TypeError', `%${type} format: a real number is required, not ${typeOf(value).name}`);
      const whole = typeof value === 'number' ? interpreter.floatToInt(value) : BigInt(value);
      const digits = (whole < 0n ? -whole : whole).toString().padStart(precision ?? 0, '0');
      return signed(whole < 0n, digits, flags, extent, left);
    }
    case 'x':
    case 'X':
    case 'o':
      return number(interpreter, interpreter.requireInt(value, `%${type}`), type, flags, extent, undefined, left);
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
      return number(interpreter, interpreter.toNumber(value, `%${type}`), type, flags, extent, precision ?? 6, left);
    default:
      return interpreter.raise('ValueError', `unsupported format character '${type}'`);
  }
}

function signed(negative: boolean, digits: string, flags: string, width: number, left: boolean): string {
  const sign = negative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  if (left) return (sign + digits).padEnd(width);
  return flags.includes('0') ? sign + digits.padStart(width - sign.length, '0') : (sign + digits).padStart(width);
}

function number(
  interpreter: Interpreter,
  value: PyValue,
  type: string,
  flags: string,
  width: number,
  precision: number | undefined,
  left: boolean,
): string {
  const align = left ? '<' : flags.includes('0') ? '0=' : '>';
  const sign = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const alternate = flags.includes('#') ? '#' : '';
  const places = precision === undefined ? '' : `.${precision}`;
  return formatValue(interpreter, value, `${align}${sign}${alternate}${width === 0 ? '' : width}${places}${type}`);
}
