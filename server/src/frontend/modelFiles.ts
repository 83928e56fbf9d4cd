/** Files that are models by themselves: no source is needed to read them. */
import type { CheckpointFiles } from '../checkpoint/checkpointFiles';
import { modelFileFormat, type ModelFileFormat } from './modelFileNames';
import { openKerasFile } from './keras/kerasFile';
import { openOnnxFile } from './onnx/onnxFile';
import { openTfjsFile } from './tfjs/tfjsFile';
import type { Trace } from './torch/traceModel';

/** A model file after its structure was read; the values of its weights are read as those of a checkpoint. */
export interface OpenedModelFile {
  readonly trace: Trace;
  /** The checkpoint with its weights: mostly the file itself. */
  readonly ownWeights: string;
  /** Names of its outputs, one of which `TraceRequest.output` may name; absent where the file's outputs have no names. */
  readonly outputs?: readonly string[];
  /** A program that says how the model was trained, where the file does. */
  readonly training?: string;
}

const openers: Readonly<Record<ModelFileFormat, (files: CheckpointFiles, path: string) => Promise<OpenedModelFile>>> = {
  keras: openKerasFile,
  onnx: openOnnxFile,
  tfjs: openTfjsFile,
};

/** `path` is a model file by its name. Throws a `CheckpointError` for a damaged one. */
export function openModelFile(files: CheckpointFiles, path: string): Promise<OpenedModelFile> {
  const format = modelFileFormat(path);
  if (format === undefined) throw new RangeError(`${path} is no model file`);
  return openers[format](files, path);
}
