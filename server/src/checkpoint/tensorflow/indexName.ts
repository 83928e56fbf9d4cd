/** Names of TensorFlow's files: `ck-1.index`, `ck-1.data-00000-of-00001`, and the folder of a SavedModel. */

const DATA = /\.data-\d{5}-of-\d{5}$/;

/** The index that a path means: of a data file, or of the prefix that TensorFlow's functions take. `names`: of the folder. */
export function tensorflowIndexOf(name: string, names: readonly string[]): string | undefined {
  const index = `${name.replace(DATA, '')}.index`;
  return index !== name && names.includes(index) && (DATA.test(name) || !names.includes(name)) ? index : undefined;
}

export const isTensorflowIndex = (name: string, names: readonly string[]): boolean =>
  name.endsWith('.index') && names.some((other) => DATA.test(other) && other.replace(DATA, '.index') === name);

/** The folder with the variables of a SavedModel. */
export const variablesFolder = (names: readonly string[]): string | undefined =>
  names.includes('saved_model.pb') && names.includes('variables') ? 'variables' : undefined;
