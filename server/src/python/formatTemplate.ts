/** str.format: `'{0:>5} {name[key].attribute!r}'`. */
import { formatValue } from './formatting';
import type { Interpreter } from './interpreter';
import { asciiRepr, repr, str } from './representation';
import { PyDict, Unknown } from './values';
import type { PyValue } from './values';

interface Arguments {
  readonly positional: readonly PyValue[];
  readonly named: PyValue;
  automatic: number;
}

export function formatTemplate(
  interpreter: Interpreter,
  template: string,
  positional: readonly PyValue[],
  named: PyValue,
): PyValue {
  return expand(interpreter, template, { positional, named, automatic: 0 }, 0);
}

function expand(interpreter: Interpreter, template: string, args: Arguments, depth: number): PyValue {
  if (depth > 2) return interpreter.raise('ValueError', 'Max string recursion exceeded');
  let result = '';
  let unknown: Unknown | undefined;
  for (let at = 0; at < template.length;) {
    const character = template[at] ?? '';
    if ((character === '{' || character === '}') && template[at + 1] === character) {
      result += character;
      at += 2;
    } else if (character === '}') {
      return interpreter.raise('ValueError', "Single '}' encountered in format string");
    } else if (character === '{') {
      const end = fieldEnd(interpreter, template, at);
      const shown = field(interpreter, template.slice(at + 1, end), args, depth);
      if (shown instanceof Unknown) unknown ??= shown;
      else result += interpreter.str(shown);
      at = end + 1;
    } else {
      result += character;
      at++;
    }
  }
  interpreter.requireSize(result.length);
  return unknown ?? result;
}

function fieldEnd(interpreter: Interpreter, template: string, open: number): number {
  let level = 0;
  for (let at = open; at < template.length; at++) {
    if (template[at] === '{') level++;
    else if (template[at] === '}' && --level === 0) return at;
  }
  return interpreter.raise('ValueError', "expected '}' before end of string");
}

const FIELD = /^([^!:]*)(?:!([rsa]))?(?::([^]*))?$/;

function field(interpreter: Interpreter, content: string, args: Arguments, depth: number): PyValue {
  const match = FIELD.exec(content);
  if (match === null) return interpreter.raise('ValueError', 'invalid format field');
  const [, path = '', conversion, specification = ''] = match;
  const value = fieldValue(interpreter, path, args);
  const format = specification.includes('{') ? expand(interpreter, specification, args, depth + 1) : specification;
  if (value instanceof Unknown) return value;
  if (typeof format !== 'string') return format;
  const converted =
    conversion === undefined
      ? value
      : { r: repr, s: str, a: asciiRepr }[conversion as 'r' | 's' | 'a'](interpreter, value);
  return formatValue(interpreter, converted, format);
}

function fieldValue(interpreter: Interpreter, path: string, args: Arguments): PyValue {
  const [, first = '', rest = ''] = /^([^.[]*)(.*)$/.exec(path) ?? [];
  const key = first === '' ? String(args.automatic++) : first;
  let value: PyValue;
  if (/^\d+$/.test(key)) {
    const given = args.positional[Number(key)];
    value =
      given ??
      (given === null
        ? null
        : interpreter.raise('IndexError', `Replacement index ${key} out of range for positional args tuple`));
  } else if (args.named instanceof PyDict) {
    const given = args.named.get(key);
    value =
      given ??
      (given === null
        ? null
        : args.named.cls === undefined
          ? interpreter.raiseWith('KeyError', [key])
          : interpreter.getItem(args.named, key));
  } else value = interpreter.getItem(args.named, key);
  for (const [, attribute, index] of rest.matchAll(/\.([^.[]+)|\[([^\]]+)\]/g)) {
    if (attribute !== undefined) value = interpreter.getAttribute(value, attribute);
    else if (index !== undefined) value = interpreter.getItem(value, /^\d+$/.test(index) ? BigInt(index) : index);
  }
  return value;
}
