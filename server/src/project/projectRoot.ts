/** Where a project begins. */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isJavaScript } from '../javascript/isJavaScript';
import { trainingLanguageOf, type TrainingLanguage } from './trainingLanguage';

const JAVASCRIPT_MARKERS = ['.git', 'package.json'];
const MARKERS = ['.git', 'pyproject.toml', 'setup.py', 'setup.cfg', 'requirements.txt'];
const MOST_SCRIPTS = 60;

/**
 * The nearest folder at or above the file that looks like a project's root; if none does, the folder from which the file's
 * packages and the scripts above it are imported. Never inside a package.
 */
export function findProjectRoot(file: string): string {
  const own = outsidePackages(dirname(resolve(file)));
  const markers = isJavaScript(file) ? JAVASCRIPT_MARKERS : MARKERS;
  for (let folder = own; ; folder = dirname(folder)) {
    if (markers.some((marker) => existsSync(join(folder, marker)))) return folder;
    if (dirname(folder) === folder) return belowScripts(own, trainingLanguageOf(file));
  }
}

function outsidePackages(folder: string): string {
  let outer = folder;
  while (existsSync(join(outer, '__init__.py')) && dirname(outer) !== outer) outer = dirname(outer);
  return outer;
}

/** Up to the last folder that still holds files of the language: `project` for `project/models/net.py` beside `project/train.py`. */
function belowScripts(folder: string, language: TrainingLanguage): string {
  let outer = folder;
  while (dirname(outer) !== outer && scriptsIn(dirname(outer), language).length > 0) outer = dirname(outer);
  return outer;
}

/** The source files of a folder in a language, in order. */
export function scriptsIn(folder: string, { isSource }: TrainingLanguage): string[] {
  try {
    return readdirSync(folder)
      .filter(isSource)
      .sort()
      .slice(0, MOST_SCRIPTS)
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
