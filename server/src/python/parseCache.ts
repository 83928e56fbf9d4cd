/** Parsed modules by file: reading a project parses the same texts again and again, and trees never change. */
import { isJavaScript } from '../javascript/isJavaScript';
import { parseJavaScript } from '../javascript/parse';
import { parseModule, type ParseOptions } from './parse';
import type { ModuleSyntax } from './syntax';

const MOST_ENTRIES = 256;
/** Longer texts are not kept. */
const LONGEST = 2 * 2 ** 20;

const trees = new Map<string, ModuleSyntax>();

const keyOf = (file: string, strict: boolean): string => `${strict ? 'strict' : 'tolerant'} ${file}`;

/** As `parseModule`; the tree may be shared with others and must not be changed. */
export function parseCached(text: string, file: string, { strict = false }: ParseOptions = {}): ModuleSyntax {
  // A text without errors has the same tree either way.
  const known = [strict ? undefined : trees.get(keyOf(file, false)), trees.get(keyOf(file, true))];
  const same = known.find((each) => each?.source.text === text);
  if (same !== undefined) return same;
  const tree = (isJavaScript(file) ? parseJavaScript : parseModule)(text, file, { strict });
  const key = keyOf(file, strict);
  trees.delete(key);
  if (text.length <= LONGEST) trees.set(key, tree);
  if (trees.size > MOST_ENTRIES) for (const oldest of [...trees.keys()].slice(0, trees.size / 4)) trees.delete(oldest);
  return tree;
}
