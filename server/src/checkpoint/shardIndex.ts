/**
 * The index of a checkpoint in several files, as Hugging Face writes it beside them:
 * `{"metadata": {…}, "weight_map": {tensor name: file name}}` in `NAME.safetensors.index.json` or `NAME.bin.index.json`.
 */
import type { ByteSource } from './byteSource';
import type { MetadataValue } from './checkpoint';
import { CheckpointError } from './checkpointError';
import { asMetadata, readJson } from './jsonFile';

export interface ShardIndex {
  readonly metadata: MetadataValue;
  /** Names of the tensors in each file, files in order of their names. */
  readonly shards: ReadonlyMap<string, readonly string[]>;
}

const LARGEST_INDEX = 64 * 2 ** 20;
const MOST_TENSORS = 500_000;
const LONGEST_NAME = 4096;
/** All are open at once. */
const MOST_SHARDS = 1000;
const LONGEST_FILE_NAME = 255;

export const isShardIndexName = (name: string): boolean => /\.index\.json$/i.test(name);

/** `model-00002-of-00003.safetensors`: the index that lists it is called `model.safetensors.index.json`. */
export function indexNameOf(shard: string): string | undefined {
  const [, stem, ending] = /^(.+)-\d{1,6}-of-\d{1,6}\.(safetensors|bin)$/i.exec(shard) ?? [];
  return stem === undefined || ending === undefined ? undefined : `${stem}.${ending}.index.json`;
}

/** Throws a CheckpointError for an index that is none or names files outside its folder. */
export async function readShardIndex(source: ByteSource): Promise<ShardIndex> {
  const refuse = (reason: string, where: string, hint: string): never => {
    throw new CheckpointError(reason, source.name, where, hint);
  };
  const index = await readJson(source, LARGEST_INDEX);
  const map = isRecord(index) ? index['weight_map'] : undefined;
  if (!isRecord(index) || !isRecord(map))
    return refuse(
      "there is no 'weight_map' from tensor names to files",
      'root',
      'Give the index of a model in shards.',
    );
  const entries = Object.entries(map);
  if (entries.length === 0) refuse("the 'weight_map' is empty", 'weight_map', 'Download the index again.');
  if (entries.length > MOST_TENSORS)
    refuse(`it names ${entries.length} tensors, more than ${MOST_TENSORS}`, 'weight_map', 'This is no checkpoint.');
  const shards = new Map<string, string[]>();
  for (const [tensor, file] of entries) {
    const where = `weight_map '${tensor.slice(0, 80)}'`;
    if (tensor.length > LONGEST_NAME)
      refuse(`a tensor's name has ${tensor.length} characters`, where, 'This is no checkpoint.');
    if (typeof file !== 'string' || !isPlainFileName(file))
      return refuse(
        `${JSON.stringify(file).slice(0, 80)} is no name of a file in the same folder`,
        where,
        'An index that points elsewhere is not followed; download the model again.',
      );
    const known = shards.get(file);
    if (known === undefined) shards.set(file, [tensor]);
    else known.push(tensor);
  }
  if (shards.size > MOST_SHARDS)
    refuse(`it names ${shards.size} files, more than ${MOST_SHARDS}`, 'weight_map', 'Join them to fewer files.');
  return {
    metadata: asMetadata(index['metadata'] ?? null),
    shards: new Map([...shards].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** No separators, drives, streams, control characters, nor the folder itself or the one above. */
const isPlainFileName = (name: string): boolean =>
  name.length > 0 && name.length <= LONGEST_FILE_NAME && !/[/\\:\u0000-\u001f]/.test(name) && !/^\.+$/.test(name);
