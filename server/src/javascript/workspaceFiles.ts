/** Files of the workspace that programs read while they run: JSON and other text. */
import type { Interpreter } from '../python/interpreter';
import { PyDict, PyList, Unknown } from '../python/values';
import type { PyValue } from '../python/values';
import { runtimeModule } from './names';

/** Folders above the program's own from which a relative path may be meant: a program may be started in any of them. */
const MOST_FOLDERS = 6;

/** The path that a relative one means, seen from a folder. */
export function joined(folder: string, path: string): string {
  const parts = path.startsWith('/') ? [''] : folder.split(/[\\/]/);
  for (const part of path.split('/'))
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  return parts.join('/');
}

export const folderOf = (file: string): string => file.split(/[\\/]/).slice(0, -1).join('/');

/** Text of a file by its absolute path, or seen from the program's folder or one above it; undefined where none is there. */
export function workspaceText(path: string, fromFile: string, interpreter: Interpreter): string | undefined {
  const { sources } = interpreter.options;
  const plain = path.replace(/^file:\/\//, '');
  let folder = folderOf(fromFile);
  for (let i = 0; i < MOST_FOLDERS; i++) {
    const text = sources?.read(joined(folder, plain));
    if (text !== undefined || plain.startsWith('/') || folder === '') return text;
    folder = folderOf(folder);
  }
  return undefined;
}

/** A plain object of a program. */
export const recordOf = (fields: Iterable<readonly [PyValue, PyValue]>, interpreter: Interpreter): PyValue =>
  interpreter.call(interpreter.getAttribute(interpreter.importModule(runtimeModule), 'Record'), [PyDict.of(fields)]);

/** Text of JSON as values of a program; unknown where it is none. */
export function jsonValue(text: string, interpreter: Interpreter): PyValue {
  try {
    const parsed: unknown = JSON.parse(text);
    const record = interpreter.getAttribute(interpreter.importModule(runtimeModule), 'Record');
    return valueOf(parsed, (fields) => interpreter.call(record, [fields]), interpreter);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return new Unknown(`a text that is no JSON (${error.message})`, interpreter.currentSpan);
  }
}

function valueOf(value: unknown, object: (fields: PyDict) => PyValue, interpreter: Interpreter): PyValue {
  interpreter.step();
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) {
    interpreter.allocate(value.length);
    return new PyList(value.map((each: unknown) => valueOf(each, object, interpreter)));
  }
  if (typeof value !== 'object' || value === null) return null;
  const fields = new PyDict();
  for (const [key, each] of Object.entries(value)) fields.set(key, valueOf(each, object, interpreter));
  return object(fields);
}
