/** `json` */
import { typeOf } from '../builtins/types';
import type { Interpreter } from '../interpreter';
import { native } from '../native';
import { scalarOf } from '../operators';
import { floatRepr } from '../representation';
import { PyDict, PyList, PyModule, PyTuple, Unknown } from '../values';
import type { PyValue } from '../values';

/** Numbers keep Python's distinction of int and float, which JSON.parse would lose: its reviver sees the source text. */
export function parseJson(interpreter: Interpreter, text: string): PyValue {
  const reader = new JsonReader(interpreter, text);
  return reader.document();
}

class JsonReader {
  private at = 0;
  private depth = 0;
  constructor(
    private readonly interpreter: Interpreter,
    private readonly text: string,
  ) {}

  document(): PyValue {
    const value = this.value();
    this.space();
    return this.at < this.text.length ? this.fail('Extra data') : value;
  }

  private fail(what: string): never {
    const line = this.text.slice(0, this.at).split('\n').length;
    return this.interpreter.raise('ValueError', `${what}: line ${line} (char ${this.at})`);
  }

  private space(): void {
    while (' \t\n\r'.includes(this.text[this.at] ?? 'x')) this.at++;
  }

  private accept(token: string): boolean {
    this.space();
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  private value(): PyValue {
    if (++this.depth > 100) return this.fail('nested too deeply');
    this.interpreter.step();
    try {
      if (this.accept('{')) return this.object();
      if (this.accept('[')) return this.array();
      for (const [token, constant] of CONSTANTS) if (this.accept(token)) return constant;
      if (this.text[this.at] === '"') return this.string();
      return this.number();
    } finally {
      this.depth--;
    }
  }

  private object(): PyValue {
    const dict = new PyDict();
    if (this.accept('}')) return dict;
    do {
      this.space();
      if (this.text[this.at] !== '"') this.fail('Expecting property name enclosed in double quotes');
      const key = this.string();
      if (!this.accept(':')) this.fail("Expecting ':' delimiter");
      dict.set(key, this.value());
    } while (this.accept(','));
    return this.accept('}') ? dict : this.fail("Expecting ',' delimiter");
  }

  private array(): PyValue {
    const items: PyValue[] = [];
    if (this.accept(']')) return new PyList(items);
    do items.push(this.value());
    while (this.accept(','));
    return this.accept(']') ? new PyList(items) : this.fail("Expecting ',' delimiter");
  }

  private string(): string {
    const [raw] = /^"(?:[^"\\]|\\[^])*"/.exec(this.text.slice(this.at)) ?? [];
    if (raw === undefined) return this.fail('Unterminated string starting at');
    this.at += raw.length;
    try {
      const parsed: unknown = JSON.parse(raw);
      return typeof parsed === 'string' ? parsed : this.fail('Invalid string');
    } catch {
      return this.fail('Invalid control character or escape');
    }
  }

  private number(): PyValue {
    const [token] = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(this.text.slice(this.at)) ?? [];
    if (token === undefined) return this.fail('Expecting value');
    this.at += token.length;
    return /^-?\d+$/.test(token) ? BigInt(token) : Number(token);
  }
}

const CONSTANTS: readonly (readonly [string, PyValue])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
];

function dump(interpreter: Interpreter, value: PyValue, indent: string | undefined, level: number): string {
  const scalar = scalarOf(value);
  if (scalar === null || typeof scalar === 'boolean') return String(scalar);
  if (typeof scalar === 'bigint') return scalar.toString();
  if (typeof scalar === 'number')
    return Number.isNaN(scalar)
      ? 'NaN'
      : Number.isFinite(scalar)
        ? floatRepr(scalar)
        : scalar < 0
          ? '-Infinity'
          : 'Infinity';
  if (typeof scalar === 'string')
    return JSON.stringify(scalar).replace(
      /[\u007f-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  const wrap = (open: string, parts: readonly string[], close: string): string => {
    if (parts.length === 0) return open + close;
    if (indent === undefined) return open + parts.join(', ') + close;
    const inner = `\n${indent.repeat(level + 1)}`;
    return open + inner + parts.join(`,${inner}`) + `\n${indent.repeat(level)}` + close;
  };
  if (value instanceof PyList || value instanceof PyTuple)
    return wrap(
      '[',
      value.items.map((item) => dump(interpreter, item, indent, level + 1)),
      ']',
    );
  if (value instanceof PyDict)
    return wrap(
      '{',
      value.entries().map(([key, item]) => {
        const name = typeof key === 'string' ? key : dump(interpreter, key, undefined, 0);
        return `${JSON.stringify(name)}: ${dump(interpreter, item, indent, level + 1)}`;
      }),
      '}',
    );
  return interpreter.raise('TypeError', `Object of type ${typeOf(value).name} is not JSON serializable`);
}

export function jsonModule(): PyModule {
  const module = new PyModule('json');
  const parse = (source: PyValue, interpreter: Interpreter): PyValue =>
    source instanceof Unknown ? source : parseJson(interpreter, interpreter.toText(source, 'json'));
  module.attributes.set(
    'loads',
    native('loads(s, **kwargs)', ({ s = null }, interpreter) => parse(s, interpreter)),
  );
  module.attributes.set(
    'load',
    native('load(fp, **kwargs)', ({ fp = null }, interpreter) =>
      parse(interpreter.callMethod(fp, 'read'), interpreter),
    ),
  );
  module.attributes.set(
    'dumps',
    native('dumps(obj, *, indent=None, **kwargs)', ({ obj = null, indent = null }, interpreter) =>
      dump(
        interpreter,
        obj,
        typeof indent === 'bigint' ? ' '.repeat(Number(indent)) : typeof indent === 'string' ? indent : undefined,
        0,
      ),
    ),
  );
  module.attributes.set(
    'dump',
    native('dump(obj, fp, **kwargs)', () => null),
  );
  return module;
}
