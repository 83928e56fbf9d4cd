/**
 * The scripts of a page (`.html`) or of a component of Vue or Svelte as one program. Everything else is blank, so that
 * what is read keeps its lines and columns.
 */

const PAGE = /\.(html?|vue|svelte)$/i;

export const isPage = (file: string): boolean => PAGE.test(file);

export interface PageProgram {
  readonly text: string;
  /** Files that the page loads before, as it names them. */
  readonly included: readonly string[];
  /** With elements in expressions. */
  readonly hasElements: boolean;
}

const script = /(<script\b([^>]*)>)([\s\S]*?)<\/script\s*>/gi;
const comment = /<!--[\s\S]*?-->/g;
/** Types of scripts that are programs; others hold data, templates, shaders. */
const isProgram = /^(module|(text|application)\/(javascript|ecmascript|typescript|babel|jsx))?$/i;

export function pageProgram(page: string): PageProgram {
  const text = page.replace(comment, blank);
  const parts: string[] = [];
  const included: string[] = [];
  let hasElements = false;
  let end = 0;
  for (const { 0: whole, 1: opening = '', 2: attributes = '', 3: body = '', index } of text.matchAll(script)) {
    if (!isProgram.test(attribute(attributes, 'type'))) continue;
    const source = attribute(attributes, 'src');
    if (source !== '' && !/^(\w+:)?\/\//.test(source)) included.push(source.replace(/[?#].*$/, ''));
    hasElements ||= /\b[jt]sx\b|babel/i.test(attributes);
    const begin = index + opening.length;
    // A script ends its last statement.
    const after = blank(text.slice(begin + body.length, index + whole.length)).replace(/^ /, ';');
    parts.push(blank(text.slice(end, begin)), source === '' ? body : blank(body), after);
    end = index + whole.length;
  }
  return { text: parts.join('') + blank(text.slice(end)), included, hasElements };
}

const attribute = (attributes: string, name: string): string => {
  const value = new RegExp(`\\b${name}\\s*=\\s*("[^"]*"|'[^']*'|[^\\s>]+)`, 'i').exec(attributes)?.[1] ?? '';
  return value.replace(/^["']|["']$/g, '').trim();
};

const blank = (text: string): string => text.replace(/[^\n\r\u2028\u2029]/g, ' ');
