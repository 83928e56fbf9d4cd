/** The modules that translated JavaScript imports: its runtime, and what of it needs the interpreter. */
import type { Interpreter } from '../python/interpreter';
import { native } from '../python/native';
import { PyFunction, PyModule, PyObject, Unknown } from '../python/values';
import type { PyValue } from '../python/values';
import argparse from './library/argparse.py';
import source from './library/javascript.py';
import node from './library/node.py';
import page from './library/page.py';
import options from './library/options.py';
import react from './library/react.py';
import vue from './library/vue.py';
import workers from './library/workers.py';
import { defaultOf, globalNamed, includeScript, requireModule } from './modules';
import { runtimeModule } from './names';
import { operators } from './operators';
import { pageField } from './pageElements';
import { postMessage } from './workers';
import { jsonValue, workspaceText } from './workspaceFiles';

type ModuleMaker = (interpreter: Interpreter) => PyModule;

const text = (value: PyValue | undefined): string => (typeof value === 'string' ? value : '');

/** Members of what Python code cannot look into. `NotImplemented`: a value like others. */
function hostMember(value: PyValue, name: string, interpreter: Interpreter): PyValue {
  if (value instanceof Unknown) return new Unknown(value.reason, value.origin);
  if (value instanceof PyModule) return interpreter.findAttribute(value, name) ?? null;
  return interpreter.builtins.get('NotImplemented') ?? null;
}

/** Of a file of the workspace, as the program that asks for it names it. */
function fileText(path: PyValue, interpreter: Interpreter): PyValue {
  if (path instanceof Unknown) return path;
  const { currentSpan } = interpreter;
  const found = workspaceText(text(path), currentSpan?.file ?? '', interpreter);
  return found ?? new Unknown(`the file '${text(path)}', which is not in the workspace, is not read`, currentSpan);
}

const hostModule: ModuleMaker = () => {
  const module = new PyModule('_javascript_host');
  for (const each of [
    ...operators,
    native('call_require(specifier, file)', ({ specifier, file }, interpreter) =>
      requireModule(text(specifier), text(file), interpreter),
    ),
    native('default_of(module)', ({ module: given = null }) => defaultOf(given)),
    native('file_text(path)', ({ path = null }, interpreter) => fileText(path, interpreter)),
    native('parse_json(text)', ({ text: given = null }, interpreter) =>
      typeof given === 'string' ? jsonValue(given, interpreter) : given,
    ),
    native('include(specifier, page)', ({ specifier, page }, interpreter) => {
      includeScript(text(specifier), text(page), interpreter);
      return null;
    }),
    native('global_of(name)', ({ name }, interpreter) => globalNamed(text(name), interpreter)),
    native('unread(what)', ({ what }, { currentSpan }) => new Unknown(`${text(what)} is not read`, currentSpan)),
    native('host_member(value, name)', ({ value = null, name }, interpreter) =>
      hostMember(value, text(name), interpreter),
    ),
    native(
      'page_field(id)',
      ({ id }, interpreter) => pageField(text(id), interpreter.currentSpan?.file ?? '', interpreter) ?? null,
    ),
    native('post_message(address, message)', ({ address, message = null }, interpreter) => {
      postMessage(text(address), message, interpreter);
      return null;
    }),
    native('import_scripts(specifier)', ({ specifier }, interpreter) => {
      includeScript(text(specifier), interpreter.currentSpan?.file ?? '', interpreter);
      return null;
    }),
    native('library_module(name)', ({ name }, interpreter) => interpreter.importModule(text(name))),
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
  ['_javascript_node', library('node', node, '_javascript_node')],
  ['_javascript_page', library('page', page, '_javascript_page')],
  ['_javascript_options', library('options', options, '_javascript_options')],
  ['_javascript_react', library('react', react, '_javascript_react')],
  ['_javascript_workers', library('workers', workers, '_javascript_workers')],
  ['_javascript_vue', library('vue', vue, '_javascript_vue')],
]);
