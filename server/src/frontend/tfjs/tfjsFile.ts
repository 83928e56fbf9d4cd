/** Opens a `model.json` of TensorFlow.js as a model: its configuration is built as code that makes the same layers would be. */
import { CheckpointError } from '../../checkpoint/checkpointError';
import type { CheckpointFiles } from '../../checkpoint/checkpointFiles';
import { readTfjsJson } from '../../checkpoint/tfjs';
import { programFor, traceOfProgram } from '../configuredModel';
import type { OpenedModelFile } from '../modelFiles';

/** Throws a CheckpointError for a file that is no layers model. */
export const openTfjsFile = async (files: CheckpointFiles, path: string): Promise<OpenedModelFile> =>
  tfjsModel(await readTfjsJson(await files.open(path)), path);

/** The model in the parsed file; undefined where it was none of TensorFlow.js. Throws a CheckpointError for one that is no layers model. */
export function tfjsModel(json: Readonly<Record<string, unknown>> | undefined, path: string): OpenedModelFile {
  const topology = json?.['modelTopology'];
  if (typeof topology !== 'object' || topology === null)
    throw new CheckpointError(
      'this is no model of TensorFlow.js',
      path,
      'modelTopology',
      'Give the model.json that TensorFlow.js saved.',
    );
  if ('node' in topology)
    throw new CheckpointError(
      'graph models of TensorFlow.js are not read, layers models are',
      path,
      'modelTopology',
      'Save the model with model.save(), or convert it with --output_format=tfjs_layers_model.',
    );
  const source = programFor('from tfjs import model_from_topology', topology, 'model_from_topology(configuration)');
  return { ownWeights: path, trace: traceOfProgram(path, source) };
}
