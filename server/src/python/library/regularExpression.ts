/**
 * One search of a Python regular expression by JavaScript's engine. That engine backtracks and cannot be interrupted, so
 * only patterns whose work is bounded by a small power of the text's length are run; others give an unknown value.
 */
import type { Interpreter } from '../interpreter';
import { native } from '../native';
import { PyDict, PyList, PyTuple, Unknown } from '../values';
import type { PyValue } from '../values';

/** Bound on (length of the text)^(number of unbounded repetitions). */
const mostWork = 1e7;

/** A repetition of a group that itself repeats or chooses: the shape behind exponential searches. */
function repeatsVariableGroup(pattern: string): boolean {
  const variable: boolean[] = [false];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? '';
    if (character === '\\') at++;
    else if (character === '[') at = classEnd(pattern, at);
    else if (character === '(') variable.push(false);
    else if (character === ')') {
      const inner = variable.pop() ?? false;
      if (inner && '*+{'.includes(pattern[at + 1] ?? ' ')) return true;
      variable[variable.length - 1] = (variable.at(-1) ?? false) || inner;
    } else if ('*+{|?'.includes(character) && pattern[at - 1] !== '(') variable[variable.length - 1] = true;
  }
  return false;
}

/** Offset of the bracket that closes a character class. */
function classEnd(pattern: string, open: number): number {
  let at = open + (pattern[open + 1] === '^' ? 2 : 1);
  if (pattern[at] === ']') at++;
  while (at < pattern.length && pattern[at] !== ']') at += pattern[at] === '\\' ? 2 : 1;
  return at;
}

/** Python's spelling → JavaScript's; undefined for what has no equal there. */
function translated(pattern: string): string | undefined {
  if (/\(\?(?:P=|#|\(|[aiLmsux]+[-:)])|[*+?}]\+/.test(pattern)) return undefined;
  return pattern
    .replaceAll('(?P<', '(?<')
    .replaceAll(/\\A/g, '(?<![\\s\\S])')
    .replaceAll(/\\Z/g, '(?![\\s\\S])')
    .replaceAll(/(?<!\\)\$$/g, '(?=\\n?(?![\\s\\S]))');
}

const compiled = (pattern: string, flags: string): RegExp | undefined => {
  const source = translated(pattern);
  try {
    return source === undefined ? undefined : new RegExp(source, `${flags}d`);
  } catch {
    return undefined;
  }
};

/** How the place of a match is bound. */
const modes: Readonly<Record<string, (pattern: string) => string>> = {
  search: (pattern) => pattern,
  match: (pattern) => pattern,
  fullmatch: (pattern) => `(?:${pattern})\\Z`,
};

/** `find(pattern, flags, text, start, mode)` → ([(start, end) or None, …], {name: group}), or None without a match. */
export const findPattern = native(
  'find(pattern, flags, text, start, mode)',
  ({ pattern = '', flags = '', text = '', start = 0n, mode = '' }, interpreter): PyValue => {
    const subject = interpreter.toText(text, 'string');
    const source = interpreter.toText(pattern, 'pattern');
    const kind = interpreter.toText(mode, 'mode');
    const expression = compiled(
      modes[kind]?.(source) ?? source,
      `${interpreter.toText(flags, 'flags')}${kind === 'search' ? 'g' : 'y'}`,
    );
    if (expression === undefined) return notFollowed(interpreter, source);
    const unbounded = source.match(/[*+]|\{\d+,\}/g)?.length ?? 0;
    if (repeatsVariableGroup(source) || (subject.length + 1) ** (unbounded + 1) > mostWork)
      return notFollowed(interpreter, source);
    expression.lastIndex = interpreter.toNumber(start, 'start');
    const found = expression.exec(subject);
    if (found === null) return null;
    const spans = [...(found.indices ?? [])].map((span) =>
      span === undefined ? null : new PyTuple(span.map((offset) => BigInt(offset))),
    );
    return new PyTuple([new PyList(spans), PyDict.of(namedGroups(source))]);
  },
);

const notFollowed = (interpreter: Interpreter, pattern: string): Unknown =>
  new Unknown(`the regular expression '${pattern}' is not followed`, interpreter.currentSpan);

/** Names of groups with their numbers: groups count by their opening brackets. */
function namedGroups(pattern: string): [string, bigint][] {
  const names: [string, bigint][] = [];
  let count = 0n;
  for (let at = 0; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === '[') at = classEnd(pattern, at);
    else if (pattern[at] === '(') {
      const name = /^\(\?P<(\w+)>/.exec(pattern.slice(at))?.[1];
      if (name === undefined && pattern[at + 1] === '?') continue;
      count++;
      if (name !== undefined) names.push([name, count]);
    }
  }
  return names;
}
