/** repr() and str(). */
import { callValue } from './calls';
import { typeOf } from './builtins/types';
import { codePointList } from './text';
import type { Interpreter } from './interpreter';
import { scalarOf } from './operators';
import {
  NativeFunction,
  PyBoundMethod,
  PyBytes,
  PyClass,
  PyContainer,
  PyDict,
  PyFunction,
  PyInstance,
  PyIterator,
  PyList,
  PyModule,
  PyRange,
  PySet,
  PySlice,
  PyTuple,
  Ellipsis,
  Unknown,
  identity,
} from './values';
import type { PyObject, PyValue } from './values';

/** Shortest decimal that reads back as the same double, laid out as Python does. */
export function floatRepr(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [mantissa = '', exponentText = '0'] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const exponent = Number(exponentText);
  const sign = value < 0 ? '-' : '';
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${sign}${digits[0] ?? ''}${fraction}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

export function textRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let shown = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (character === quote) shown += `\\${character}`;
    else if (ESCAPES[character] !== undefined) shown += ESCAPES[character];
    else if (code < 32 || code === 127) shown += `\\x${code.toString(16).padStart(2, '0')}`;
    else if (
      /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u.test(character) ||
      (/\p{Zs}/u.test(character) && character !== ' ')
    )
      shown += hexEscape(code);
    else shown += character;
  }
  return quote + shown + quote;
}

function hexEscape(code: number): string {
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}

export function asciiRepr(interpreter: Interpreter, value: PyValue): string {
  return codePointList(repr(interpreter, value))
    .map((character) => {
      const code = character.codePointAt(0) ?? 0;
      return code < 127 ? character : hexEscape(code);
    })
    .join('');
}

export function repr(interpreter: Interpreter, value: PyValue): string {
  switch (typeof value) {
    case 'bigint':
      return intText(value);
    case 'number':
      return floatRepr(value);
    case 'string':
      return textRepr(value);
    case 'boolean':
      return value ? 'True' : 'False';
    default:
      return value === null ? 'None' : objectRepr(interpreter, value);
  }
}

const intText = (value: bigint): string => value.toString();

function objectRepr(interpreter: Interpreter, value: PyObject): string {
  interpreter.step();
  const cls = typeOf(value);
  const method = cls.lookup('__repr__');
  // Native methods of the built-in types lead back here.
  if (method !== undefined && (value instanceof PyInstance || !(method instanceof NativeFunction))) {
    const text = callValue(interpreter, method, [value], undefined);
    if (text instanceof Unknown) return interpreter.stopAtUnknown('the text of this value is not known', text);
    return typeof text === 'string'
      ? text
      : interpreter.raise('TypeError', `__repr__ returned non-string (type ${typeOf(text).name})`);
  }
  if (value instanceof PyContainer) return containerRepr(interpreter, value);
  if (value instanceof PyRange)
    return `range(${value.start}, ${value.stop}${value.step === 1n ? '' : `, ${value.step}`})`;
  if (value instanceof PyBytes) return bytesRepr(value);
  if (value instanceof PySlice)
    return `slice(${[value.start, value.stop, value.step].map((part) => repr(interpreter, part)).join(', ')})`;
  if (value === Ellipsis) return 'Ellipsis';
  if (value instanceof PyClass)
    return value.module === undefined
      ? `<class '${value.name}'>`
      : `<class '${value.module.name}.${value.qualifiedName}'>`;
  if (value instanceof PyFunction) return `<function ${value.qualifiedName} at ${address(value)}>`;
  if (value instanceof NativeFunction) return `<built-in function ${value.name}>`;
  if (value instanceof PyBoundMethod) return `<bound method ${boundName(value)} of ${repr(interpreter, value.self)}>`;
  if (value instanceof PyModule) return `<module '${value.name}'>`;
  if (value instanceof PyIterator) return `<${value.typeName} object at ${address(value)}>`;
  if (value instanceof Unknown) return '<unknown>';
  if (value instanceof PyInstance) return instanceRepr(interpreter, value);
  return `<${value.typeName} object at ${address(value)}>`;
}

const boundName = ({ callee }: PyBoundMethod): string =>
  callee instanceof PyFunction ? callee.qualifiedName : callee instanceof NativeFunction ? callee.name : 'method';

/** CPython shows memory addresses; a stable number serves. */
const address = (object: object): string => `0x${(0x7f0000000000 + identity(object) * 16).toString(16)}`;

