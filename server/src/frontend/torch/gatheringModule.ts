/** Modules that only gather names from other modules, as a package's `__init__.py` does. */
import type { Interpreter } from '../../python/interpreter';
import { PyList, PyModule, Unknown } from '../../python/values';
import type { PyValue } from '../../python/values';

/** Names a source defines at top level. */
export const definedNames = (source: string): string[] =>
  [...source.matchAll(/^(?:class|def) (\w+)|^(\w+) = /gm)].map(([, defined, assigned]) => defined ?? assigned ?? '');

/** Entries for `gatheringModule` that stand for submodules. */
export const submodules = (parent: string, names: readonly string[]): [string, string][] =>
  names.map((name) => [name, `=${parent}.${name}`]);

export interface Gathering {
  /** Other names are unknown values: the package has more than is written here. */
  readonly isOpen?: boolean;
  /** Names that follow a rule rather than a list: the module that makes them. */
  readonly ruled?: (name: string) => string | undefined;
}

/**
 * A module whose names live in other modules, each imported when it is first asked for. `homes` maps a name to its
 * module; `=module` marks the module itself.
 */
export function gatheringModule(
  interpreter: Interpreter,
  name: string,
  homes: ReadonlyMap<string, string>,
  { isOpen = false, ruled }: Gathering = {},
): PyModule {
  const gathered: PyModule = new PyModule(
    name,
    undefined,
    (wanted) => {
      const home = homes.get(wanted) ?? ruled?.(wanted);
      const value = home === undefined ? undefined : member(home, wanted);
      if (value !== undefined) gathered.attributes.set(wanted, value);
      const isUnread = value === undefined && isOpen && !wanted.startsWith('__');
      return isUnread ? new Unknown(`${name}.${wanted} is not read`, interpreter.currentSpan) : value;
    },
    () => [...homes.keys()],
  );
  const member = (home: string, wanted: string): PyValue =>
    home.startsWith('=')
      ? interpreter.importModule(home.slice(1))
      : interpreter.getAttribute(interpreter.importModule(home), wanted);
  gathered.attributes.set('__all__', new PyList([...homes.keys()].filter((key) => !key.startsWith('_'))));
  return gathered;
}
