/** f-strings: literal text and replacement fields, whose expressions may themselves hold strings with any quotes. */
import type { SourceFile } from './source';
import type { FormatPart } from './syntax';
import { unescape } from './literals';
import { parseExpressionList } from './parseExpressions';
import { ParseError, TokenStream, unterminatedString } from './tokens';

/** Reads from the first character after the opening quote to the end of the closing one. */
export function formattedStringToken(
  source: SourceFile,
  start: number,
  from: number,
  quote: string,
  raw: boolean,
): { parts: FormatPart[]; end: number } {
  const { text } = source;
  const parts: FormatPart[] = [];
  let literal = '';
  let at = from;
  const flush = (): void => {
    if (literal !== '') parts.push(raw ? literal : unescape(literal, { start, end: at }));
    literal = '';
  };
  for (;;) {
    const character = text[at];
    if (character === undefined || (character === '\n' && quote.length === 1))
      throw unterminatedString(source, start, quote);
    if (text.startsWith(quote, at)) {
      flush();
      return { parts, end: at + quote.length };
    }
    if (character === '\\' && !raw && text.startsWith('N{', at + 1)) {
      const close = text.indexOf('}', at);
      literal += text.slice(at, close + 1);
      at = close + 1;
    } else if (character === '\\') {
      // `\{` is a backslash and a replacement field.
      const escaped = text[at + 1] ?? '';
      const width = escaped === '{' || escaped === '}' ? 1 : 2;
      literal += raw || width === 2 ? text.slice(at, at + width) : '\\\\';
      at += width;
    } else if ((character === '{' || character === '}') && text[at + 1] === character) {
      literal += character;
      at += 2;
    } else if (character === '}') {
      throw new ParseError("f-string: single '}' is not allowed", { start: at, end: at + 1 });
    } else if (character === '{') {
      flush();
      const field = replacementField(source, at);
      parts.push(field.part);
      at = field.end;
    } else {
      literal += character;
      at++;
    }
  }
}

function replacementField(source: SourceFile, open: number): { part: FormatPart; end: number } {
  const { text } = source;
  const tokens = new TokenStream(source, open + 1, true);
  if (tokens.is('}')) throw new ParseError("f-string: valid expression required before '}'", tokens.peek());
  const value = parseExpressionList(tokens);
  let at = tokens.peek().start;
  let selfText: string | undefined;
  if (tokens.is('=')) {
    at = tokens.next().end;
    while (text[at] === ' ') at++;
    selfText = text.slice(open + 1, at);
  }
  let conversion: 's' | 'r' | 'a' | undefined;
  if (text[at] === '!') {
    const letter = text[at + 1];
    if (letter !== 's' && letter !== 'r' && letter !== 'a')
      throw new ParseError("f-string: invalid conversion character: expected 's', 'r', or 'a'", {
        start: at,
        end: at + 2,
      });
    conversion = letter;
    at += 2;
    while (text[at] === ' ') at++;
  }
  let format: FormatPart[] | undefined;
  if (text[at] === ':') ({ format, at } = formatSpecification(source, at + 1));
  if (text[at] !== '}') throw new ParseError("f-string: expecting '}'", { start: open, end: open + 1 });
  return { part: { value, conversion, format, selfText, start: open, end: at + 1 }, end: at + 1 };
}

function formatSpecification(source: SourceFile, from: number): { format: FormatPart[]; at: number } {
  const { text } = source;
  const format: FormatPart[] = [];
  let literal = '';
  let at = from;
  for (; at < text.length && text[at] !== '}' && text[at] !== '\n';) {
    if (text[at] === '{') {
      if (literal !== '') format.push(literal);
      literal = '';
      const field = replacementField(source, at);
      format.push(field.part);
      at = field.end;
    } else literal += text[at++] ?? '';
  }
  if (literal !== '') format.push(literal);
  return { format, at };
}
