/** Modules of packages that are not read: they exist, and their members are unknown values. */
import { PyModule, Unknown } from '../../python/values';
import type { PyValue } from '../../python/values';
import type { ModuleMaker } from './nnLibrary';

/** A module that knows its submodules and the members `make` gives; the rest is unknown. */
export function openModule(
  name: string,
  children: readonly string[],
  make: (member: string) => PyValue | undefined,
): ModuleMaker {
  return (interpreter) => {
    const module: PyModule = new PyModule(name, undefined, (member) => {
      if (member.startsWith('__') && member !== '__version__') return undefined;
      const value = children.includes(member)
        ? interpreter.importModule(`${name}.${member}`)
        : (make(member) ?? new Unknown(`${name}.${member} is not read`, interpreter.currentSpan));
      module.attributes.set(member, value);
      return value;
    });
    return module;
  };
}
