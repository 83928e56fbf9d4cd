import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

const MARKERS = ['.git', 'pyproject.toml', 'setup.py', 'setup.cfg', 'requirements.txt'];
/** Larger scripts are not searched for training code. */
const LARGEST_SCRIPT = 1 << 20;
const MOST_SCRIPTS = 60;

/**
 * The nearest folder at or above the file that looks like a project's root; if none does, the folder from which the file's
 * packages and the scripts above it are imported. Never inside a package.
 */
export function findProjectRoot(file: string): string {
  const own = outsidePackages(dirname(resolve(file)));
  for (let folder = own; ; folder = dirname(folder)) {
    if (MARKERS.some((marker) => existsSync(join(folder, marker)))) return folder;
    if (dirname(folder) === folder) return belowScripts(own);
  }
}

function outsidePackages(folder: string): string {
  let outer = folder;
  while (existsSync(join(outer, '__init__.py')) && dirname(outer) !== outer) outer = dirname(outer);
  return outer;
}

/** Up to the last folder that still holds Python files: `project` for `project/models/net.py` beside `project/train.py`. */
function belowScripts(folder: string): string {
  let outer = folder;
  while (dirname(outer) !== outer && scriptsIn(dirname(outer)).length > 0) outer = dirname(outer);
  return outer;
}

/**
 * The script that trains the model of `file`: `train.py` beside it, else a script beside it or in a folder above (up to
 * `root`) that imports it and makes an optimizer, else the file itself if it makes one. Undefined if there is none.
 */
export function findTrainingScript(file: string, root: string): string | undefined {
  const module = basename(file, '.py');
  const imports = new RegExp(`^\\s*(from|import)\\s+[\\w.]*\\b${module.replace(/\W/g, '\\W')}\\b`, 'm');
  const optimizes = (text: string): boolean => /\boptim\.|\boptimizers?\b/.test(text) && /\.step\s*\(/.test(text);
  for (let folder = dirname(resolve(file)); ; folder = dirname(folder)) {
    const scripts = scriptsIn(folder).filter((script) => script !== resolve(file));
    const named = scripts.find((script) => basename(script) === 'train.py');
    const using = scripts.filter((script) => {
      const text = readScript(script);
      return imports.test(text) && optimizes(text);
    });
    if (named !== undefined && (using.includes(named) || using.length === 0)) return named;
    if (using[0] !== undefined) return using[0];
    if (folder === root || dirname(folder) === folder) break;
  }
  return optimizes(readScript(file)) ? resolve(file) : undefined;
}

function scriptsIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.py'))
      .sort()
      .slice(0, MOST_SCRIPTS)
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function readScript(file: string): string {
  try {
    return statSync(file).size <= LARGEST_SCRIPT ? readFileSync(file, 'utf8') : '';
  } catch {
    return '';
  }
}
