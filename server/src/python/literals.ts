/** Values of number and string literals. */
import type { Located } from './source';
import { ParseError } from './tokens';

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\n': '',
};

const ESCAPE = /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|N\{([^}]*)\}|(\r\n|[^]))/g;

/** Replaces the escape sequences of a text literal; unknown ones stay, as in Python. */
export function unescape(text: string, range: Located): string {
  if (!text.includes('\\')) return text;
  return text.replace(
    ESCAPE,
    (
      whole: string,
      octal: string | undefined,
      hex: string | undefined,
      short: string | undefined,
      long: string | undefined,
      named: string | undefined,
      other: string | undefined,
    ) => {
      if (octal !== undefined) return String.fromCodePoint(parseInt(octal, 8));
      const digits = hex ?? short ?? long;
      if (digits !== undefined) {
        const code = parseInt(digits, 16);
        if (code > 0x10ffff) throw new ParseError('illegal Unicode character', range);
        return String.fromCodePoint(code);
      }
      // Character names would need the Unicode database; the text keeps its length of one.
      if (named !== undefined) return '\ufffd';
      if (other === '\r\n') return '';
      if (other === 'x' || other === 'u' || other === 'U')
        throw new ParseError(`truncated \\${other} escape in string literal`, range);
      return SIMPLE_ESCAPES[other ?? ''] ?? whole;
    },
  );
}

/** Bytes of the body of a bytes literal. */
export function unescapeBytes(text: string, raw: boolean, range: Located): Uint8Array {
  const plain = raw
    ? text
    : text.replace(
        /\\(?:([0-7]{1,3})|x([\da-fA-F]{2})|(\r\n|[^]))/g,
        (whole: string, octal?: string, hex?: string, other?: string) =>
          octal !== undefined
            ? String.fromCharCode(parseInt(octal, 8) & 255)
            : hex !== undefined
              ? String.fromCharCode(parseInt(hex, 16))
              : (SIMPLE_ESCAPES[other ?? ''] ?? whole),
      );
  return Uint8Array.from(plain, (character) => {
    const code = character.charCodeAt(0);
    if (code > 255) throw new ParseError('bytes can only contain ASCII literal characters', range);
    return code;
  });
}

/** Value of a real number literal. */
export function numberValue(text: string): bigint | number {
  const digits = text.replaceAll('_', '');
  return /^(?:0[xXoObB]|\d+$)/.test(digits) ? BigInt(digits) : Number(digits);
}
