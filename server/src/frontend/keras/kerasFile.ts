/** Opens a file that Keras saved as a model: its configuration is built as code that makes the same layers would be. */
import type { CheckpointFiles } from '../../checkpoint/checkpointFiles';
import { readKerasConfiguration, type KerasConfiguration } from '../../checkpoint/kerasConfiguration';
import { programFor, programOfOneLine, traceOfProgram } from '../configuredModel';
import type { OpenedModelFile } from '../modelFiles';

/** Throws a CheckpointError for a file without a configuration. */
export async function openKerasFile(files: CheckpointFiles, path: string): Promise<OpenedModelFile> {
  return kerasModel(path, await readKerasConfiguration(await files.open(path)));
}

/** The model of a configuration that `path` holds. */
export function kerasModel(path: string, { model, training }: KerasConfiguration): OpenedModelFile {
  const configuration = { model, training: asWritten(training) };
  const made = 'model_from_config(configuration["model"])';
  const call = training === undefined ? made : `compiled(${made}, configuration["training"])`;
  return {
    ownWeights: path,
    trace: traceOfProgram(path, programFor(IMPORTS, configuration, call)),
    ...(training === undefined ? {} : { training: programOfOneLine(IMPORTS, configuration, call) }),
  };
}

const IMPORTS = 'from keras._configurations import compiled, model_from_config';

/** Keras stores settings of optimizers as float32: 0.0010000000474974513 stands for 0.001. */
function asWritten(value: unknown): unknown {
  if (typeof value === 'number') return shortest(value);
  if (Array.isArray(value)) return value.map(asWritten);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asWritten(item)]));
}

/** The shortest decimal of the same float32; other numbers as they are. */
function shortest(value: number): number {
  if (Math.fround(value) !== value) return value;
  const digits = Array.from({ length: 9 }, (_, i) => Number(value.toPrecision(i + 1)));
  return digits.find((each) => Math.fround(each) === value) ?? value;
}