function instanceRepr(interpreter: Interpreter, value: PyInstance): string {
  const { cls } = value;
  if (interpreter.isException(value)) {
    const args = value.attributes.get('args');
    const items = args instanceof PyTuple ? args.items : [];
    return `${cls.name}(${items.map((item) => repr(interpreter, item)).join(', ')})`;
  }
  const scalar = scalarOf(value);
  if (scalar !== value) return repr(interpreter, scalar);
  return `<${cls.module === undefined ? '' : `${cls.module.name}.`}${cls.qualifiedName} object at ${address(value)}>`;
}

function bytesRepr({ data }: PyBytes): string {
  const text = String.fromCharCode(...data);
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const shown = codePointList(text).map((character) => {
    const code = character.charCodeAt(0);
    if (character === quote) return `\\${character}`;
    return ESCAPES[character] ?? (code < 32 || code > 126 ? `\\x${code.toString(16).padStart(2, '0')}` : character);
  });
  return `b${quote}${shown.join('')}${quote}`;
}

function containerRepr(interpreter: Interpreter, value: PyContainer): string {
  if (interpreter.representing.has(value))
    return value instanceof PyList ? '[...]' : value instanceof PyDict ? '{...}' : '(...)';
  interpreter.representing.add(value);
  try {
    const text = containerText(interpreter, value);
    interpreter.requireSize(text.length);
    return text;
  } finally {
    interpreter.representing.delete(value);
  }
}

const VIEWS = new Set(['dict_keys', 'dict_values', 'dict_items']);

function containerText(interpreter: Interpreter, value: PyContainer): string {
  const list = (items: readonly PyValue[]): string => items.map((item) => repr(interpreter, item)).join(', ');
  if (value.cls !== undefined && VIEWS.has(value.cls.name) && (value instanceof PyList || value instanceof PySet))
    return `${value.cls.name}([${list(value instanceof PyList ? value.items : value.items())}])`;
  if (value instanceof PyList) return `[${list(value.items)}]`;
  if (value instanceof PyTuple) {
    if (value.fieldNames !== undefined)
      return `${value.typeName}(${value.fieldNames.map((name, i) => `${name}=${repr(interpreter, value.items[i] ?? null)}`).join(', ')})`;
    return value.items.length === 1 ? `(${list(value.items)},)` : `(${list(value.items)})`;
  }
  if (value instanceof PySet) {
    const inner = value.elements.size === 0 ? '' : `{${list(value.items())}}`;
    if (value.frozen || value.cls !== undefined) return `${value.typeName}(${inner})`;
    return value.elements.size === 0 ? 'set()' : inner;
  }
  if (value instanceof PyDict) {
    const inner = `{${value
      .entries()
      .map(([key, item]) => `${repr(interpreter, key)}: ${repr(interpreter, item)}`)
      .join(', ')}}`;
    return dictText(interpreter, value, inner);
  }
  return `<${value.typeName} object>`;
}

/** The variants of dict in `collections` show their name. */
function dictText(interpreter: Interpreter, value: PyDict, inner: string): string {
  const library = value.cls?.resolutionOrder.find(({ name }) =>
    ['OrderedDict', 'defaultdict', 'Counter'].includes(name),
  );
  if (library === undefined) return inner;
  if (library.name === 'defaultdict')
    return `defaultdict(${value.missing === undefined ? 'None' : repr(interpreter, value.missing)}, ${inner})`;
  return `${value.typeName}(${value.size === 0 ? '' : inner})`;
}

export function str(interpreter: Interpreter, value: PyValue): string {
  if (typeof value === 'string') return value;
  if (value instanceof PyInstance || (value instanceof PyContainer && value.cls !== undefined)) {
    const method = typeOf(value).lookup('__str__');
    if (method !== undefined) {
      const text = callValue(interpreter, method, [value], undefined);
      if (text instanceof Unknown) return interpreter.stopAtUnknown('the text of this value is not known', text);
      return typeof text === 'string'
        ? text
        : interpreter.raise('TypeError', `__str__ returned non-string (type ${typeOf(text).name})`);
    }
    if (value instanceof PyInstance) {
      if (interpreter.isException(value)) return exceptionText(interpreter, value);
      const scalar = scalarOf(value);
      if (scalar !== value && value.cls.lookup('__repr__') === undefined) return str(interpreter, scalar);
    }
  }
  return repr(interpreter, value);
}

/** str(exception): its argument, or the tuple of them. */
export function exceptionText(interpreter: Interpreter, value: PyInstance): string {
  const args = value.attributes.get('args');
  const items = args instanceof PyTuple ? args.items : [];
  const [first] = items;
  if (first === undefined) return '';
  if (items.length > 1) return repr(interpreter, new PyTuple(items));
  return interpreter.isKindOfClass(value.cls, 'KeyError') ? repr(interpreter, first) : str(interpreter, first);
}
