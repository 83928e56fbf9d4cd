/** The settings of one model from all the places where they can stand. */
import { dirname, resolve } from 'node:path';
import { configuredFor, type ProjectConfiguration } from './configuration';
import { pragmaAt } from './pragma';
import type { ModelSettings } from './settings';

const PATHS = ['checkpoint', 'data', 'trainScript', 'latencies'] as const;

/** Paths in settings count from the file that holds them. */
export function relativeTo(file: string | undefined, settings: ModelSettings | undefined): ModelSettings {
  if (settings === undefined || file === undefined) return settings ?? {};
  const paths = PATHS.flatMap((key) => {
    const value = settings[key];
    return value === undefined ? [] : [[key, resolve(dirname(file), value)] as const];
  });
  return { ...settings, ...Object.fromEntries(paths) };
}

/** What pyproject.toml says of the model, under the pragma at its definition; `line` 0: no line of this file defines it. */
export const settingsOfModel = (
  modelFile: string,
  source: string,
  model: { readonly name: string; readonly line: number },
  configuration: ProjectConfiguration | undefined,
): ModelSettings => ({
  ...relativeTo(configuration?.file, configuredFor(configuration, model.name)),
  ...relativeTo(modelFile, model.line > 0 ? pragmaAt(source, model.line, modelFile) : undefined),
});

/** The call of a model that is asked for by name, or not at all, with the arguments that its settings have; undefined where those say nothing. */
export const configuredCall = (asked: string | undefined, name: string, { args }: ModelSettings): string | undefined =>
  args !== undefined && (asked === undefined || /^\w+$/.test(asked)) ? `${name}(${args})` : undefined;
