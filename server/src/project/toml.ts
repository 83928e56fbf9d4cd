/**
 * The part of TOML 1.0 that configuration uses: tables, dotted and quoted keys, strings of all four kinds, numbers,
 * booleans, arrays, inline tables, arrays of tables. Dates are kept as text.
 */

export type TomlValue = string | number | boolean | TomlValue[] | TomlTable;
export type TomlTable = Map<string, TomlValue>;

export class TomlError extends Error {
  override readonly name = 'TomlError';
  constructor(
    message: string,
    readonly line: number,
  ) {
    super(`line ${line}: ${message}`);
  }
}

const simpleEscapes: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  e: '\u001b',
  '"': '"',
  '\\': '\\',
};

class Reader {
  private at = 0;
  constructor(private readonly text: string) {}

  document(): TomlTable {
    const root: TomlTable = new Map();
    let table = root;
    while (this.moreAfterBlank()) {
      if (this.take('[[')) {
        const keys = this.keys();
        this.expect(']]');
        table = this.appendTable(root, keys);
      } else if (this.take('[')) {
        const keys = this.keys();
        this.expect(']');
        table = this.tableAt(root, keys);
      } else this.assignment(table);
      this.endOfLine();
    }
    return root;
  }

  private fail(message: string): never {
    throw new TomlError(message, this.text.slice(0, this.at).split('\n').length);
  }

  private take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false;
    this.at += token.length;
    return true;
  }

  private expect(token: string): void {
    if (!this.take(token)) this.fail(`expected ${token}`);
  }

  /** Matches a sticky pattern here. */
  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? [];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private skipSpaces(): void {
    this.match(/[ \t]*/y);
  }

  /** Spaces, line ends and comments. */
  private skipBlank(): void {
    this.match(/(?:[ \t\r\n]|#[^\n]*)*/y);
  }

  /** Skips blanks; is there anything after them? */
  private moreAfterBlank(): boolean {
    this.skipBlank();
    return this.at < this.text.length;
  }

  /** Skips blanks and takes the closing bracket if it is next. */
  private closes(bracket: string): boolean {
    if (!this.moreAfterBlank()) this.fail(`expected ${bracket}`);
    return this.take(bracket);
  }

  private endOfLine(): void {
    if (this.match(/[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y) === undefined) this.fail('expected the end of the line');
  }

  private key(): string {
    const quote = this.text[this.at];
    if (quote === '"' || quote === "'") return this.string();
    return this.match(/[A-Za-z0-9_-]+/y) ?? this.fail('expected a key');
  }

  private keys(): string[] {
    const keys: string[] = [];
    do {
      this.skipSpaces();
      keys.push(this.key());
      this.skipSpaces();
    } while (this.take('.'));
    return keys;
  }

  private tableAt(from: TomlTable, keys: readonly string[]): TomlTable {
    let table = from;
    for (const key of keys) {
      let next = table.get(key);
      if (next === undefined) table.set(key, (next = new Map()));
      if (Array.isArray(next)) next = next.at(-1) ?? new Map();
      if (!(next instanceof Map)) this.fail(`"${key}" is already a value`);
      table = next;
    }
    return table;
  }

  private appendTable(root: TomlTable, keys: readonly string[]): TomlTable {
    const parent = this.tableAt(root, keys.slice(0, -1));
    const last = keys.at(-1) ?? '';
    const list = parent.get(last) ?? [];
    if (!Array.isArray(list)) this.fail(`"${last}" is already a value`);
    const table: TomlTable = new Map();
    list.push(table);
    parent.set(last, list);
    return table;
  }

  private assignment(table: TomlTable): void {
    const keys = this.keys();
    this.expect('=');
    this.skipSpaces();
    const owner = this.tableAt(table, keys.slice(0, -1));
    const last = keys.at(-1) ?? '';
    if (owner.has(last)) this.fail(`"${last}" is given twice`);
    owner.set(last, this.value());
  }

  private value(): TomlValue {
    const first = this.text[this.at];
    if (first === '"' || first === "'") return this.string();
    if (first === '[') return this.array();
    if (first === '{') return this.inlineTable();
    const word = this.match(/[^\s,\]}#]+(?: [0-9][^\s,\]}#]*)?/y) ?? this.fail('expected a value');
    if (word === 'true' || word === 'false') return word === 'true';
    const plain = word.replace(/_/g, '');
    if (/^[+-]?(inf|nan)$/.test(plain))
      return plain.endsWith('nan') ? Number.NaN : plain.startsWith('-') ? -Infinity : Infinity;
    if (/^0[xob][0-9a-f]+$/i.test(plain) || /^[+-]?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(plain)) return Number(plain);
    if (/^\d{2,4}[-:]/.test(word)) return word;
    return this.fail(`"${word}" is not a value; texts need quotes`);
  }

  private array(): TomlValue[] {
    this.expect('[');
    const items: TomlValue[] = [];
    while (!this.closes(']')) {
      items.push(this.value());
      this.skipBlank();
      if (!this.take(',') && this.text[this.at] !== ']') this.fail('expected , or ] in the array');
    }
    return items;
  }

  private inlineTable(): TomlTable {
    this.expect('{');
    const table: TomlTable = new Map();
    while (!this.closes('}')) {
      this.assignment(table);
      this.skipBlank();
      if (!this.take(',') && this.text[this.at] !== '}') this.fail('expected , or } in the table');
    }
    return table;
  }

  private string(): string {
    for (const quote of ['"""', "'''"] as const)
      if (this.take(quote)) {
        this.match(/\r?\n/y);
        return this.until(quote, quote === '"""');
      }
    const quote = this.text[this.at] ?? '';
    this.at++;
    return this.until(quote, quote === '"');
  }

  private until(quote: string, escapes: boolean): string {
    let result = '';
    while (!this.take(quote)) {
      const character = this.text[this.at++];
      if (character === undefined || (quote.length === 1 && character === '\n')) this.fail('the text does not end');
      if (character !== '\\' || !escapes) result += character;
      else result += this.escape();
    }
    return result;
  }

  private escape(): string {
    const code = this.match(/u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}/y);
    if (code !== undefined) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
    if (this.match(/[ \t]*\r?\n\s*/y) !== undefined) return '';
    return simpleEscapes[this.text[this.at++] ?? ''] ?? this.fail('unknown escape in a text');
  }
}

/** Throws `TomlError` with the line. */
export const parseToml = (text: string): TomlTable => new Reader(text).document();
