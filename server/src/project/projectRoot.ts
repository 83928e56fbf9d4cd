/** Where a project begins. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const MARKERS = ['.git', 'pyproject.toml', 'setup.py', 'setup.cfg', 'requirements.txt'];
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

/** The Python files of a folder, in order. */
export function scriptsIn(folder: string): string[] {
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
