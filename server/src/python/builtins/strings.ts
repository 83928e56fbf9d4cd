/** Methods of str and bytes. */
import { formatTemplate } from '../formatTemplate';
import { codePointList } from '../text';
import type { Interpreter } from '../interpreter';
import { native } from '../native';
import { binary, scalarOf } from '../operators';
import { plainGetItem } from '../subscripts';
import { PyBytes, PyClass, PyDescriptor, PyDict, PyInstance, PyList, PyTuple, Unknown } from '../values';
import type { PyValue } from '../values';
import { repr, str } from '../representation';
import { bytesClass, defineMethods, strClass, typeOf } from './types';

const text = (value: PyValue | undefined, interpreter: Interpreter): string =>
  interpreter.toText(value ?? null, 'argument');

/** Start and end of `find(sub, start, end)` within a text of the given length. */
function window(
  interpreter: Interpreter,
  start: PyValue | undefined,
  end: PyValue | undefined,
  length: number,
): [number, number] {
  const bound = (value: PyValue | undefined, fallback: number): number => {
    if (value === undefined || value === null) return fallback;
    const at = interpreter.toInt(value, 'slice index');
    return at < 0 ? Math.max(0, at + length) : Math.min(at, length);
  };
  return [bound(start, 0), bound(end, length)];
}

const WHITESPACE =
  ' \t\n\r\v\f\u001c\u001d\u001e\u001f\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';

function strip(value: string, characters: string, left: boolean, right: boolean): string {
  let [start, end] = [0, value.length];
  if (left) while (start < end && characters.includes(value[start] ?? '')) start++;
  if (right) while (end > start && characters.includes(value[end - 1] ?? '')) end--;
  return value.slice(start, end);
}

const stripMethod = (name: string, left: boolean, right: boolean) =>
  native(`${name}(self, chars=None, /)`, ({ self, chars = null }, interpreter) =>
    strip(text(self, interpreter), chars === null ? WHITESPACE : text(chars, interpreter), left, right),
  );

function split(value: string, separator: string | undefined, limit: number, interpreter: Interpreter): string[] {
  if (separator === '') return interpreter.raise('ValueError', 'empty separator');
  if (separator === undefined) return splitWhitespace(value, limit);
  const parts: string[] = [];
  let at = 0;
  while (limit < 0 || parts.length < limit) {
    const next = value.indexOf(separator, at);
    if (next < 0) break;
    parts.push(value.slice(at, next));
    at = next + separator.length;
  }
  return [...parts, value.slice(at)];
}

function splitWhitespace(value: string, limit: number): string[] {
  const parts: string[] = [];
  let at = 0;
  const skip = (from: number, blank: boolean): number => {
    let end = from;
    while (end < value.length && WHITESPACE.includes(value[end] ?? '') === blank) end++;
    return end;
  };
  while ((at = skip(at, true)) < value.length) {
    if (limit >= 0 && parts.length === limit) return [...parts, strip(value.slice(at), WHITESPACE, false, true)];
    const end = skip(at, false);
    parts.push(value.slice(at, end));
    at = end;
  }
  return parts;
}

function splitFromRight(
  value: string,
  separator: string | undefined,
  limit: number,
  interpreter: Interpreter,
): string[] {
  if (limit < 0) return split(value, separator, limit, interpreter);
  const flip = (s: string): string => codePointList(s).reverse().join('');
  return split(flip(value), separator === undefined ? undefined : flip(separator), limit, interpreter)
    .map(flip)
    .reverse();
}

const predicate = (name: string, pattern: RegExp) =>
  native(`${name}(self)`, ({ self }, interpreter) => pattern.test(text(self, interpreter)));

const transform = (name: string, apply: (value: string) => string) =>
  native(`${name}(self)`, ({ self }, interpreter) => apply(text(self, interpreter)));

const title = (value: string): string =>
  value.replace(/\p{L}+/gu, (word) => (word[0] ?? '').toUpperCase() + word.slice(1).toLowerCase());

const justify = (name: string, place: (missing: number) => number) =>
  native(`${name}(self, width, fillchar=' ', /)`, ({ self, width, fillchar }, interpreter) => {
    const value = text(self, interpreter);
    const missing = interpreter.toInt(width ?? null, 'width') - codePointList(value).length;
    if (missing <= 0) return value;
    interpreter.requireSize(missing);
    const fill = text(fillchar, interpreter);
    const left = place(missing);
    return fill.repeat(left) + value + fill.repeat(missing - left);
  });

