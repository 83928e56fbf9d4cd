/** `importlib`: modules by names that the program computes. */
import type { Interpreter } from '../interpreter';
import { native } from '../native';
import { PyModule, Unknown } from '../values';
import type { PyValue } from '../values';

/** `.name` inside `package`, as a relative import means it. */
function absolute(name: string, parent: string): string {
  const dots = /^\.*/.exec(name)?.[0].length ?? 0;
  if (dots === 0) return name;
  const parts = parent.split('.');
  return [...parts.slice(0, parts.length - dots + 1), name.slice(dots)].filter((part) => part !== '').join('.');
}

export function importlibModule(interpreter: Interpreter): PyModule {
  const module = new PyModule('importlib', undefined, (name) =>
    name.startsWith('__') ? undefined : new Unknown(`importlib.${name} is not read`, interpreter.currentSpan),
  );
  module.attributes.set(
    'import_module',
    native('import_module(name, package=None)', ({ name = null, package: parent = null }, inner): PyValue => {
      if (name instanceof Unknown) return name;
      const { frame } = inner;
      const wanted = absolute(inner.toText(name, 'import_module'), typeof parent === 'string' ? parent : '');
      return frame === undefined
        ? new Unknown(`module '${wanted}' is not read`, inner.currentSpan)
        : inner.importOrUnknown(wanted, frame);
    }),
  );
  module.attributes.set(
    'reload',
    native('reload(module)', ({ module: given = null }) => given),
  );
  return module;
}
