/** Files of a project that use another one of it. */
import { dirname, resolve } from 'node:path';
import { nearestFirst } from './findFiles';
import { scriptsIn } from './projectRoot';
import { trainingLanguageOf } from './trainingLanguage';
import { readScript, scriptsBelow } from './trainingScript';

/** Files that import `file`, or pages that load it, below `root`; the nearest first. */
export function usersOf(file: string, root: string): string[] {
  const language = trainingLanguageOf(file);
  const imports = language.importOf(language.moduleOf(file));
  const scripts = new Set([...scriptsIn(dirname(resolve(file)), language), ...scriptsBelow(root, language)]);
  const users = [...scripts].filter((script) => script !== resolve(file) && imports.test(readScript(script)));
  return nearestFirst(file, users);
}
