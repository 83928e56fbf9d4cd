/** `import` statements. */
import { assignName } from './statements';
import type { Frame } from './frame';
import type { StatementOf } from './syntax';
import { PyList, PyModule, PyTuple, Unknown } from './values';
import type { PyValue } from './values';

export function executeImport({ names }: StatementOf<'Import'>, frame: Frame): void {
  const { interpreter } = frame;
  for (const located of names) {
    const { name, alias } = located;
    frame.node = located;
    const module = interpreter.importOrUnknown(name, frame);
    const [first = name] = name.split('.', 1);
    // `import a.b` binds `a`; `import a.b as c` binds the inner module.
    const bound = alias !== undefined || first === name ? module : (interpreter.modules.get(first) ?? module);
    assignName(alias ?? first, bound, frame);
  }
}

export function executeImportFrom(statement: StatementOf<'ImportFrom'>, frame: Frame): void {
  const { interpreter } = frame;
  frame.node = statement;
  const name = absoluteName(statement, frame);
  if (name === '__future__') return;
  if (name === '' && statement.names !== '*') {
    for (const located of statement.names) {
      frame.node = located;
      assignName(located.alias ?? located.name, interpreter.importOrUnknown(located.name, frame), frame);
    }
    return;
  }
  if (statement.names === '*' && isInstalledPackage(frame)) {
    // The package's front page names all its modules: each is read when a name of it is asked for.
    const latent = interpreter.latentImports.get(frame.module) ?? new Set<string>();
    interpreter.latentImports.set(frame.module, latent.add(name));
    return;
  }
  const module = interpreter.importOrUnknown(name, frame);
  if (statement.names === '*') {
    importStar(module, frame);
    return;
  }
  for (const located of statement.names) {
    frame.node = located;
    assignName(located.alias ?? located.name, importedName(module, name, located.name, frame), frame);
  }
}

/** The front page of an installed package. */
const isInstalledPackage = ({ source, module, interpreter }: Frame): boolean =>
  source.isLibrary && source.file.endsWith('/__init__.py') && interpreter.isLibraryModule(module);

/** The dotted name a relative import means: one dot is the package that contains the module. Empty for the folder of a script. */
function absoluteName({ module, level }: StatementOf<'ImportFrom'>, frame: Frame): string {
  if (level === 0) return module;
  const own = frame.module;
  const packageName = own.attributes.get('__package__');
  const parts = typeof packageName === 'string' && packageName !== '' ? packageName.split('.') : [];
  const kept = parts.slice(0, Math.max(0, parts.length - (level - 1)));
  const prefix = kept.join('.');
  if (prefix === '') {
    // A file opened by itself is not known as part of its package: the source provider looks in the folders above it.
    return module;
  }
  return module === '' ? prefix : `${prefix}.${module}`;
}

function importedName(module: PyModule | Unknown, moduleName: string, name: string, frame: Frame): PyValue {
  const { interpreter } = frame;
  if (module instanceof Unknown) return new Unknown(module.reason, module.origin);
  const value = interpreter.findAttribute(module, name);
  if (value !== undefined) return value;
  const submodule = interpreter.findModule(`${moduleName}.${name}`, frame);
  if (submodule !== undefined) return submodule;
  if (interpreter.isLibraryModule(module)) {
    if (frame.importGuards > 0) interpreter.raise('ImportError', `cannot import name '${name}' from '${moduleName}'`);
    return new Unknown(`'${moduleName}.${name}' is not modelled`, interpreter.currentSpan);
  }
  return interpreter.raise(
    'ImportError',
    `cannot import name '${name}' from '${moduleName}' (${module.file ?? 'unknown location'})`,
  );
}

function importStar(module: PyModule | Unknown, frame: Frame): void {
  const { interpreter } = frame;
  if (module instanceof Unknown) {
    interpreter.starImports.set(frame.scope.moduleScope, module);
    return;
  }
  const all = module.attributes.get('__all__') ?? module.missing?.('__all__');
  if (all instanceof PyList || all instanceof PyTuple) {
    for (const name of all.items)
      if (typeof name === 'string') assignName(name, interpreter.getAttribute(module, name), frame);
    return;
  }
  for (const [name, value] of module.attributes) if (!name.startsWith('_')) assignName(name, value, frame);
}
