/** Parsed modules by file: reading a project parses the same texts again and again, and trees never change. */
import { parseModule, type ParseOptions } from './parse';
import type { ModuleSyntax } from './syntax';

const MOST_ENTRIES = 256;
/** Longer texts are not kept. */
const LONGEST = 2 * 2 ** 20;

const trees = new Map<string, ModuleSyntax>();

/** As `parseModule`; the tree may be shared with others and must not be changed. */
export function parseCached(text: string, file: string, options: ParseOptions = {}): ModuleSyntax {
  const key = `${options.strict === true ? 'strict' : 'tolerant'} ${file}`;
  const known = trees.get(key);
  if (known?.source.text === text) return known;
  const tree = parseModule(text, file, options);
  trees.delete(key);
  if (text.length <= LONGEST) trees.set(key, tree);
  if (trees.size > MOST_ENTRIES) for (const oldest of [...trees.keys()].slice(0, trees.size / 4)) trees.delete(oldest);
  return tree;
}
