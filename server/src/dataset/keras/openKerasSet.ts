/** The arrays of `keras.datasets` from the files that Keras keeps. Nothing is fetched. */
import { CheckpointError } from '../../checkpoint/checkpointError';
import type { ByteSource } from '../../checkpoint/byteSource';
import { openCheckpoint } from '../../checkpoint/openCheckpoint';
import type { DataValue } from '../dataCall';
import type { DataFiles } from '../dataset';
import { cifarArrays, cifarFiles } from '../formats/cifar';
import { readIdx } from '../formats/mnistIdx';
import { tarEntries } from '../formats/tar';
import { unpacked } from '../gunzip';
import { joinedHash } from '../joinedHash';
import type { StoredRows } from '../preparation/storedRows';
import { tensorSamples } from '../sampleArrays';
import { kerasSets } from './catalogue';
import { below, firstThere } from './places';
import { openWordSet } from './wordSets';

type Arguments = Readonly<Record<string, DataValue>>;

export interface OpenedSet {
  readonly path: string;
  /** `args`: how lists of words are cut to one length. Throws a CheckpointError where the files hold no array of that name. */
  array(name: string, args: Arguments): Promise<StoredRows>;
  hash(): Promise<string>;
}

const TO_DO =
  'Run load_data() once where there is a network, set KERAS_HOME to the folder that holds it, or name other data with --data.';

/** `name`: of the module below `keras.datasets`; `homes`: folders such as `~/.keras`. Throws a CheckpointError. */
export async function openKerasSet(
  files: DataFiles,
  name: string,
  args: Arguments,
  homes: readonly string[],
): Promise<OpenedSet> {
  const places = kerasSets[name]?.places(args) ?? [];
  const path = await firstThere(files, { name: `keras.datasets.${name}`, paths: below(homes, places), hint: TO_DO });
  if (name === 'fashion_mnist') return openIdxFolder(files, path);
  if (name.startsWith('cifar')) return openCifarPlace(files, path, args['label_mode'] === 'coarse' ? 'coarse' : 'fine');
  const source = await files.open(path);
  return name === 'imdb' || name === 'reuters' ? openWordSet(source, name, args) : openArrays(source);
}

const missing = (name: string, file: string): CheckpointError =>
  new CheckpointError(
    `there is no array '${name}'`,
    file,
    'file',
    'The file is another one, or damaged: fetch it again.',
  );

/** Arrays of numbers by name. */
async function openArrays(source: ByteSource): Promise<OpenedSet> {
  const checkpoint = await openCheckpoint(source);
  const tensors = checkpoint.containers.flatMap((each) => each.tensors);
  return {
    path: source.name,
    array(name) {
      const tensor = tensors.find((each) => each.name === name);
      if (tensor === undefined) return Promise.reject(missing(name, source.name));
      return Promise.resolve(tensorSamples(tensor, name, source.name));
    },
    hash: () => checkpoint.hash(),
  };
}

const isTest = (array: string): boolean => array.endsWith('_test');

async function openIdxFolder(files: DataFiles, folder: string): Promise<OpenedSet> {
  const names = await files.list(folder);
  const opened: ByteSource[] = [];
  return {
    path: folder,
    async array(name) {
      const start = `${isTest(name) ? 't10k' : 'train'}-${name.startsWith('x') ? 'images' : 'labels'}`;
      const file = names.find((each) => each.startsWith(start));
      if (file === undefined) throw missing(name, folder);
      const source = await files.open(`${folder}/${file}`);
      opened.push(source);
      return tensorSamples(await readIdx(source, name), name, source.name);
    },
    hash: () => joinedHash(opened),
  };
}

/** CIFAR's archive is 170 MB, and 186 MB unpacked. */
const LARGEST_ARCHIVE = 1 << 28;

/** A folder with the Python form of CIFAR, or an archive of it. */
async function openCifarPlace(files: DataFiles, path: string, labelKind: 'fine' | 'coarse'): Promise<OpenedSet> {
  const sources = (await files.isFolder(path)) ? await folderFiles(files, path) : await archiveFiles(files, path);
  const used: ByteSource[] = [];
  const part = async (split: string): ReturnType<typeof cifarArrays> => {
    const named = cifarFiles([...sources.keys()], split).map((name): [string, () => Promise<ByteSource>] => [
      name,
      sources.get(name) ?? (() => Promise.reject(missing(name, path))),
    ]);
    const parts: [string, ByteSource][] = [];
    for (const [name, open] of named) parts.push([name, await open()]);
    if (parts.length === 0) throw missing(split, path);
    used.push(...parts.map(([, source]) => source));
    return cifarArrays(parts, labelKind);
  };
  const known = new Map<string, ReturnType<typeof part>>();
  return {
    path,
    async array(name) {
      const split = isTest(name) ? 'test' : 'train';
      const arrays = known.get(split) ?? part(split);
      known.set(split, arrays);
      const { images, labels } = await arrays;
      return name.startsWith('x') ? images : labels;
    },
    hash: () => joinedHash(used),
  };
}

type Opening = Map<string, () => Promise<ByteSource>>;

const folderFiles = async (files: DataFiles, folder: string): Promise<Opening> =>
  new Map((await files.list(folder)).map((name) => [name, () => files.open(`${folder}/${name}`)]));

async function archiveFiles(files: DataFiles, path: string): Promise<Opening> {
  const entries = await tarEntries(await unpacked(await files.open(path), LARGEST_ARCHIVE));
  return new Map(entries.map((entry) => [entry.path.replace(/^.*\//, ''), () => Promise.resolve(entry.bytes)]));
}
