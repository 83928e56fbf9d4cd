/**
 * `[tool.hessian-lens]` of pyproject.toml. Its keys are settings for every model; a table
 * `[tool.hessian-lens.models.NAME]` holds those of one class or function.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parse, TomlError, type TomlTable } from 'smol-toml';
import { parseModelSettings, SettingsError } from './settings';
import type { ModelSettings } from './settings';

export interface ProjectConfiguration {
  readonly file: string;
  readonly settings: ModelSettings;
  readonly models: ReadonlyMap<string, ModelSettings>;
}

const isTable = (value: unknown): value is TomlTable =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** The configuration in the text of a pyproject.toml; undefined if it has none. Throws `SettingsError` naming the line. */
export function parseConfiguration(text: string, file: string): ProjectConfiguration | undefined {
  let document: TomlTable;
  try {
    document = parse(text);
  } catch (error) {
    if (error instanceof TomlError)
      throw new SettingsError(`${file}:${error.line}:${error.column}: ${firstLine(error.message)}`);
    throw error;
  }
  const tool = document['tool'];
  const own = isTable(tool) ? tool['hessian-lens'] : undefined;
  if (!isTable(own)) return undefined;
  const { models, ...general } = own;
  return {
    file,
    settings: settingsIn(general, `${file} [tool.hessian-lens]`),
    models: new Map(
      Object.entries(isTable(models) ? models : {}).map(([name, table]) => {
        const where = `${file} [tool.hessian-lens.models.${name}]`;
        if (!isTable(table)) throw new SettingsError(`${where}: must be a table`);
        return [name, settingsIn(table, where)];
      }),
    ),
  };
}

const firstLine = (text: string): string => text.split('\n')[0] ?? text;

const settingsIn = (table: TomlTable, where: string): ModelSettings =>
  parseModelSettings(new Map(Object.entries(table)), where);

/** The nearest pyproject.toml at or above the folder of `file` that configures Hessian Lens. */
export function findConfiguration(file: string): ProjectConfiguration | undefined {
  for (let folder = dirname(resolve(file)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'pyproject.toml');
    let text: string | undefined;
    try {
      if (existsSync(candidate)) text = readFileSync(candidate, 'utf8');
    } catch {
      // A folder of that name, or one that may not be read, configures nothing.
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
