/**
 * `[tool.hessian-lens]` of pyproject.toml. Its keys are settings for every model; a table
 * `[tool.hessian-lens.models.NAME]` holds those of one class or function.
 */
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseModelSettings, SettingsError } from './settings';
import type { ModelSettings } from './settings';
import { parseToml, TomlError } from './toml';
import type { TomlTable } from './toml';

export interface ProjectConfiguration {
  readonly file: string;
  readonly settings: ModelSettings;
  readonly models: ReadonlyMap<string, ModelSettings>;
}

/** The configuration in the text of a pyproject.toml; undefined if it has none. Throws `SettingsError`. */
export function parseConfiguration(text: string, file: string): ProjectConfiguration | undefined {
  let document: TomlTable;
  try {
    document = parseToml(text);
  } catch (error) {
    if (error instanceof TomlError) throw new SettingsError(`${file}: ${error.message}`);
    throw error;
  }
  const tool = document.get('tool');
  const own = tool instanceof Map ? tool.get('hessian-lens') : undefined;
  if (!(own instanceof Map)) return undefined;
  const general = new Map([...own].filter(([key]) => key !== 'models'));
  const models = own.get('models');
  const perModel = models instanceof Map ? [...models] : [];
  return {
    file,
    settings: parseModelSettings(general, `${file} [tool.hessian-lens]`),
    models: new Map(
      perModel.map(([name, table]) => {
        const where = `${file} [tool.hessian-lens.models.${name}]`;
        if (!(table instanceof Map)) throw new SettingsError(`${where}: must be a table`);
        return [name, parseModelSettings(table, where)];
      }),
    ),
  };
}

/** The nearest pyproject.toml at or above the folder of `file` that configures Hessian Lens. */
export function findConfiguration(file: string): ProjectConfiguration | undefined {
  for (let folder = dirname(resolve(file)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'pyproject.toml');
    let text: string | undefined;
    try {
      text = readFileSync(candidate, 'utf8');
    } catch {
      text = undefined;
    }
    const found = text === undefined ? undefined : parseConfiguration(text, candidate);
    if (found !== undefined) return found;
    if (dirname(folder) === folder) return undefined;
  }
}

/** Settings of one model: those of the project under those of the model's own table. */
export const configuredFor = (configuration: ProjectConfiguration | undefined, model: string): ModelSettings => ({
  ...configuration?.settings,
  ...configuration?.models.get(model),
});
