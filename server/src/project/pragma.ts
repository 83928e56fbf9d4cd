/**
 * The pragma `# hessian-lens: checkpoint=runs/best.pt data=val.npz loss="cross_entropy"`: settings for the class or
 * function on the same line or below. Values with spaces are quoted. In JavaScript the comment begins with `//`.
 */
import { parseModelSettings, SettingsError } from './settings';
import type { ModelSettings } from './settings';

/** A comment that is a line of its own, and one at the end of a line. */
const marker = /^\s*(?:#|\/\/)\s*hessian-lens:\s*(.*)$/;
const trailing = /(?:#|\/\/)\s*hessian-lens:\s*(.*)$/;
/** What may stand between a pragma and its definition: decorators and other comments. */
const between = /^\s*(#|@|\/[/*]|\*)/;
const assignment = /([\w-]+)\s*=\s*("([^"]*)"|'([^']*)'|\S+)\s*/y;

/** The text of a pragma on a line, at its end or, with `alone`, as all of it. */
export const pragmaText = (line: string, alone = false): string | undefined =>
  (alone ? marker : trailing).exec(line.trimEnd())?.[1];

/** A line without the pragma at its end. */
export const withoutPragma = (line: string): string => line.replace(trailing, '').trimEnd();

/** `key=value …` → settings. Throws `SettingsError` naming `where`. */
export function parsePragma(text: string, where: string): ModelSettings {
  const entries = new Map<string, string>();
  assignment.lastIndex = 0;
  const trimmed = text.trim();
  while (assignment.lastIndex < trimmed.length) {
    const at = assignment.lastIndex;
    const match = assignment.exec(trimmed);
    if (match === null)
      throw new SettingsError(`${where}: expected key=value at "${trimmed.slice(at)}" in the hessian-lens comment`);
    entries.set(match[1] ?? '', match[3] ?? match[4] ?? match[2] ?? '');
  }
  return parseModelSettings(entries, where);
}

/**
 * The settings for the definition on `line` (from 1): comments on that line or directly above it, decorators between
 * are skipped. Undefined if there are none.
 */
export function pragmaAt(source: string, line: number, file: string): ModelSettings | undefined {
  if (!source.includes('hessian-lens:')) return undefined;
  const lines = linesOf(source);
  const own = pragmaText(lines[line - 1] ?? '');
  let found = own === undefined ? undefined : parsePragma(own, `${file}:${line}`);
  for (let above = line - 1; above >= 1; above--) {
    const text = lines[above - 1] ?? '';
    const said = pragmaText(text, true);
    if (said !== undefined) found = { ...parsePragma(said, `${file}:${above}`), ...found };
    else if (!between.test(text)) break;
  }
  return found;
}

let split: { readonly text: string; readonly lines: readonly string[] } = { text: '', lines: [''] };

/** A file's definitions are asked for one after the other: the last text stays split. */
function linesOf(text: string): readonly string[] {
  if (split.text !== text) split = { text, lines: text.split(/\r?\n/) };
  return split.lines;
}
