/**
 * Python's lexical analysis, on demand: the parser pulls tokens, may go back to an earlier one, and after an error
 * in one statement resumes at a later line.
 *
 * Hand-written because @lezer/python 1.1.19 marks correct programs as errors (`2./n`, a bare `yield`,
 * `with (a as b, c as d):`), all of which model code uses.
 */
import type { Located, SourceFile } from './source';
import type { FormatPart } from './syntax';
import { formattedStringToken } from './formattedStrings';

export type TokenKind = 'name' | 'keyword' | 'number' | 'string' | 'operator' | 'newline' | 'indent' | 'dedent' | 'end';

export interface Token extends Located {
  readonly kind: TokenKind;
  /** Source text (empty for indent, dedent, end). */
  readonly text: string;
  /** Parts of an f-string. */
  readonly parts?: readonly FormatPart[];
}

/** Carries a message and its place to the statement that must become `Invalid`. */
export class ParseError extends Error {
  override readonly name = 'ParseError';
  constructor(
    message: string,
    readonly range: Located,
  ) {
    super(message);
  }
}

const KEYWORDS = new Set(
  (
    'False None True and as assert async await break class continue def del elif else except finally for from global ' +
    'if import in is lambda nonlocal not or pass raise return try while with yield'
  ).split(' '),
);

