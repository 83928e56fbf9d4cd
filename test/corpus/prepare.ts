/** From an entry of a list to what its process is asked: which file, with which text, and which expression is the model. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { diskSources } from '../../server/src/project/diskSources';
import type { Entry } from './list';
import type { EntryRequest } from './messages';

/** `owner/name (remark)` → the checkout's folder. */
export const checkoutOf = (folder: string, { repo }: Pick<Entry, 'repo'>): string =>
  resolve(folder, (repo.split(' ')[0] ?? repo).replace('/', '+'));

/** Frameworks that are read. */
const readable: ReadonlySet<string> = new Set(['pytorch', 'keras', 'tfjs']);

/** A string says why there is nothing to ask. */
export function prepare(entry: Entry, folder: string, oracle: boolean): EntryRequest | string {
  if (!readable.has(entry.framework)) return 'not read yet (front end missing)';
  const root = checkoutOf(folder, entry);
  const file = join(root, entry.path);
  const here = entry.path !== '' && existsSync(file);
  const installed = entry.importAs;
  if (!here && (installed === undefined || existsSync(root))) return `no checkout: ${file} is not there`;
  // A package that is installed rather than checked out: its model by name.
  const text = here ? diskSources({ root }).read(file) : importing(entry, installed ?? '');
  if (text === undefined) return `${file} cannot be read as source`;
  const { before, model } = construction(entry);
  const statements = [entry.globals ?? '', before].filter((each) => each.trim() !== '');
  return {
    id: entry.id,
    file: here ? file : join(root, 'model.py'),
    source: [text, ...statements].join('\n') + '\n',
    root,
    ...(model === undefined ? {} : { model }),
    countsBuffers: entry.framework !== 'pytorch',
    inputs: entry.inputs,
    oracle,
  };
}

/** A program that has nothing but a package, and the named function or class of it. */
const importing = ({ cls }: Entry, name: string): string =>
  [`import ${name}`, ...(/^\w+$/.test(cls) ? [`from ${name} import ${cls}`] : []), ''].join('\n');

/** `a=1;model=Net(a)` → the statements before the last, and the last one's value. */
function construction({ statements, constructor_, cls, framework }: Entry): { before: string; model?: string } {
  // `(module-level block)`: what the top level makes.
  if (constructor_?.startsWith('(') === true) return { before: '' };
  if (statements === undefined && framework === 'keras')
    return { before: '', model: (constructor_ ?? cls).replace(/^\s*\w+\s*=(?!=)\s*/, '') };
  if (statements === undefined) return { before: '', model: constructor_ ?? cls };
  const parts = statements.split(/;|\n/);
  const last = parts.pop() ?? '';
  return { before: parts.join('\n'), model: last.replace(/^\s*\w+\s*=(?!=)\s*/, '') };
}