const affix = (name: string, test: (value: string, part: string) => boolean) =>
  native(`${name}(self, prefix, start=None, end=None, /)`, ({ self, prefix = null, start, end }, interpreter) => {
    const value = text(self, interpreter);
    const [from, to] = window(interpreter, start, end, value.length);
    const part = value.slice(from, to);
    const candidates = prefix instanceof PyTuple ? prefix.items : [prefix];
    return candidates.some((candidate) => {
      const scalar = scalarOf(candidate);
      if (typeof scalar !== 'string')
        return interpreter.raise(
          'TypeError',
          `${name} first arg must be str or a tuple of str, not ${typeOf(candidate).name}`,
        );
      return test(part, scalar);
    });
  });

const finder = (name: string, last: boolean, raises: boolean) =>
  native(`${name}(self, sub, start=None, end=None, /)`, ({ self, sub, start, end }, interpreter) => {
    const value = text(self, interpreter);
    const part = text(sub, interpreter);
    const [from, to] = window(interpreter, start, end, value.length);
    const at = last ? value.slice(0, to).lastIndexOf(part) : value.slice(0, to).indexOf(part, from);
    if (at >= from && at >= 0) return BigInt(at);
    return raises ? interpreter.raise('ValueError', 'substring not found') : -1n;
  });

const partition = (name: string, last: boolean) =>
  native(`${name}(self, sep, /)`, ({ self, sep }, interpreter) => {
    const value = text(self, interpreter);
    const separator = text(sep, interpreter);
    const at = last ? value.lastIndexOf(separator) : value.indexOf(separator);
    if (at < 0) return new PyTuple(last ? ['', '', value] : [value, '', '']);
    return new PyTuple([value.slice(0, at), separator, value.slice(at + separator.length)]);
  });

function translate(value: string, table: PyValue, interpreter: Interpreter): string {
  return codePointList(value)
    .map((character) => {
      const code = BigInt(character.codePointAt(0) ?? 0);
      const replacement = table instanceof PyDict ? table.get(code) : interpreter.getItem(table, code);
      if (replacement === undefined) return character;
      if (replacement === null) return '';
      return typeof replacement === 'bigint'
        ? String.fromCodePoint(Number(replacement))
        : text(replacement, interpreter);
    })
    .join('');
}

