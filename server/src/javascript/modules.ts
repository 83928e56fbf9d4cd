/** Modules of programs in JavaScript: files of the project, packages that the interpreter has, and the shared names of a page. */
import { PythonException, TraceStop } from '../python/errors';
import type { Interpreter } from '../python/interpreter';
import { PyModule, Unknown } from '../python/values';
import type { PyValue } from '../python/values';
import { isJavaScript } from './isJavaScript';

/** Module of a file, or of a package by its name in the interpreter's libraries. */
const packages: Readonly<Record<string, string>> = {
  '@tensorflow/tfjs': 'tfjs',
  '@tensorflow/tfjs-core': 'tfjs',
  '@tensorflow/tfjs-layers': 'tfjs',
  '@tensorflow/tfjs-node': 'tfjs',
  '@tensorflow/tfjs-node-gpu': 'tfjs',
  react: '_javascript_react',
  argparse: '_javascript_argparse',
};

const endings = ['', '.js', '.ts', '.mjs', '.cjs', '.tsx', '.jsx', '.vue', '/index.js', '/index.ts', '/index.tsx'];

/** The path that a relative specifier means, seen from a file. */
function resolved(specifier: string, fromFile: string): string {
  const parts = fromFile.split(/[\\/]/).slice(0, -1);
  for (const part of specifier.split('/'))
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  return parts.join('/');
}

/** What a module gives: what CommonJS put into `module.exports`, else its own names. */
function exportsOf(module: PyModule, interpreter: Interpreter): PyValue {
  const own = module.attributes.get('module');
  if (own === undefined || own instanceof Unknown) return module;
  const exported = interpreter.callMethod(own, 'exported');
  return exported === null ? module : exported;
}

export function requireModule(specifier: string, fromFile: string, interpreter: Interpreter): PyValue {
  const known = packages[specifier];
  if (known !== undefined) return interpreter.importModule(known);
  const unread = new Unknown(`the module '${specifier}' is not read`, interpreter.currentSpan);
  if (!specifier.startsWith('.')) return unread;
  const path = resolved(specifier, fromFile);
  for (const ending of endings) {
    const file = path + ending;
    const loaded = interpreter.modules.get(file);
    if (loaded instanceof PyModule) return exportsOf(loaded, interpreter);
    const text = isJavaScript(file) ? interpreter.options.sources?.read(file) : undefined;
    if (text === undefined) continue;
    return loadedModule(text, file, interpreter) ?? unread;
  }
  return unread;
}

/** Undefined where the module cannot be read at all; a statement of it that cannot is left out. */
function loadedModule(text: string, file: string, interpreter: Interpreter): PyValue | undefined {
  const outer = interpreter.tolerant;
  interpreter.tolerant = true;
  try {
    return exportsOf(interpreter.runModule(text, file, file), interpreter);
  } catch (error) {
    if (error instanceof PythonException || error instanceof TraceStop) return undefined;
    throw error;
  } finally {
    interpreter.tolerant = outer;
  }
}

/** Modules whose names are globals of the page that is read. */
const pages = new WeakMap<Interpreter, PyModule[]>();

/** Runs a script that a page loads, once. */
export function includeScript(specifier: string, page: string, interpreter: Interpreter): void {
  const shared = pages.get(interpreter) ?? [];
  pages.set(interpreter, shared);
  const file = resolved(specifier, page);
  const text =
    isJavaScript(file) && !interpreter.modules.has(file) ? interpreter.options.sources?.read(file) : undefined;
  if (text !== undefined) loadedModule(text, file, interpreter);
  const loaded = interpreter.modules.get(file);
  if (loaded instanceof PyModule && !shared.includes(loaded)) shared.push(loaded);
}

/** Scripts that a page loaded. */
export const pageModules = (interpreter: Interpreter): readonly PyModule[] => pages.get(interpreter) ?? [];

/** A name that its own file does not declare: of another script of the page. */
export function globalNamed(name: string, interpreter: Interpreter): PyValue {
  for (const { attributes } of pageModules(interpreter)) {
    const found = attributes.get(name);
    if (found !== undefined) return found;
  }
  return new Unknown(`the global ${name} is not read`, interpreter.currentSpan);
}
