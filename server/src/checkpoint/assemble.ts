import { createHash } from 'node:crypto';
import type { ByteSource } from './byteSource';
import { CheckpointError } from './checkpointError';
import type { Checkpoint, CheckpointFormat, CheckpointWarning } from './checkpoint';
import { metadataOf, VisitLimit, type ContentNode } from './contents';
import { findContainers, modelTensors } from './containers';
import { inventory } from './inventory';
import { findOptimizer } from './optimizerState';
import { trainingProgress } from './trainingProgress';

/** The checkpoint of a content tree: what every format's `open` ends with. */
export function assembleCheckpoint(
  source: ByteSource,
  format: CheckpointFormat,
  root: ContentNode,
  warnings: readonly CheckpointWarning[],
): Checkpoint {
  const limit = new VisitLimit(
    () =>
      new CheckpointError(
        'the structure repeats itself into millions of values',
        source.name,
        'root',
        'This is no checkpoint; do not load it.',
      ),
  );
  const candidates = findContainers(root, limit);
  const containers = candidates.map(({ path, node }) => ({
    path: path.join('.'),
    tensors: modelTensors(node, limit).map(([name, leaf]) => leaf.named(name)),
  }));
  return {
    format,
    file: source.name,
    size: source.size,
    containers,
    container: containers[0]?.path ?? '',
    tensors: containers[0]?.tensors ?? [],
    inventory: () => inventory(root, candidates[0]?.path ?? [], limit),
    metadata: metadataOf(root, limit),
    optimizer: findOptimizer(root, limit),
    progress: trainingProgress(root),
    warnings,
    hash: () => contentHash(source),
  };
}

const HASH_CHUNK = 1 << 22;

/** SHA-256 of all bytes, hexadecimal. */
export async function contentHash(source: ByteSource): Promise<string> {
  const hash = createHash('sha256');
  for (let start = 0; start < source.size; start += HASH_CHUNK)
    hash.update(await source.read(start, Math.min(HASH_CHUNK, source.size - start)));
  return hash.digest('hex');
}
