/** Opens a `model.json` of TensorFlow.js as a model: its configuration is built as code that makes the same layers would be. */
import { CheckpointError } from '../../checkpoint/checkpointError';
import type { CheckpointFiles } from '../../checkpoint/checkpointFiles';
import { readTfjsJson } from '../../checkpoint/tfjs';
import type { TracedModel } from '../model';
import type { OpenedModelFile } from '../modelFiles';
import { modelNameOf } from '../modelFileNames';
import { traceModel } from '../torch/traceModel';

/** A program that makes the model of a topology; a JSON text is a Python text as well. */
const programFor = (topology: unknown): string =>
  [
    'import json',
    'from tfjs import model_from_topology',
    'def model():',
    `    return model_from_topology(json.loads(${JSON.stringify(JSON.stringify(topology))}))`,
    '',
  ].join('\n');

/** Throws a CheckpointError for a file that is no layers model. */
export async function openTfjsFile(files: CheckpointFiles, path: string): Promise<OpenedModelFile> {
  const json = await readTfjsJson(await files.open(path));
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
  const source = programFor(topology);
  return {
    ownWeights: path,
    trace: (request) => withoutLines(traceModel({ ...request, file: path, source, model: 'model' }), path),
  };
}

/** Lines of the program above mean nothing to anybody. */
const withoutLines = (traced: TracedModel, path: string): TracedModel => ({
  ...traced,
  name: modelNameOf(path),
  line: 0,
  parameters: traced.parameters.map((parameter) => ({ ...parameter, line: 0 })),
  layers: traced.layers.map((layer) => ({ ...layer, line: 0, callLine: 0 })),
  stopped: traced.stopped && { ...traced.stopped, line: 1, column: 1, endLine: 1, endColumn: 1 },
});