defineMethods(strClass, [
  native("__new__(cls, object='', encoding=None, errors=None)", ({ cls, object = '' }, interpreter) => {
    if (object instanceof Unknown) return object;
    const value = object instanceof PyBytes ? new TextDecoder().decode(object.data) : str(interpreter, object);
    if (cls === strClass || !(cls instanceof PyClass)) return value;
    const instance = new PyInstance(cls);
    instance.payload = value;
    return instance;
  }),
  native('__len__(self)', ({ self = null }, interpreter) => BigInt(interpreter.knownLength(scalarOf(self)) ?? 0)),
  native('__getitem__(self, index)', ({ self = null, index = null }, interpreter) =>
    plainGetItem(interpreter, self, index),
  ),
  native('__contains__(self, item)', ({ self, item }, interpreter) =>
    text(self, interpreter).includes(text(item, interpreter)),
  ),
  native('__iter__(self)', ({ self }, interpreter) => interpreter.iterator(text(self, interpreter))),
  native('__format__(self, spec)', ({ self = null, spec }, interpreter) =>
    interpreter.call(interpreter.builtins.get('format') ?? null, [scalarOf(self), spec ?? '']),
  ),
  transform('upper', (value) => value.toUpperCase()),
  transform('lower', (value) => value.toLowerCase()),
  transform('casefold', (value) => value.toLowerCase().replaceAll('ß', 'ss')),
  transform('title', title),
  transform('capitalize', (value) => (value[0] ?? '').toUpperCase() + value.slice(1).toLowerCase()),
  transform('swapcase', (value) =>
    codePointList(value)
      .map((c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase()))
      .join(''),
  ),
  stripMethod('strip', true, true),
  stripMethod('lstrip', true, false),
  stripMethod('rstrip', false, true),
  native(
    'split(self, sep=None, maxsplit=-1)',
    ({ self, sep = null, maxsplit = null }, interpreter) =>
      new PyList(
        split(
          text(self, interpreter),
          sep === null ? undefined : text(sep, interpreter),
          interpreter.toInt(maxsplit, 'maxsplit'),
          interpreter,
        ),
      ),
  ),
  native(
    'rsplit(self, sep=None, maxsplit=-1)',
    ({ self, sep = null, maxsplit = null }, interpreter) =>
      new PyList(
        splitFromRight(
          text(self, interpreter),
          sep === null ? undefined : text(sep, interpreter),
          interpreter.toInt(maxsplit, 'maxsplit'),
          interpreter,
        ),
      ),
  ),
  native('splitlines(self, keepends=False)', ({ self, keepends = false }, interpreter) => {
    const lines =
      text(self, interpreter).match(
        /[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]*(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]|$)/g,
      ) ?? [];
    const kept = lines.filter((line, i) => line !== '' || i < lines.length - 1);
    return new PyList(
      interpreter.truth(keepends)
        ? kept
        : kept.map((line) => line.replace(/(?:\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029])$/, '')),
    );
  }),
  native('join(self, iterable, /)', ({ self, iterable = null }, interpreter) => {
    const parts: string[] = [];
    let size = 0;
    for (const item of interpreter.iterate(iterable)) {
      const part = scalarOf(item);
      if (typeof part !== 'string') {
        if (typeOf(item).name === 'unknown') return item;
        return interpreter.raise(
          'TypeError',
          `sequence item ${parts.length}: expected str instance, ${typeOf(item).name} found`,
        );
      }
      size += part.length;
      interpreter.requireSize(size);
      parts.push(part);
    }
    return parts.join(text(self, interpreter));
  }),
  native('replace(self, old, new, count=-1, /)', ({ self, old, new: replacement, count = null }, interpreter) => {
    const value = text(self, interpreter);
    const limit = interpreter.toInt(count, 'count');
    const [from, to] = [text(old, interpreter), text(replacement, interpreter)];
    interpreter.requireSize(value.length * Math.max(1, to.length));
    if (limit < 0) return value.split(from).join(to);
    return from === '' ? value : split(value, from, limit, interpreter).join(to);
  }),
  affix('startswith', (value, part) => value.startsWith(part)),
  affix('endswith', (value, part) => value.endsWith(part)),
  finder('find', false, false),
  finder('rfind', true, false),
  finder('index', false, true),
  finder('rindex', true, true),
  native('count(self, sub, start=None, end=None, /)', ({ self, sub, start, end }, interpreter) => {
    const value = text(self, interpreter);
    const [from, to] = window(interpreter, start, end, value.length);
    const part = text(sub, interpreter);
    return BigInt(part === '' ? to - from + 1 : value.slice(from, to).split(part).length - 1);
  }),
  partition('partition', false),
  partition('rpartition', true),
  justify('ljust', () => 0),
  justify('rjust', (missing) => missing),
  native("center(self, width, fillchar=' ', /)", ({ self, width, fillchar }, interpreter) => {
    const value = text(self, interpreter);
    const total = interpreter.toInt(width ?? null, 'width');
    interpreter.requireSize(total);
    const missing = Math.max(0, total - value.length);
    // CPython puts the odd one out on the left when the width is odd.
    const left = (missing >> 1) + (missing & total & 1);
    const fill = text(fillchar, interpreter);
    return fill.repeat(left) + value + fill.repeat(missing - left);
  }),
  native('zfill(self, width, /)', ({ self, width }, interpreter) => {
    const value = text(self, interpreter);
    const total = interpreter.toInt(width ?? null, 'width');
    interpreter.requireSize(total);
    const sign = /^[+-]/.test(value) ? (value[0] ?? '') : '';
    return sign + value.slice(sign.length).padStart(total - sign.length, '0');
  }),
  native('expandtabs(self, tabsize=8)', ({ self, tabsize = null }, interpreter) => {
    const size = interpreter.toInt(tabsize, 'tabsize');
    let column = 0;
    return codePointList(text(self, interpreter))
      .map((character) => {
        if (character === '\t') {
          const spaces = size <= 0 ? 0 : size - (column % size);
          column += spaces;
          return ' '.repeat(spaces);
        }
        column = character === '\n' || character === '\r' ? 0 : column + 1;
        return character;
      })
      .join('');
  }),
  native('removeprefix(self, prefix, /)', ({ self, prefix }, interpreter) => {
    const [value, part] = [text(self, interpreter), text(prefix, interpreter)];
    return value.startsWith(part) ? value.slice(part.length) : value;
  }),
  native('removesuffix(self, suffix, /)', ({ self, suffix }, interpreter) => {
    const [value, part] = [text(self, interpreter), text(suffix, interpreter)];
    return part !== '' && value.endsWith(part) ? value.slice(0, -part.length) : value;
  }),
  predicate('isdigit', /^\p{Nd}+$/u),
  predicate('isdecimal', /^\p{Nd}+$/u),
  predicate('isnumeric', /^\p{N}+$/u),
  predicate('isalpha', /^\p{L}+$/u),
  predicate('isalnum', /^[\p{L}\p{N}]+$/u),
  predicate('isspace', /^\s+$/u),
  predicate('isidentifier', /^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*$/u),
  native('isascii(self)', ({ self }, interpreter) =>
    codePointList(text(self, interpreter)).every((c) => c.charCodeAt(0) < 128),
  ),
  native('isprintable(self)', ({ self }, interpreter) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text(self, interpreter))),
  native('isupper(self)', ({ self }, interpreter) => {
    const value = text(self, interpreter);
    return /\p{Lu}/u.test(value) && value === value.toUpperCase();
  }),
  native('islower(self)', ({ self }, interpreter) => {
    const value = text(self, interpreter);
    return /\p{Ll}/u.test(value) && value === value.toLowerCase();
  }),
  native('istitle(self)', ({ self }, interpreter) => {
    const value = text(self, interpreter);
    return /\p{L}/u.test(value) && value === title(value);
  }),
  native('format(self, *args, **kwargs)', ({ self, args, kwargs }, interpreter) =>
    formatTemplate(interpreter, text(self, interpreter), args instanceof PyTuple ? args.items : [], kwargs ?? null),
  ),
  native('format_map(self, mapping, /)', ({ self, mapping = null }, interpreter) =>
    formatTemplate(interpreter, text(self, interpreter), [], mapping),
  ),
  native(
    "encode(self, encoding='utf-8', errors='strict')",
    ({ self }, interpreter) => new PyBytes(new TextEncoder().encode(text(self, interpreter))),
  ),
  native('translate(self, table, /)', ({ self, table = null }, interpreter) =>
    translate(text(self, interpreter), table, interpreter),
  ),
  native('__mod__(self, values)', ({ self = null, values = null }, interpreter) =>
    binary(interpreter, '%', scalarOf(self), values),
  ),
  native('__str__(self)', ({ self = null }) => scalarOf(self)),
  native('__repr__(self)', ({ self = null }, interpreter) => repr(interpreter, scalarOf(self))),
]);

