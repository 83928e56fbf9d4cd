/** Texts of a project that show how its models are made and that do not import their file by its name: Markdown, notebooks, tests, users of its package. */
import { readdirSync } from 'node:fs';
import { basename, dirname, extname, join, resolve, sep } from 'node:path';
import { isJavaScript } from '../javascript/isJavaScript';
import { isTestFile } from '../frontend/torch/programText';
import { nearestFirst } from './findFiles';
import { trainingLanguageOf } from './trainingLanguage';
import { readScript } from './trainingScript';

const MOST_ENTRIES = 4000;
const MOST_TEXTS = 400;
const MOST_FOUND = 8;
const DEEPEST = 6;
const skipped = /^(\..*|node_modules|site-packages|__pycache__|v?env|build|dist)$/;

/** Texts that call something that `file` defines: programs, then notebooks, Markdown, tests; the nearest of each first. */
export function demonstrationsOf(file: string, root: string): string[] {
  const path = resolve(file);
  if (isJavaScript(path)) return [];
  const names = definedIn(readScript(path));
  if (names.length === 0) return [];
  const calls = new RegExp(`\\b(${names.join('|')})\\s*\\(`);
  const { importOf } = trainingLanguageOf('any.py');
  const homes = [basename(path, extname(path)), ...packagesOf(path, root)].map(importOf);
  const shows = (text: string): boolean => calls.test(text) && homes.some((home) => home.test(asLines(text)));
  const texts = nearestFirst(path, textsBelow(root)).filter((each) => each !== path);
  const inOrder = texts.slice(0, MOST_TEXTS).sort((a, b) => kindOf(a) - kindOf(b));
  const found: string[] = [];
  for (const each of inOrder) {
    if (found.length === MOST_FOUND) break;
    if (shows(readScript(each))) found.push(each);
  }
  return found;
}

const definedIn = (text: string): string[] =>
  [...text.matchAll(/^(?:def|class)\s+(\w+)/gm)].map(([, name = '']) => name);

/** Names of the folders that hold the file, up to the root. */
function packagesOf(file: string, root: string): string[] {
  const below = dirname(file).slice(resolve(root).length).split(sep);
  return below.filter((name) => /^[A-Za-z_]\w*$/.test(name)).reverse();
}

/** Lines of a notebook are strings of JSON, those of an interactive session have marks. */
const asLines = (text: string): string => text.replace(/^\s*(?:"|>>> )/gm, '');

function kindOf(path: string): number {
  const order = ['.py', '.ipynb', '.md'];
  return isTestFile(path) ? order.length : order.indexOf(extname(path));
}

function textsBelow(root: string): string[] {
  const found: string[] = [];
  const pending = [{ folder: resolve(root), depth: 0 }];
  let left = MOST_ENTRIES;
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    for (const entry of entriesOf(next.folder)) {
      if (--left < 0) return found;
      const path = join(next.folder, entry.name);
      if (entry.isFile() && /\.(py|ipynb|md)$/.test(entry.name)) found.push(path);
      else if (entry.isDirectory() && next.depth < DEEPEST && !skipped.test(entry.name))
        pending.push({ folder: path, depth: next.depth + 1 });
    }
  }
  return found;
}

const entriesOf = (folder: string) => {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => a.name.localeCompare(b.name));
  } catch {
    return [];
  }
};
