/** URIs of editors and paths of this machine. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** The path of a `file:` URI; undefined for every other scheme. */
export function pathOf(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

export const uriOf = (path: string): string => pathToFileURL(path).href;

/**
 * A path that stands for a document, also where it is no file: an untitled or virtual one, or an earlier version of a file, gets
 * a name in a folder of its own below `folder`, from where imports of its neighbours are found. It never is the path of a file.
 */
export function standInPath(uri: string, folder: string, ending = '.py'): string {
  const path = pathOf(uri);
  if (path !== undefined) return path;
  const cell = /^vscode-notebook-cell:(.*?)(#.*)?$/.exec(uri);
  if (cell?.[1] !== undefined) return pathOf(`file:${cell[1]}`) ?? join(folder, 'notebook.ipynb');
  const name = (uri.split(/[/:\\]/).at(-1) ?? 'untitled').replace(/[^\w.-]/g, '_');
  const own = createHash('sha256').update(uri).digest('hex').slice(0, 12);
  return join(folder, `.${own}`, name.endsWith(ending) ? name : `${name}${ending}`);
}
