/** Modules of programs in JavaScript: files of the project, packages that the interpreter has, and the shared names of a page. */
import { PythonException, TraceStop } from '../python/errors';
import type { Interpreter } from '../python/interpreter';
import { PyModule, Unknown } from '../python/values';
import type { PyValue } from '../python/values';
import { isJavaScript } from './isJavaScript';
import { fieldsOf } from './operators';
import { folderOf, joined, jsonValue } from './workspaceFiles';

/** Packages: by the name of a module in the interpreter's libraries, or of a part of one. */
const packages: Readonly<Record<string, string>> = {
  '@tensorflow/tfjs': 'tfjs',
  '@tensorflow/tfjs-core': 'tfjs',
  '@tensorflow/tfjs-layers': 'tfjs',
  '@tensorflow/tfjs-node': 'tfjs',
  '@tensorflow/tfjs-node-gpu': 'tfjs',
  react: '_javascript_react',
  argparse: '_javascript_argparse',
  commander: '_javascript_options.commander',
  fs: '_javascript_node.fs',
  'fs/promises': '_javascript_node.promises',
  minimist: '_javascript_options.minimist',
  path: '_javascript_node.path',
  url: '_javascript_node.url',
  worker_threads: '_javascript_workers.threads',
  yargs: '_javascript_options.yargs',
  'yargs/helpers': '_javascript_options.yargs_helpers',
  'yargs/yargs': '_javascript_options.yargs',
};

/** `node:fs` is `fs`. */
function packageNamed(specifier: string, interpreter: Interpreter): PyValue | undefined {
  const [module, part] = packages[specifier.replace(/^node:/, '')]?.split('.') ?? [];
  if (module === undefined) return undefined;
  const found = interpreter.importModule(module);
  return part === undefined ? found : interpreter.getAttribute(found, part);
}

/** What `import name from` gives: the default of a module, or the whole where there is none by that name. */
export function defaultOf(module: PyValue): PyValue {
  if (module instanceof PyModule && isJavaScript(module.file ?? '')) return module.attributes.get('default') ?? null;
  if (module instanceof PyModule) return module.attributes.get('default') ?? module;
  return fieldsOf(module)?.get('default') ?? module;
}

const endings = ['', '.js', '.ts', '.mjs', '.cjs', '.tsx', '.jsx', '.vue', '/index.js', '/index.ts', '/index.tsx'];

/** What a module gives: what CommonJS put into `module.exports`, else its own names. */
function exportsOf(module: PyModule, interpreter: Interpreter): PyValue {
  const own = module.attributes.get('module');
  if (own === undefined || own instanceof Unknown) return module;
  const exported = interpreter.callMethod(own, 'exported');
  return exported === null ? module : exported;
}

export function requireModule(specifier: string, fromFile: string, interpreter: Interpreter): PyValue {
  const known = packageNamed(specifier, interpreter);
  if (known !== undefined) return known;
  const unread = new Unknown(`the module '${specifier}' is not read`, interpreter.currentSpan);
  if (!specifier.startsWith('.')) return unread;
  const path = joined(folderOf(fromFile), specifier);
  for (const ending of endings) {
    const file = path + ending;
    const loaded = interpreter.modules.get(file);
    if (loaded instanceof PyModule) return exportsOf(loaded, interpreter);
    const text = isJavaScript(file) ? interpreter.options.sources?.read(file) : undefined;
    if (text === undefined) continue;
    return loadedModule(text, file, interpreter) ?? unread;
  }
  const data = interpreter.options.sources?.read(/\.json$/i.test(path) ? path : `${path}.json`);
  return data === undefined ? unread : jsonValue(data, interpreter);
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
  const file = joined(folderOf(page), specifier);
  const text =
    isJavaScript(file) && !interpreter.modules.has(file) ? interpreter.options.sources?.read(file) : undefined;
  if (text !== undefined && !isBuilt(file, text)) loadedModule(text, file, interpreter);
  const loaded = interpreter.modules.get(file);
  if (loaded instanceof PyModule && !shared.includes(loaded)) shared.push(loaded);
}

/** Files that somebody built of others: copies of libraries, which name nothing that a program leaves to its own scripts. */
const isBuilt = (file: string, text: string): boolean =>
  /\.min\.[cm]?js$/i.test(file) ||
  (text.length > LARGE && /\btypeof (exports|define|module)\b|^\W*function\s*\(/m.test(text));
const LARGE = 100_000;

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
