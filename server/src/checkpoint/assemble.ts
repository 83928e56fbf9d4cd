import { createHash } from 'node:crypto';
import type { ByteSource } from './byteSource';
import { CheckpointError } from './checkpointError';
import type { Checkpoint } from './checkpoint';
import { metadataOf, VisitLimit } from './contents';
import { findContainers, modelTensors } from './containers';
import type { FormatContents } from './format';
import { inventory } from './inventory';
import { findOptimizers } from './optimizerState';
import { trainingProgress } from './trainingProgress';

/** The checkpoint in one or more files, from their content as one tree. `name` is how the user calls it. */
export function assembleCheckpoint(
  name: string,
  sources: readonly ByteSource[],
  { format, root, warnings }: FormatContents,
  notes: readonly string[] = [],
): Checkpoint {
  const limit = new VisitLimit(
    () =>
      new CheckpointError(
        'the structure repeats itself into millions of values',
        name,
        'root',
        'This is no checkpoint; do not load it.',
      ),
  );
  const candidates = findContainers(root, limit);
  const containers = candidates.map(({ path, node }) => ({
    path: path.join('.'),
    tensors: modelTensors(node, limit).map(([path, leaf]) => leaf.named(path)),
  }));
  return {
    format,
    file: name,
    files: sources.map((source) => source.name),
    size: sources.reduce((sum, { size }) => sum + size, 0),
    notes,
    containers,
    container: containers[0]?.path ?? '',
    tensors: containers[0]?.tensors ?? [],
    inventory: () => inventory(root, candidates[0]?.path ?? [], limit),
    metadata: metadataOf(root, limit),
    optimizers: findOptimizers(root, limit),
    progress: trainingProgress(root),
    warnings,
    hash: () => contentHash(...sources),
  };
}

const HASH_CHUNK = 1 << 22;

/** SHA-256 of all bytes, of one file after the other, hexadecimal. */
export async function contentHash(...sources: readonly ByteSource[]): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources)
    for (let start = 0; start < source.size; start += HASH_CHUNK)
      hash.update(await source.read(start, Math.min(HASH_CHUNK, source.size - start)));
  return hash.digest('hex');
}
