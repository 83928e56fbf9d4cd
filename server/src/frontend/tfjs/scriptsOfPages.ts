/** Scripts that pages load beside a file: what it names without declaring it is theirs. */
import { includeScript, pageModules } from '../../javascript/modules';
import { isPage, pageProgram } from '../../javascript/pageScripts';
import { layerNumbers } from './layerNumbers';
import type { Session } from '../torch/session';

/** Pages that are read for the scripts that they load beside the file. */
export const MOST_PAGES = 2;

export const pagesOf = ({ interpreter, file }: Session): readonly string[] =>
  (interpreter.options.sources?.usersOf?.(file) ?? []).filter(isPage).slice(0, MOST_PAGES);

/** False where nothing was read that had not been before. Models that these scripts make are not the file's. */
export function readScriptsOfPages(session: Session): boolean {
  const {
    interpreter,
    records: { constructions },
  } = session;
  const [known, made] = [pageModules(interpreter).length, new Set(constructions.keys())];
  const forget = layerNumbers(session);
  for (const page of pagesOf(session)) {
    const text = interpreter.options.sources?.read(page) ?? '';
    for (const script of pageProgram(text).included) includeScript(script, page, interpreter);
  }
  for (const each of [...constructions.keys()]) if (!made.has(each)) constructions.delete(each);
  forget();
  return pageModules(interpreter).length > known;
}
