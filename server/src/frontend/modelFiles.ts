/** Files that are models by themselves: no source is needed to read them. */
import type { CheckpointFiles } from '../checkpoint/checkpointFiles';
import type { Frontend } from './frontends';
import { openOnnxFile } from './onnx/onnxFile';

/** A model file after its structure was read; the values of its weights are read as those of a checkpoint. */
export interface OpenedModelFile {
  readonly trace: Frontend['trace'];
  /** The checkpoint with its weights: mostly the file itself. */
  readonly ownWeights: string;
}

interface ModelFileKind {
  readonly pattern: RegExp;
  readonly open: (files: CheckpointFiles, path: string) => Promise<OpenedModelFile>;
}

const kinds: readonly ModelFileKind[] = [{ pattern: /\.onnx$/i, open: openOnnxFile }];

const kindOf = (path: string): ModelFileKind | undefined => kinds.find(({ pattern }) => pattern.test(path));

export const isModelFile = (path: string): boolean => kindOf(path) !== undefined;

/** Throws a `CheckpointError` for a damaged file. */
export function openModelFile(files: CheckpointFiles, path: string): Promise<OpenedModelFile> {
  const kind = kindOf(path);
  if (kind === undefined) throw new RangeError(`${path} is no model file`);
  return kind.open(files, path);
}
