/** Opens what a user names as a checkpoint: a file, the index of several files, or a folder. */
import { assembleCheckpoint } from './assemble';
import type { ByteSource } from './byteSource';
import type { Checkpoint } from './checkpoint';
import { CheckpointError } from './checkpointError';
import { weightsAmong } from './checkpointFolder';
import { branch, plain, type ContentNode } from './contents';
import { newContext, type FormatContents, type ReadingContext } from './format';
import { asMetadata, readJson } from './jsonFile';
import { readContents } from './openCheckpoint';
import { indexNameOf, isShardIndexName } from './shardIndex';
import { readSharded } from './shardedCheckpoint';
import { tensorflowIndexOf, variablesFolder } from './tensorflow/indexName';

/** Files as checkpoints see them; `project/` has the one for the disk. Who gives it closes what was opened. */
export interface CheckpointFiles {
  isFolder(path: string): Promise<boolean>;
  /** Names in a folder, sorted. */
  list(folder: string): Promise<string[]>;
  open(path: string): Promise<ByteSource>;
  /** A file that the content of `file` names, by its path in the folder of `file`. Rejects where a link leads out of that folder. */
  openBeside(file: string, path: string): Promise<ByteSource>;
}

/** What the path of one shard means: that file by itself, or the whole model by the index beside it. */
export type ShardMeaning = 'alone' | 'whole';

/**
 * A folder means the weights in it, with its `config.json` in the metadata; an index means all its shards.
 * Throws a CheckpointError.
 */
export async function openCheckpointAt(
  files: CheckpointFiles,
  path: string,
  shard: ShardMeaning = 'alone',
): Promise<Checkpoint> {
  if (await files.isFolder(path)) return openFolder(files, path);
  const { folder, name } = split(path);
  if (isShardIndexName(name)) return openIn(files, folder, name, path, []);
  const index = await indexBeside(files, folder, name);
  if (index !== undefined && shard === 'whole')
    return openIn(files, folder, index, path, [`${name} is one of several shards`]);
  const named = tensorflowIndexOf(name, await files.list(folder).catch((): string[] => []));
  if (named !== undefined) return openIn(files, folder, named, path, [`${named} lists the tensors`]);
  const source = await files.open(path);
  const contents = await readContents(source, contextIn(files, path));
  const note = index === undefined ? [] : [`one of several shards; ${index} beside it has all`];
  return assembleCheckpoint(path, [source, ...(contents.sources ?? [])], contents, note);
}

/** A context in which files beside `file` are opened. */
const contextIn = (files: CheckpointFiles, file: string): ReadingContext => ({
  ...newContext(),
  openBeside: (name) => files.openBeside(file, name),
});

/** The name of the index that lists a shard, where there is one. */
async function indexBeside(files: CheckpointFiles, folder: string, name: string): Promise<string | undefined> {
  const index = indexNameOf(name);
  if (index === undefined) return undefined;
  const names = await files.list(folder).catch((): string[] => []);
  return names.includes(index) ? index : undefined;
}

function split(path: string): { folder: string; name: string } {
  const [, folder = '.', name = path] = /^(?:(.*)[\\/])?([^\\/]*)$/s.exec(path) ?? [];
  return { folder: folder === '' ? '/' : folder, name };
}

const join = (folder: string, name: string): string => (folder.endsWith('/') ? folder + name : `${folder}/${name}`);

async function openFolder(files: CheckpointFiles, folder: string): Promise<Checkpoint> {
  const names = await files.list(folder);
  const tagged = await taggedFolder(files, folder, names);
  if (tagged !== undefined) return openIn(files, tagged, weightsAmong(await files.list(tagged), tagged), folder, []);
  const variables = variablesFolder(names);
  if (variables !== undefined)
    return openIn(files, join(folder, variables), 'variables.index', folder, ['the variables of a SavedModel']);
  const weights = (await latestOfTensorflow(files, folder, names)) ?? weightsAmong(names, folder);
  return openIn(files, folder, weights, folder, [`the folder's weights are in ${weights}`]);
}