strClass.attributes.set(
  'maketrans',
  new PyDescriptor(
    'staticmethod',
    native('maketrans(x, y=None, z=None, /)', ({ x = null, y = null, z = null }, interpreter) => {
      const code = (character: string): bigint => BigInt(character.codePointAt(0) ?? 0);
      if (x instanceof PyDict)
        return PyDict.of(
          x.entries().map(([key, value]) => [typeof key === 'string' ? code(key) : key, value] as const),
        );
      const [from, to] = [codePointList(text(x, interpreter)), codePointList(text(y, interpreter))];
      const table = PyDict.of(from.map((character, i) => [code(character), code(to[i] ?? '')] as const));
      if (z !== null) for (const character of text(z, interpreter)) table.set(code(character), null);
      return table;
    }),
  ),
);

const bytes = (value: PyValue | undefined): Uint8Array => (value instanceof PyBytes ? value.data : new Uint8Array());

defineMethods(bytesClass, [
  native('__new__(cls, source=None, encoding=None, errors=None)', ({ source = null }, interpreter) => {
    if (source === null) return new PyBytes(new Uint8Array());
    if (source instanceof PyBytes) return source;
    if (typeof source === 'string') return new PyBytes(new TextEncoder().encode(source));
    if (typeof source === 'bigint') {
      interpreter.allocate(Number(source));
      return new PyBytes(new Uint8Array(Number(source)));
    }
    return new PyBytes(Uint8Array.from(interpreter.collect(source), (item) => interpreter.toInt(item, 'byte')));
  }),
  native("decode(self, encoding='utf-8', errors='strict')", ({ self }) => new TextDecoder().decode(bytes(self))),
  native('hex(self)', ({ self }) => [...bytes(self)].map((byte) => byte.toString(16).padStart(2, '0')).join('')),
  native('startswith(self, prefix, /)', ({ self, prefix }) =>
    bytes(prefix).every((byte, i) => byte === bytes(self)[i]),
  ),
]);
