/** Opens a `model.json` of TensorFlow.js as a model: its configuration is built as code that makes the same layers would be. */
import { CheckpointError } from '../../checkpoint/checkpointError';
import type { CheckpointFiles } from '../../checkpoint/checkpointFiles';
import { readTfjsJson } from '../../checkpoint/tfjs';
import { programFor, traceOfProgram } from '../configuredModel';
import type { OpenedModelFile } from '../modelFiles';
import { openGraphModel } from './graphModelFile';

/** Throws a CheckpointError for a damaged file. */
export async function openTfjsFile(files: CheckpointFiles, path: string): Promise<OpenedModelFile> {
  const json = await readTfjsJson(await files.open(path));
  return isGraph(json) ? openGraphModel(files, json, path) : layersModel(json, path);
}

type Json = Readonly<Record<string, unknown>>;

/** A graph of operators, not a list of layers? */
export function isGraph(json: Json | undefined): json is Json {
  const topology = json?.['modelTopology'];
  return typeof topology === 'object' && topology !== null && 'node' in topology;
}

/** The layers model in the parsed file; undefined where it was none of TensorFlow.js. Throws a CheckpointError for what is none. */
export function layersModel(json: Json | undefined, path: string): OpenedModelFile {
  const topology = json?.['modelTopology'];
  if (typeof topology !== 'object' || topology === null)
    throw new CheckpointError(
      'this is no model of TensorFlow.js',
      path,
      'modelTopology',
      'Give the model.json that TensorFlow.js saved.',
    );
  const source = programFor('from tfjs import model_from_topology', topology, 'model_from_topology(configuration)');
  return { ownWeights: path, trace: traceOfProgram(path, source) };
}