/** TensorFlow writes the name of the last checkpoint into a file `checkpoint`. */
async function latestOfTensorflow(
  files: CheckpointFiles,
  folder: string,
  names: readonly string[],
): Promise<string | undefined> {
  if (!names.includes('checkpoint')) return undefined;
  const source = await files.open(join(folder, 'checkpoint'));
  const text = new TextDecoder().decode(await source.read(0, Math.min(source.size, LONGEST_STATE)));
  const index = `${/^model_checkpoint_path:\s*"(?:[^"]*[\\/])?([^"\\/]+)"/m.exec(text)?.[1] ?? ''}.index`;
  // Only a file that was listed: the text could name any other.
  return names.includes(index) ? index : undefined;
}

const LONGEST_STATE = 1 << 16;
const LONGEST_TAG = 255;

/** DeepSpeed writes each save into a folder of its own and the name of the last into a file `latest`. */
async function taggedFolder(
  files: CheckpointFiles,
  folder: string,
  names: readonly string[],
): Promise<string | undefined> {
  if (!names.includes('latest')) return undefined;
  const source = await files.open(join(folder, 'latest'));
  if (source.size > LONGEST_TAG) return undefined;
  const tag = new TextDecoder().decode(await source.read(0, source.size)).trim();
  // Only a folder that was listed: the file could name any other.
  return names.includes(tag) && (await files.isFolder(join(folder, tag))) ? join(folder, tag) : undefined;
}

/** Opens a file or an index of a folder, as `path`, with what its neighbours say. */
async function openIn(
  files: CheckpointFiles,
  folder: string,
  name: string,
  path: string,
  notes: readonly string[],
): Promise<Checkpoint> {
  const context = contextIn(files, join(folder, name));
  const source = await files.open(join(folder, name));
  const names = await files.list(folder);
  const sharded = isShardIndexName(name)
    ? await readSharded(source, new Set(names), (shard) => files.open(join(folder, shard)), context)
    : undefined;
  const contents = sharded ?? (await readContents(source, context));
  const neighbours = await neighboursOf(files, folder, names);
  const root = withEntries(contents.root, neighbours.entries);
  const shards = sharded === undefined ? [] : [`${sharded.sources.length} shards listed by ${name}`];
  return assembleCheckpoint(
    path,
    [source, ...(contents.sources ?? [])],
    { ...contents, root, warnings: [...contents.warnings, ...neighbours.warnings] },
    [...notes, ...shards],
  );
}

const LARGEST_CONFIG = 8 * 2 ** 20;

/** `config.json` of Hugging Face, and where training stood, from its Trainer's `trainer_state.json`. */
async function neighboursOf(
  files: CheckpointFiles,
  folder: string,
  names: readonly string[],
): Promise<{ entries: [string, ContentNode][]; warnings: FormatContents['warnings'] }> {
  const read = async (name: string): Promise<unknown> =>
    names.includes(name) ? readJson(await files.open(join(folder, name)), LARGEST_CONFIG) : undefined;
  const entries: [string, ContentNode][] = [];
  try {
    const config = await read('config.json');
    if (config !== undefined) entries.push(['config.json', plain(asMetadata(config))]);
    const state = await read('trainer_state.json');
    for (const key of ['epoch', 'global_step'])
      if (typeof state === 'object' && state !== null && key in state)
        entries.push([key, plain(asMetadata((state as Record<string, unknown>)[key]))]);
    return { entries, warnings: [] };
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    return { entries, warnings: [{ code: 'HL403', message: error.reason, where: error.file }] };
  }
}

/** What stands beside the weights comes first, so that long lists of tensors do not hide it. */
const withEntries = (root: ContentNode, added: readonly [string, ContentNode][]): ContentNode =>
  added.length === 0 || root.kind !== 'branch'
    ? root
    : branch(
        [...added, ...root.entries.filter(([key]) => !added.some(([name]) => name === key))],
        root.form,
        root.className,
      );
