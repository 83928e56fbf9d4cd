/**
 * `yaml`: configuration files, read as PyYAML reads them (YAML 1.1): block and flow collections, quoted, literal and folded text,
 * anchors, aliases and merge keys. Anything else raises, so that a configuration is never read wrongly.
 */
import type { Interpreter } from '../interpreter';
import { native } from '../native';
import { PyDict, PyList, PyModule, Unknown } from '../values';
import type { PyValue } from '../values';
import { hashable } from '../hashing';

interface Line {
  readonly indent: number;
  /** Without indentation and comment. */
  readonly text: string;
  /** As written, for literal blocks. */
  readonly raw: string;
  readonly number: number;
}

export function parseYaml(interpreter: Interpreter, source: string): PyValue {
  const reader = new YamlReader(interpreter, source);
  return reader.document();
}

const KEY = /^((?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s'"[\]{},&*!|>%@`#?-][^#]*?|-[^\s#][^#]*?)\s*):(?:\s+|$)/;
const MAXIMUM_DEPTH = 60;

class YamlReader {
  private readonly lines: Line[];
  private at = 0;
  private depth = 0;
  private readonly anchors = new Map<string, PyValue>();

  constructor(
    private readonly interpreter: Interpreter,
    source: string,
  ) {
    this.lines = source.split(/\r?\n/).map((raw, i) => {
      const text = raw.trimStart();
      return { indent: raw.length - text.length, text: withoutComment(text).trimEnd(), raw, number: i + 1 };
    });
  }

  document(): PyValue {
    this.skipBlank();
    while (this.line?.text.startsWith('%') === true) this.at++;
    this.skipBlank();
    if (this.line?.text === '---') this.at++;
    this.skipBlank();
    const { line } = this;
    if (line === undefined || line.text === '...') return null;
    const value = this.block(line.indent);
    this.skipBlank();
    const rest = this.line;
    return rest === undefined || rest.text === '...' ? value : this.fail('expected the end of the document', rest);
  }

  private get line(): Line | undefined {
    return this.lines[this.at];
  }

  private fail(what: string, line = this.line): never {
    return this.interpreter.raise('ValueError', `YAML: ${what} in line ${line?.number ?? this.lines.length}`);
  }

  private skipBlank(): void {
    while (this.line?.text === '') this.at++;
  }

  /** The next line that is not blank. */
  private get content(): Line | undefined {
    this.skipBlank();
    return this.line;
  }

  /** The collection or scalar that begins at the current line, whose items are indented by `indent`. */
  private block(indent: number): PyValue {
    if (++this.depth > MAXIMUM_DEPTH) this.fail('nesting is too deep');
    this.interpreter.step();
    try {
      const { line } = this;
      if (line === undefined) return null;
      if (line.text === '-' || line.text.startsWith('- ')) return this.sequence(indent);
      if (KEY.test(line.text) || line.text.startsWith('<<:')) return this.mapping(indent);
      return this.inline(this.joinPlain(indent), indent);
    } finally {
      this.depth--;
    }
  }

  private sequence(indent: number): PyValue {
    const items: PyValue[] = [];
    for (let line = this.content; line?.indent === indent && /^-(?: |$)/.test(line.text); line = this.content) {
      const rest = line.text.slice(1).trimStart();
      if (rest === '') {
        this.at++;
        items.push(this.nested(indent, false));
        continue;
      }
      // The item begins on this line: its own indentation is where its text begins.
      const inner = indent + line.text.length - rest.length;
      this.lines[this.at] = { ...line, indent: inner, text: rest };
      items.push(KEY.test(rest) || /^-(?: |$)/.test(rest) ? this.block(inner) : this.valueAfter(indent));
    }
    const { line } = this;
    if (line !== undefined && line.indent > indent && line.text !== '...') this.fail('unexpected indentation', line);
    return new PyList(items);
  }

  private mapping(indent: number): PyValue {
    const dict = new PyDict();
    const merged: PyValue[] = [];
    for (let line = this.content; line?.indent === indent; line = this.content) {
      if (line.text === '...' || line.text === '---') break;
      const [whole, keyText = ''] = KEY.exec(line.text) ?? /^(<<):\s*/.exec(line.text) ?? [];
      if (whole === undefined) return this.fail("could not find expected ':'", line);
      this.lines[this.at] = { ...line, text: line.text.slice(whole.length) };
      const value = this.lines[this.at]?.text === '' ? (this.at++, this.nested(indent, true)) : this.valueAfter(indent);
      if (keyText === '<<') merged.push(...(value instanceof PyList ? value.items : [value]));
      else dict.set(hashable(this.interpreter, this.scalar(keyText.trim())), value);
    }
    const { line } = this;
    if (line !== undefined && line.indent > indent && line.text !== '...') this.fail('unexpected indentation', line);
    return merged.length === 0 ? dict : PyDict.of([...merged.reverse().flatMap(mappingEntries), ...dict.entries()]);
  }

  /** The value on the lines below a key or dash; a sequence may stand at the key's own indentation. */
  private nested(indent: number, underKey: boolean): PyValue {
    this.skipBlank();
    const { line } = this;
    if (line === undefined) return null;
    const deeper = line.indent > indent;
    const sameSequence = underKey && line.indent === indent && /^-(?: |$)/.test(line.text);
    return deeper || sameSequence ? this.block(line.indent) : null;
  }

  /** The value whose text is what is left of the current line. */
  private valueAfter(indent: number): PyValue {
    const { line } = this;
    if (line === undefined) return null;
    const [, name, rest = ''] = /^&(\S+)\s*(.*)$/.exec(line.text) ?? [];
    if (name !== undefined) {
      this.lines[this.at] = { ...line, text: rest };
      const value = rest === '' ? (this.at++, this.nested(indent, true)) : this.valueAfter(indent);
      this.anchors.set(name, value);
      return value;
    }
    if (/^[|>][-+]?\d?$/.test(line.text)) return this.literal(line.text, indent);
    return this.inline(this.joinPlain(indent), indent);
  }

  /** The current line with its more deeply indented continuation lines, folded. */
  private joinPlain(indent: number): string {
    let text = this.line?.text ?? '';
    this.at++;
    const opened = (): boolean => /^[[{]/.test(text) && !isBalanced(text);
    const unfinished = (): boolean =>
      /^"/.test(text) ? !/^"(?:[^"\\]|\\.)*"$/.test(text) : /^'/.test(text) && !/^'(?:[^']|'')*'$/.test(text);
    for (let { line } = this; line !== undefined; line = this.line) {
      const continues =
        opened() ||
        unfinished() ||
        (line.indent > indent && line.text !== '' && !/^["'[{]/.test(text) && !KEY.test(line.text));
      if (!continues) break;
      text += line.text === '' ? '' : ` ${line.text}`;
      this.at++;
    }
    return text;
  }

  /** `|` keeps line ends, `>` folds them; `-` strips the last, `+` keeps all. */
  private literal(header: string, indent: number): string {
    this.at++;
    const rows: string[] = [];
    const first = this.lines.slice(this.at).find(({ raw }) => raw.trim() !== '');
    const width =
      first !== undefined && first.raw.length - first.raw.trimStart().length > indent
        ? first.raw.length - first.raw.trimStart().length
        : indent + 1;
    for (let { line } = this; line !== undefined; line = this.line) {
      const own = line.raw.length - line.raw.trimStart().length;
      if (line.raw.trim() !== '' && own < width) break;
      rows.push(line.raw.slice(width));
      this.at++;
    }
    const trailing = rows.length - rows.findLastIndex((row) => row !== '') - 1;
    const body = rows.slice(0, rows.length - trailing);
    const text = header.startsWith('|') ? body.join('\n') : fold(body);
    if (header.includes('-') || body.length === 0) return text;
    return text + '\n'.repeat(header.includes('+') ? trailing + 1 : 1);
  }

  private inline(text: string, indent: number): PyValue {
    if (text.startsWith('*')) {
      const value = this.anchors.get(text.slice(1).trim());
      return value ?? (value === null ? null : this.fail(`found undefined alias '${text.slice(1)}'`));
    }
    if (/^[[{]/.test(text)) {
      const flow = new FlowReader(
        text,
        (scalar) => this.scalar(scalar),
        (what) => this.fail(what),
        this.interpreter,
      );
      return flow.document();
    }
    if (/^[!%@`]/.test(text)) return this.fail(`'${text.slice(0, 20)}' is not followed`);
    if (indent < 0) return this.fail('unexpected text');
    return this.scalar(text);
  }

  private scalar(text: string): PyValue {
    if (text.startsWith('"')) return unquote(text) ?? this.fail('found an unfinished quoted text');
    if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
    return plainScalar(text);
  }
}

/** Of a value merged by `<<`; the first of several wins, so the caller goes through them backwards. */
const mappingEntries = (value: PyValue): [PyValue, PyValue][] => (value instanceof PyDict ? value.entries() : []);

/** Removes ` # …` outside quotes. */
function withoutComment(text: string): string {
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    if (quote !== '') {
      if (character === '\\' && quote === '"') i++;
      else if (character === quote) quote = '';
    } else if ((character === '"' || character === "'") && (i === 0 || /[\s[{,:]/.test(text[i - 1] ?? '')))
      quote = character;
    else if (character === '#' && (i === 0 || /\s/.test(text[i - 1] ?? ''))) return text.slice(0, i);
  }
  return text;
}

function isBalanced(text: string): boolean {
  let level = 0;
  for (const piece of text.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[[\]{}]/g)) {
    if (piece[0] === '[' || piece[0] === '{') level++;
    else if (piece[0] === ']' || piece[0] === '}') level--;
  }
  return level === 0;
}

/** Lines joined by spaces; blank lines and more deeply indented lines keep their breaks. */
function fold(rows: readonly string[]): string {
  let text = rows[0] ?? '';
  for (const [i, row] of rows.entries()) {
    if (i === 0) continue;
    const previous = rows[i - 1] ?? '';
    if (row === '') text += '\n';
    else if (previous === '') text += row;
    else text += row.startsWith(' ') || previous.startsWith(' ') ? `\n${row}` : ` ${row}`;
  }
  return text;
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '"': '"',
  '\\': '\\',
  '/': '/',
  '0': '\0',
  e: '\x1b',
  ' ': ' ',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

function unquote(text: string): string | undefined {
  if (!/^"(?:[^"\\]|\\.)*"$/s.test(text)) return undefined;
  return text
    .slice(1, -1)
    .replace(
      /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(.))/gs,
      (_, x?: string, u?: string, long?: string, other?: string) => {
        const digits = x ?? u ?? long;
        return digits === undefined
          ? (ESCAPES[other ?? ''] ?? other ?? '')
          : String.fromCodePoint(parseInt(digits, 16));
      },
    );
}

/** The resolver of PyYAML: note that `1e-3` without a point is text there. */
function plainScalar(text: string): PyValue {
  if (text === '' || /^(?:~|null|Null|NULL)$/.test(text)) return null;
  if (/^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(text)) return true;
  if (/^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(text)) return false;
  const plain = text.replaceAll('_', '');
  if (/^[-+]?(?:0|[1-9][\d_]*)$/.test(text)) return BigInt(plain.replace(/^\+/, ''));
  const based = /^([-+]?)(0b[01_]+|0x[\da-fA-F_]+|0[0-7_]+)$/.exec(text);
  if (based !== null) {
    const digits = (based[2] ?? '').replaceAll('_', '');
    const value = BigInt(/^0[bx]/.test(digits) ? digits : `0o${digits.slice(1)}`);
    return based[1] === '-' ? -value : value;
  }
  if (/^(?:[-+]?(?:\d[\d_]*)\.[\d_]*(?:[eE][-+]\d+)?|[-+]?\.[\d_]+(?:[eE][-+]\d+)?)$/.test(text)) return Number(plain);
  const infinite = /^([-+]?)\.(?:inf|Inf|INF)$/.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? -Infinity : Infinity;
  return /^\.(?:nan|NaN|NAN)$/.test(text) ? NaN : text;
}

/** `[a, {b: c}]` */
class FlowReader {
  private at = 0;
  constructor(
    private readonly text: string,
    private readonly scalar: (text: string) => PyValue,
    private readonly fail: (what: string) => never,
    private readonly interpreter: Interpreter,
  ) {}

  document(): PyValue {
    const value = this.value(0);
    this.space();
    return this.at < this.text.length ? this.fail('unexpected text after a flow collection') : value;
  }

  private space(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  private accept(token: string): boolean {
    this.space();
    if (this.text[this.at] !== token) return false;
    this.at++;
    return true;
  }

  private value(depth: number): PyValue {
    if (depth > MAXIMUM_DEPTH) return this.fail('nesting is too deep');
    this.interpreter.step();
    if (this.accept('[')) {
      const items: PyValue[] = [];
      while (!this.accept(']')) {
        items.push(this.value(depth + 1));
        if (!this.accept(',') && this.text[this.at] !== ']') this.fail("expected ',' or ']'");
      }
      return new PyList(items);
    }
    if (this.accept('{')) {
      const dict = new PyDict();
      while (!this.accept('}')) {
        const key = this.value(depth + 1);
        dict.set(hashable(this.interpreter, key), this.accept(':') ? this.value(depth + 1) : null);
        if (!this.accept(',') && this.text[this.at] !== '}') this.fail("expected ',' or '}'");
      }
      return dict;
    }
    return this.token();
  }

  private token(): PyValue {
    this.space();
    const rest = this.text.slice(this.at);
    const [token] = /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|(?:[^,[\]{}:]|:(?=\S))*)/.exec(rest) ?? [''];
    if (token === '' && !/^[,\]}:]/.test(rest)) return this.fail('unexpected character in a flow collection');
    this.at += token.length;
    return this.scalar(token.trim());
  }
}

/** Loads a document given as text or an open file. */
const load = (name: string) =>
  native(`${name}(stream, Loader=None)`, ({ stream = null }, interpreter) => {
    const text =
      typeof stream === 'string' || stream instanceof Unknown ? stream : interpreter.callMethod(stream, 'read');
    return text instanceof Unknown ? text : parseYaml(interpreter, interpreter.toText(text, 'yaml'));
  });

export function yamlModule(): PyModule {
  const module = new PyModule('yaml', undefined, (name) => (/Loader$|Dumper$/.test(name) ? null : undefined));
  for (const name of ['load', 'safe_load', 'full_load', 'unsafe_load']) module.attributes.set(name, load(name));
  for (const name of ['dump', 'safe_dump'])
    module.attributes.set(
      name,
      native(
        `${name}(*args, **kwargs)`,
        (_, interpreter) => new Unknown('YAML text is not written', interpreter.currentSpan),
      ),
    );
  return module;
}
