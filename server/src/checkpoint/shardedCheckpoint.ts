/** A checkpoint in several files as one: the tensors of all shards that its index names. */
import type { ByteSource } from './byteSource';
import type { CheckpointFormat, CheckpointWarning } from './checkpoint';
import { CheckpointError } from './checkpointError';
import { branch, plain, type ContentNode } from './contents';
import type { FormatContents, ReadingContext } from './format';
import { readContents } from './openCheckpoint';
import { readShardIndex } from './shardIndex';

export interface ShardedContents extends FormatContents {
  /** The shards, in order of their names. */
  readonly sources: readonly ByteSource[];
}

/** Names of missing files that a message lists. */
const LISTED = 8;

/**
 * Reads the shards that `index` names; `present` are the names in its folder, `open` opens one of them.
 * Throws a CheckpointError when shards are missing or lack a tensor that the index promises.
 */
export async function readSharded(
  index: ByteSource,
  present: ReadonlySet<string>,
  open: (name: string) => Promise<ByteSource>,
  context: ReadingContext,
): Promise<ShardedContents> {
  const { shards, metadata } = await readShardIndex(index);
  requirePresent([...shards.keys()], present, index.name);
  const sources: ByteSource[] = [];
  const entries: [string, ContentNode][] = [];
  const warnings: CheckpointWarning[] = [];
  let format: CheckpointFormat = 'safetensors';
  for (const [name, tensors] of shards) {
    const source = await open(name);
    sources.push(source);
    const contents = await readContents(source, { ...context, storagePrefix: `${name}/` });
    format = contents.format;
    warnings.push(...contents.warnings.map((warning) => ({ ...warning, where: `${name}, ${warning.where}` })));
    const { found, left } = tensorsOf(contents.root, tensors, source.name);
    for (const entry of found) entries.push(entry);
    if (left > 0)
      warnings.push({
        code: 'HL403',
        message: `${left} tensors are in this file, but not in the index, and are left out`,
        where: name,
      });
  }
  return { format, root: branch([['metadata', plain(metadata)], ...entries]), warnings, sources };
}

function requirePresent(names: readonly string[], present: ReadonlySet<string>, file: string): void {
  const missing = names.filter((name) => !present.has(name));
  if (missing.length === 0) return;
  const more = missing.length > LISTED ? `, and ${missing.length - LISTED} more` : '';
  throw new CheckpointError(
    `${missing.length} of ${names.length} shards are missing: ${missing.slice(0, LISTED).join(', ')}${more}`,
    file,
    'weight_map',
    'Put them beside the index.',
  );
}

/** The entries of a shard that the index promises, and how many other tensors it has. */
function tensorsOf(
  root: ContentNode,
  names: readonly string[],
  file: string,
): { found: [string, ContentNode][]; left: number } {
  const byName = new Map(root.kind === 'branch' ? root.entries : []);
  const found = names.map((name): [string, ContentNode] => {
    const node = byName.get(name);
    // A tensor of a type that is not read stands as a note, with a warning.
    if (node !== undefined && node.kind !== 'branch') return [name, node];
    throw new CheckpointError(
      'the index says that this file has the tensor, but it has not',
      file,
      `tensor '${name.slice(0, 200)}'`,
      'Index and files are of different versions; download them together.',
    );
  });
  const tensors = [...byName.values()].filter(({ kind }) => kind === 'tensor').length;
  return { found, left: Math.max(0, tensors - found.filter(([, { kind }]) => kind === 'tensor').length) };
}
