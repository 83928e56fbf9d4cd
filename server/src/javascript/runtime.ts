/** The modules that translated JavaScript imports: its runtime, and what of it needs the interpreter. */
import { PythonException, TraceStop } from '../python/errors';
import type { Interpreter } from '../python/interpreter';
import { native } from '../python/native';
import { PyFunction, PyModule, PyObject, Unknown } from '../python/values';
import type { PyValue } from '../python/values';
import argparse from './library/argparse.py';
import source from './library/javascript.py';
import react from './library/react.py';
import { runtimeModule } from './names';

type ModuleMaker = (interpreter: Interpreter) => PyModule;

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

const endings = ['', '.js', '.ts', '.mjs', '.tsx', '.jsx', '/index.js', '/index.ts'];

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

function requireModule(specifier: string, fromFile: string, interpreter: Interpreter): PyValue {
  const known = packages[specifier];
  if (known !== undefined) return interpreter.importModule(known);
  const unread = new Unknown(`the module '${specifier}' is not read`, interpreter.currentSpan);
  if (!specifier.startsWith('.')) return unread;
  const path = resolved(specifier, fromFile);
  for (const ending of endings) {
    const file = path + ending;
    const loaded = interpreter.modules.get(file);
    if (loaded instanceof PyModule) return exportsOf(loaded, interpreter);
    const text = /\.(m|c)?[jt]sx?$/.test(file) ? interpreter.options.sources?.read(file) : undefined;
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

const text = (value: PyValue | undefined): string => (typeof value === 'string' ? value : '');

/** Members of what Python code cannot look into. `NotImplemented`: a value like others. */
function hostMember(value: PyValue, name: string, interpreter: Interpreter): PyValue {
  if (value instanceof Unknown) return new Unknown(value.reason, value.origin);
  if (value instanceof PyModule) return interpreter.findAttribute(value, name) ?? null;
  return interpreter.builtins.get('NotImplemented') ?? null;
}

const hostModule: ModuleMaker = () => {
  const module = new PyModule('_javascript_host');
  for (const each of [
    native('call_require(specifier, file)', ({ specifier, file }, interpreter) =>
      requireModule(text(specifier), text(file), interpreter),
    ),
    native('unread(what)', ({ what }, { currentSpan }) => new Unknown(`${text(what)} is not read`, currentSpan)),
    native('host_member(value, name)', ({ value = null, name }, interpreter) =>
      hostMember(value, text(name), interpreter),
    ),
    native('is_unread(value)', ({ value = null }) => value instanceof Unknown),
    native('type_name(value)', ({ value = null }) =>
      value instanceof PyFunction || (value instanceof PyObject && /function|method|type/.test(value.typeName))
        ? 'function'
        : 'object',
    ),
  ])
    module.attributes.set(each.name, each);
  return module;
};

const library =
  (file: string, text: string, name: string): ModuleMaker =>
  (interpreter) =>
    interpreter.runLibrarySource(text, `<javascript>/${file}.py`, name);

export const javascriptModules: ReadonlyMap<string, ModuleMaker> = new Map([
  ['_javascript_host', hostModule],
  [runtimeModule, library('javascript', source, runtimeModule)],
  ['_javascript_argparse', library('argparse', argparse, '_javascript_argparse')],
  ['_javascript_react', library('react', react, '_javascript_react')],
]);
