/** What a call of a function of JavaScript may leave out. */
import type { FunctionSyntax, Parameter } from '../python/syntax';
import { helperName } from './names';

/** Whether a call may leave a parameter out: one that the code gives no default is left out by mistake. */
export const isOptional = ({ default: fallback }: Parameter): boolean =>
  fallback !== undefined && !(fallback.kind === 'Name' && fallback.name === helperName('undefined'));

/** Does the function say what it does without the parameter: by its default, `options || {…}`, `...options`, `if (!options)`? */
export function mayBeLeftOut(parameter: Parameter, { source, start, end }: FunctionSyntax): boolean {
  if (isOptional(parameter)) return true;
  const name = /^[\w$]+$/.test(parameter.name) ? parameter.name.replaceAll('$', '\\$') : undefined;
  if (name === undefined) return false;
  const asked = `(?<![\\w$.])${name}\\s*(\\|\\||\\?\\?|\\?\\.|[!=]==?\\s*(undefined|null)\\b)|\\.\\.\\.${name}\\b|!${name}\\b|typeof ${name}\\b`;
  return new RegExp(asked).test(source.text.slice(start, end));
}

const isPattern = (name: string): boolean => name.startsWith('·') && name !== '·more';

/** How the code writes a parameter: `units`, `{units, rate}`. */
export function parameterText({ name, start, end }: Parameter, { source }: FunctionSyntax): string {
  if (!isPattern(name)) return name;
  const [pattern = ''] = /^(\{[^}]*\}?|\[[^\]]*\]?)/.exec(source.text.slice(start, end)) ?? [];
  const text = pattern.replace(/\s+/g, ' ');
  return text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)} …}` : text;
}

const MOST_TEXT = 80;
