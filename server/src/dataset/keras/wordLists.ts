/**
 * The reviews of imdb.npz and the newswires of reuters.npz: lists of words of different lengths, which numpy keeps as a pickle of lists of
 * integers. It is read by the machine that can call nothing. Shuffling and the numbering of words are those of load_data.
 */
import type { ZipArchive } from '../../checkpoint/archive/zipArchive';
import { CheckpointError } from '../../checkpoint/checkpointError';
import { readNpyFields } from '../../checkpoint/npy';
import { PickleBudget } from '../../checkpoint/pickle/budget';
import { NumpyArray } from '../../checkpoint/pickle/numpyGlobals';
import { PickleReader } from '../../checkpoint/pickle/reader';
import type { PickleValue } from '../../checkpoint/pickle/values';
import { TorchPickleSession } from '../../checkpoint/torchPickle';
import type { DataValue } from '../dataCall';
import type { StoredRows } from '../preparation/storedRows';

type Arguments = Readonly<Record<string, DataValue>>;

/** Words, and the label of each list. */
export interface LabelledLists {
  readonly lists: readonly (readonly number[])[];
  readonly labels: readonly number[];
}

/** IMDB has six million words in a part. */
const MOST_BYTES = 2 ** 29;
const MOST_INSTRUCTIONS = 2 ** 25;

/** Lists of an array of objects in an archive. Throws a CheckpointError for anything else in it. */
export async function wordLists(archive: ZipArchive, name: string, file: string): Promise<number[][]> {
  const where = `entry '${name}.npy'`;
  const entry = await archive.entry(`${name}.npy`);
  const { dataStart } = await readNpyFields(entry, where);
  const session = new TorchPickleSession([], new PickleBudget(MOST_BYTES, MOST_INSTRUCTIONS));
  const value = await session.load(new PickleReader(entry, dataStart, where));
  const lists = value instanceof NumpyArray ? value.objects : undefined;
  if (lists === undefined || !lists.every(isWords))
    throw new CheckpointError('the array holds something else than lists of integers', file, where, 'Fetch it again.');
  return lists as number[][];
}

const isWords = (value: PickleValue): value is number[] =>
  Array.isArray(value) && value.every((word) => Number.isInteger(word));

const numberOr = (value: DataValue, usual: number): number => (typeof value === 'number' ? value : usual);

/** The first word of every list, and the shift of the others; lists of `maxlen` words or more are left out. */
export function begun({ lists, labels }: LabelledLists, args: Arguments): LabelledLists {
  const { start_char: start = 1, maxlen = null } = args;
  const shift = numberOr(args['index_from'], 3);
  const words = lists.map((list) => {
    const shifted = list.map((word) => word + shift);
    return typeof start === 'number' ? [start, ...shifted] : shifted;
  });
  const kept = [...words.keys()].filter((i) => typeof maxlen !== 'number' || (words[i]?.length ?? 0) < maxlen);
  return { lists: kept.map((i) => words[i] ?? []), labels: kept.map((i) => labels[i] ?? 0) };
}

/** Rare and frequent words replaced by one, or left out. `all`: what the largest word is taken of where none is named. */
export function limited(
  lists: readonly (readonly number[])[],
  args: Arguments,
  all: readonly (readonly number[])[] = lists,
): readonly (readonly number[])[] {
  const largest = (): number => all.reduce((most, list) => list.reduce((a, b) => Math.max(a, b), most), 0);
  const count = numberOr(args['num_words'], 0) || largest();
  const least = numberOr(args['skip_top'], 0);
  const { oov_char: other = 2 } = args;
  const isKept = (word: number): boolean => least <= word && word < count;
  return lists.map((list) =>
    typeof other === 'number' ? list.map((word) => (isKept(word) ? word : other)) : list.filter(isKept),
  );
}

/** `pad_sequences`: every list cut or filled to one length. */
export function padded(lists: readonly (readonly number[])[], args: Arguments): StoredRows {
  const length = numberOr(args['sequence_length'], 0);
  const fill = numberOr(args['value'], 0);
  const { padding = 'pre', truncating = 'pre' } = args;
  return {
    size: lists.length,
    rows(indices) {
      const rows = new Int32Array(indices.length * length).fill(fill);
      for (const [row, index] of indices.entries()) {
        const list = lists[index] ?? [];
        const kept = truncating === 'post' ? list.slice(0, length) : list.slice(Math.max(0, list.length - length));
        rows.set(kept, row * length + (padding === 'post' ? 0 : length - kept.length));
      }
      return Promise.resolve(rows);
    },
  };
}
