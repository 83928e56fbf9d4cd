/** Opens an .onnx file as a model: its structure and small constants, not the values of its weights. */
import type { CheckpointFiles } from '../../checkpoint/checkpointFiles';
import { readOnnxModelFile } from '../../checkpoint/onnx/onnxModelFile';
import type { OpenedModelFile } from '../modelFiles';
import { readInitializers } from './initializers';
import { traceOnnx } from './traceOnnx';

/** Throws a CheckpointError for a damaged file. External data are looked for in the file's folder only. */
export async function openOnnxFile(files: CheckpointFiles, path: string): Promise<OpenedModelFile> {
  const structure = await readOnnxModelFile(await files.open(path), (name) => files.openBeside(path, name));
  const model = { file: path, structure, initializers: await readInitializers(structure, path) };
  return {
    trace: (request) => traceOnnx(model, request),
    ownWeights: path,
    outputs: structure.outputs.map(({ name }) => name),
  };
}
