/** Scripts that pages load beside a file: what it names without declaring it is theirs. */
import { includeScript, pageModules } from '../../javascript/modules';
import { isPage, pageProgram } from '../../javascript/pageScripts';
import type { Interpreter } from '../../python/interpreter';
import type { Session } from '../torch/session';
import { layerNumbers } from './layerNumbers';

/** Pages that are read for the scripts that they load beside the file. */
const MOST_PAGES = 2;

export const pagesOf = ({ interpreter, file }: Session): readonly string[] =>
  (interpreter.options.sources?.usersOf?.(file) ?? []).filter(isPage).slice(0, MOST_PAGES);

/** Interpreters for which they were read: a script that fails would be run again and again. */
const done = new WeakSet<Interpreter>();

/** Once; false where nothing was read. Models that these scripts make are not the file's. */
export function readScriptsOfPages(session: Session): boolean {
  const {
    interpreter,
    records: { constructions },
    file,
  } = session;
  if (done.has(interpreter)) return false;
  done.add(interpreter);
  const [known, made] = [pageModules(interpreter).length, new Set(constructions.keys())];
  const forget = layerNumbers(session);
  for (const page of pagesOf(session)) {
    const text = interpreter.options.sources?.read(page) ?? '';
    for (const script of pageProgram(text).included)
      if (!isSame(script, file)) includeScript(script, page, interpreter);
  }
  for (const each of [...constructions.keys()]) if (!made.has(each)) constructions.delete(each);
  forget();
  return pageModules(interpreter).length > known;
}

/** Does the page name the file itself? It is being read already. */
const isSame = (script: string, file: string): boolean => file.split('/').at(-1) === script.split('/').at(-1);
