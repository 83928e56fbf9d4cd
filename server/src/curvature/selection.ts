/** Names by which quantities are asked for. */
import { catalogue } from './catalogue';
import { isStudyGroup, studyGroups } from './studies/groups';

const WHOLE = ['default', 'all'];

/** Those of `names` that name nothing: no entry or quantity of the catalogue, no group of studies. */
export function unknownQuantities(names: readonly string[]): string[] {
  const ids = Object.keys(catalogue);
  return names.filter(
    (name) =>
      !WHOLE.includes(name) && !isStudyGroup(name) && !ids.some((id) => id === name || id.startsWith(`${name}.`)),
  );
}

/** Everything that can be asked for in short: `default, all, A1, A2, …, conditioning, …`. */
export const quantityNames = (): string =>
  [...WHOLE, ...new Set(Object.keys(catalogue).map((id) => id.split('.')[0] ?? id)), ...Object.keys(studyGroups)].join(
    ', ',
  );
