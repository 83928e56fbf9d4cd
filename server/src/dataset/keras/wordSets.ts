/** imdb.npz and reuters.npz as load_data gives them: in the order of its shuffling, with its numbering of words. */
import { ZipArchive } from '../../checkpoint/archive/zipArchive';
import type { ByteSource } from '../../checkpoint/byteSource';
import { CheckpointError } from '../../checkpoint/checkpointError';
import { openNpy } from '../../checkpoint/npy';
import type { DataValue } from '../dataCall';
import { joinedHash } from '../joinedHash';
import { RandomState } from '../randomState';
import type { OpenedSet } from './openKerasSet';
import { begun, limited, padded, wordLists, type LabelledLists } from './wordLists';

type Arguments = Readonly<Record<string, DataValue>>;
type Parts = Readonly<Record<'train' | 'test', LabelledLists>>;

const SEED = 113;
const seedOf = ({ seed }: Arguments): number => (typeof seed === 'number' ? seed : SEED);

const inOrder = ({ lists, labels }: LabelledLists, order: readonly number[]): LabelledLists => ({
  lists: order.map((i) => lists[i] ?? []),
  labels: order.map((i) => labels[i] ?? 0),
});

/** `suffix`: `_train`, `_test`, or nothing. */
async function storedPart(archive: ZipArchive, suffix: string, file: string): Promise<LabelledLists> {
  const lists = await wordLists(archive, `x${suffix}`, file);
  const name = `y${suffix}.npy`;
  const values = (await openNpy(await archive.entry(name), name, `entry '${name}'`))(name);
  const labels = Array.from(await values.read(), Number);
  if (labels.length === lists.length) return { lists, labels };
  throw new CheckpointError(`${lists.length} lists have ${labels.length} labels`, file, `entry '${name}'`);
}

async function imdb(archive: ZipArchive, args: Arguments, file: string): Promise<Parts> {
  const random = new RandomState(seedOf(args));
  const shuffled = async (suffix: string): Promise<LabelledLists> => {
    const part = await storedPart(archive, suffix, file);
    return begun(inOrder(part, random.permutation(part.lists.length)), args);
  };
  const train = await shuffled('_train');
  const test = await shuffled('_test');
  const all = [...train.lists, ...test.lists];
  const cut = (part: LabelledLists): LabelledLists => ({ ...part, lists: limited(part.lists, args, all) });
  return { train: cut(train), test: cut(test) };
}

async function reuters(archive: ZipArchive, args: Arguments, file: string): Promise<Parts> {
  const stored = await storedPart(archive, '', file);
  const { lists, labels } = begun(
    inOrder(stored, new RandomState(seedOf(args)).permutation(stored.lists.length)),
    args,
  );
  const cut = limited(lists, args);
  const { test_split: split = 0.2 } = args;
  const train = Math.trunc(cut.length * (1 - (typeof split === 'number' ? split : 0.2)));
  const part = (begin: number, end: number): LabelledLists => ({
    lists: cut.slice(begin, end),
    labels: labels.slice(begin, end),
  });
  return { train: part(0, train), test: part(train, cut.length) };
}

/** Throws a CheckpointError; the lists are read when an array is asked for. */
export async function openWordSet(source: ByteSource, name: 'imdb' | 'reuters', args: Arguments): Promise<OpenedSet> {
  const archive = await ZipArchive.open(source);
  let parts: Promise<Parts> | undefined;
  return {
    path: source.name,
    async array(array, cutting) {
      parts ??= (name === 'imdb' ? imdb : reuters)(archive, args, source.name);
      const { lists, labels } = (await parts)[array.endsWith('_test') ? 'test' : 'train'];
      if (array.startsWith('x')) return padded(lists, cutting);
      return {
        size: labels.length,
        rows: (indices) => Promise.resolve(Int32Array.from(indices, (index) => labels[index] ?? 0)),
      };
    },
    hash: () => joinedHash([source]),
  };
}
