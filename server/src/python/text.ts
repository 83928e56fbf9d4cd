/** Python's text is a sequence of code points, JavaScript's of UTF-16 units; they differ only with surrogates. */

/** The text itself when every unit is a code point, else its code points. */
export function codePoints(text: string): string | readonly string[] {
  return /[\ud800-\udfff]/.test(text) ? codePointList(text) : text;
}

export const codePointList = (text: string): string[] => Array.from(text);