const NAME = /[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*/y;
const NUMBER =
  /0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?[jJ]?/y;
const OPERATOR =
  /\*\*=|\/\/=|>>=|<<=|\.\.\.|!=|->|\*\*|\/\/|<<|>>|<=|>=|==|:=|\+=|-=|\*=|\/=|%=|@=|&=|\|=|\^=|[-+*/%@&|^~<>()[\]{},:.;=!]/y;
const STRING_PREFIX = /(?:[rR][bBfF]?|[bBfF][rR]?|[uU])?(?='|")/y;
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' };
const MAXIMUM_INDENTATION_LEVELS = 100;

/** The match of a sticky expression at `at`. */
function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

export class TokenStream {
  private readonly tokens: Token[] = [];
  private index = 0;
  private indentation = [0];
  private readonly brackets: { text: string; start: number }[] = [];
  private atLineStart: boolean;

  /** `embedded`: an expression inside an f-string, where newlines mean nothing. */
  constructor(
    readonly source: SourceFile,
    private at = 0,
    private readonly embedded = false,
  ) {
    this.atLineStart = !embedded;
    if (at === 0 && source.text.startsWith('\ufeff')) this.at = 1;
  }

  /** Directly inside the braces of an f-string's field, where `:` and `=` end the expression. */
  get isFieldLevel(): boolean {
    return this.embedded && this.brackets.length === 0;
  }
  get position(): number {
    return this.index;
  }
  /** Nesting of expressions, bounded so that hostile text cannot exhaust the stack. */
  nesting = 0;

  peek(): Token {
    return this.token(this.index);
  }
  peekAfter(distance: number): Token {
    return this.token(this.index + distance);
  }
  next(): Token {
    const token = this.token(this.index);
    if (token.kind !== 'end') this.index++;
    return token;
  }
  /** Goes back to an earlier `position`. */
  rewind(position: number): void {
    this.index = position;
  }
  is(text: string): boolean {
    const token = this.token(this.index);
    return token.text === text && (token.kind === 'operator' || token.kind === 'keyword');
  }
  /** A name that acts as a keyword here (`match`, `case`, `type`, `_`). */
  isWord(text: string): boolean {
    const token = this.token(this.index);
    return token.text === text && token.kind === 'name';
  }
  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.index++;
    return true;
  }
  expect(text: string): Token {
    if (!this.is(text)) this.fail(text === ':' ? "expected ':'" : 'invalid syntax');
    return this.next();
  }
  name(): Token {
    const token = this.peek();
    if (token.kind !== 'name') this.fail('invalid syntax');
    return this.next();
  }
  /** End of the token before the next one. */
  get lastEnd(): number {
    return this.tokens[this.index - 1]?.end ?? this.at;
  }
  fail(message: string, range: Located = this.peek()): never {
    const open = this.brackets.at(-1);
    // What follows an unclosed bracket is read as its content: the bracket is the place to show. As CPython, this is
    // assumed when the text makes no sense on a later line than the bracket's.
    if (
      open !== undefined &&
      (this.peek().kind === 'end' || (message.startsWith('invalid syntax') && this.isUnclosed(open.start)))
    )
      throw new ParseError(`'${open.text}' was never closed`, { start: open.start, end: open.start + 1 });
    throw new ParseError(message, range);
  }

  private isUnclosed(open: number): boolean {
    const { source } = this;
    if (source.position(this.peek().start).line === source.position(open).line) return false;
    // A bracket that is closed after all means that the error is inside it.
    const depth = this.brackets.length;
    try {
      for (let i = this.index; this.token(i).kind !== 'end'; i++) if (this.brackets.length < depth) return false;
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
    }
    return true;
  }

  /**
   * Forgets the tokens from the failed statement on and continues at the first later line that is not indented
   * deeper than the statement. Returns the offset where the skipped text ends.
   */
  resume(statementPosition: number, statementStart: number): number {
    const { text } = this.source;
    const column = this.columnAt(statementStart);
    let line = statementStart;
    for (;;) {
      const newline = text.indexOf('\n', line);
      line = newline < 0 ? text.length : newline + 1;
      if (line >= text.length) break;
      const [indent, first] = this.measure(line);
      const character = text[first];
      if (character === undefined || '\r\n#)]}'.includes(character)) continue;
      if (indent <= column) break;
    }
    this.tokens.length = statementPosition;
    this.index = statementPosition;
    this.brackets.length = 0;
    this.indentation = this.indentation.filter((level) => level <= column);
    this.at = line;
    this.atLineStart = true;
    return line;
  }

  private columnAt(offset: number): number {
    return this.measure(this.source.text.lastIndexOf('\n', offset - 1) + 1)[0];
  }

  /** Indentation of the line that begins at `from`, tabs to multiples of 8, and the offset of its first character. */
  private measure(from: number): [number, number] {
    let column = 0;
    let at = from;
    for (; ; at++) {
      const character = this.source.text[at];
      if (character === ' ') column++;
      else if (character === '\t') column = (column >> 3) * 8 + 8;
      else if (character === '\f') column = 0;
      else return [column, at];
    }
  }

  private token(index: number): Token {
    while (this.tokens.length <= index) this.read();
    // The loop above made it exist.
    return this.tokens[index] as Token;
  }

  private push(kind: TokenKind, start: number, end: number, parts?: readonly FormatPart[]): void {
    const text = this.source.text.slice(start, end);
    this.tokens.push(parts === undefined ? { kind, text, start, end } : { kind, text, start, end, parts });
  }

  private read(): void {
    const { text } = this.source;
    if (this.atLineStart && this.brackets.length === 0 && !this.embedded) {
      if (this.readIndentation()) return;
    }
    for (;;) {
      const character = text[this.at];
      if (character === ' ' || character === '\t' || character === '\r' || character === '\f') this.at++;
      else if (character === '#') {
        const newline = text.indexOf('\n', this.at);
        this.at = newline < 0 ? text.length : newline;
      } else if (character === '\\' && /^\\\r?\n/.test(text.slice(this.at, this.at + 3))) {
        this.at = text.indexOf('\n', this.at) + 1;
      } else if (character === '\n' && (this.brackets.length > 0 || this.embedded)) this.at++;
      else break;
    }
    const start = this.at;
    const character = text[start];
    if (character === undefined) {
      this.readEnd();
      return;
    }
    if (character === '\n') {
      this.at++;
      this.atLineStart = true;
      this.push('newline', start, this.at);
      return;
    }
    const prefix = matchAt(STRING_PREFIX, text, start);
    if (prefix !== undefined) {
      this.readString(start, prefix);
      return;
    }
    const name = matchAt(NAME, text, start);
    if (name !== undefined) {
      this.at += name.length;
      this.push(KEYWORDS.has(name) ? 'keyword' : 'name', start, this.at);
      return;
    }
    const number = matchAt(NUMBER, text, start);
    if (number !== undefined) {
      this.readNumber(start, number);
      return;
    }
    const operator = matchAt(OPERATOR, text, start);
    if (operator === undefined)
      throw new ParseError(`invalid character '${String.fromCodePoint(text.codePointAt(start) ?? 0)}'`, {
        start,
        end: start + 1,
      });
    this.at += operator.length;
    if (operator in CLOSING) this.brackets.push({ text: operator, start });
    else if (operator === ')' || operator === ']' || operator === '}') this.close(operator, start);
    this.push('operator', start, this.at);
  }

  private close(bracket: string, start: number): void {
    const open = this.brackets.pop();
    if (open === undefined) {
      if (this.embedded) return;
      throw new ParseError(`unmatched '${bracket}'`, { start, end: start + 1 });
    }
    if (CLOSING[open.text] !== bracket)
      throw new ParseError(`closing parenthesis '${bracket}' does not match opening parenthesis '${open.text}'`, {
        start,
        end: start + 1,
      });
  }

  private readNumber(start: number, number: string): void {
    const { text } = this.source;
    this.at += number.length;
    if (
      matchAt(NAME, text, this.at) !== undefined &&
      !/^(?:and|or|in|is|if|else|for|not)\b/.test(text.slice(this.at, this.at + 5))
    )
      throw new ParseError('invalid decimal literal', { start, end: this.at + 1 });
    if (/^0[\d_]*[1-9]/.test(number) && /^[\d_]+$/.test(number))
      throw new ParseError(
        'leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers',
        { start, end: this.at },
      );
    this.push('number', start, this.at);
  }

  /** Emits indent or dedent tokens of a line, if any; skips empty lines. True if a token was made. */
  private readIndentation(): boolean {
    const { text } = this.source;
    for (;;) {
      const [column, first] = this.measure(this.at);
      const character = text[first];
      if (character === undefined) {
        this.at = first;
        this.atLineStart = false;
        return false;
      }
      if (character === '#' || character === '\n' || character === '\r') {
        const newline = text.indexOf('\n', first);
        this.at = newline < 0 ? text.length : newline + 1;
        continue;
      }
      this.at = first;
      const level = this.indentation.at(-1) ?? 0;
      if (column > level) {
        this.atLineStart = false;
        this.indentation.push(column);
        if (this.indentation.length > MAXIMUM_INDENTATION_LEVELS)
          throw new ParseError('too many levels of indentation', { start: first, end: first + 1 });
        this.readMagicAfter('indent', first);
        return true;
      }
      if (column < level) {
        if (!this.indentation.includes(column))
          throw new ParseError('unindent does not match any outer indentation level', { start: first, end: first + 1 });
        while ((this.indentation.at(-1) ?? 0) > column) {
          this.indentation.pop();
          this.push('dedent', first, first);
        }
        this.atLineStart = false;
        this.readMagic(first);
        return true;
      }
      this.atLineStart = false;
      return this.readMagic(first);
    }
  }

  private readMagicAfter(kind: TokenKind, first: number): void {
    this.push(kind, first, first);
    this.readMagic(first);
  }

  /** A notebook's `%magic` or `!command` line, which no Python statement can look like, counts as `pass`. */
  private readMagic(first: number): boolean {
    const { text } = this.source;
    if (text[first] !== '%' && text[first] !== '!') return false;
    const newline = text.indexOf('\n', first);
    this.at = newline < 0 ? text.length : newline;
    this.tokens.push({ kind: 'keyword', text: 'pass', start: first, end: this.at });
    return true;
  }

  private readEnd(): void {
    const { at } = this;
    const last = this.tokens.at(-1);
    if (
      !this.embedded &&
      last !== undefined &&
      last.kind !== 'newline' &&
      last.kind !== 'dedent' &&
      last.kind !== 'end'
    )
      this.push('newline', at, at);
    if (this.brackets.length === 0)
      while (this.indentation.length > 1) {
        this.indentation.pop();
        this.push('dedent', at, at);
      }
    this.push('end', at, at);
  }

  private readString(start: number, prefix: string): void {
    const { text } = this.source;
    const quoteAt = start + prefix.length;
    const single = text[quoteAt] ?? '"';
    const quote = text.startsWith(single.repeat(3), quoteAt) ? single.repeat(3) : single;
    if (/f/i.test(prefix)) {
      const { parts, end } = formattedStringToken(this.source, start, quoteAt + quote.length, quote, /r/i.test(prefix));
      this.at = end;
      this.push('string', start, end, parts);
      return;
    }
    for (let at = quoteAt + quote.length; ; at++) {
      const character = text[at];
      if (character === '\\') at++;
      else if (character === undefined || (character === '\n' && quote.length === 1)) {
        this.at = at;
        throw unterminatedString(this.source, start, quote);
      } else if (text.startsWith(quote, at)) {
        this.at = at + quote.length;
        this.push('string', start, this.at);
        return;
      }
    }
  }
}

export function unterminatedString(source: SourceFile, start: number, quote: string): ParseError {
  const { line } = source.position(start);
  return new ParseError(
    quote.length === 3
      ? `unterminated triple-quoted string literal (detected at line ${source.position(source.text.replace(/\n$/, '').length).line})`
      : `unterminated string literal (detected at line ${line})`,
    { start, end: start + 1 },
  );
}
