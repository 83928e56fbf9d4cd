/** What `keras.datasets` holds: arrays, their sizes and types, and the files in which Keras keeps them. */
import { UNKNOWN_EXTENT } from '../unknownExtent';
import type { DataValue } from '../dataCall';

type Arguments = Readonly<Record<string, DataValue>>;

/** An array as it lies in the files. */
export interface HeldArray {
  readonly shape: readonly number[];
  readonly dtype: 'uint8' | 'int64' | 'float64';
  /** Labels are 0 … classes−1. */
  readonly classes?: number;
  /** Lists of words of different lengths: only `pad_sequences` and their like make an array of them. */
  readonly isSequences?: true;
}

export interface KerasSet {
  /** Of `load_data`, in order. */
  readonly parameters: readonly string[];
  /** By name; undefined where an argument that decides the sizes is not known. */
  readonly arrays: (args: Arguments) => Readonly<Record<string, HeldArray>> | undefined;
  /** Names below the folder `datasets`, the first that is there counts. */
  readonly places: (args: Arguments) => readonly string[];
}

const parts = (
  train: number,
  test: number,
  x: readonly number[],
  y: HeldArray,
): Readonly<Record<string, HeldArray>> => ({
  x_train: { shape: [train, ...x], dtype: 'uint8' },
  y_train: { ...y, shape: [train] },
  x_test: { shape: [test, ...x], dtype: 'uint8' },
  y_test: { ...y, shape: [test] },
});

const fileNamed = (name: string, { path }: Arguments): readonly string[] => [typeof path === 'string' ? path : name];

const cifar = (inner: string, archive: string, classes: (args: Arguments) => number): KerasSet => ({
  parameters: ['label_mode'],
  arrays: (args) => parts(50_000, 10_000, [3, 32, 32], { shape: [], dtype: 'uint8', classes: classes(args) }),
  // Keras 3 unpacks into a folder `…-target`, its first versions into one of the set's name, Keras 2 beside the archive.
  places: () => [
    `${inner}-target/${inner}`,
    `${inner}/${inner}`,
    inner,
    `${inner}-target_archive`,
    `${inner}_archive`,
    `${inner}.tar.gz`,
    archive,
  ],
});

const sequences = (
  train: number,
  test: number,
  classes: number,
  args: Arguments,
): Readonly<Record<string, HeldArray>> => {
  // Long reviews are left out: how many remain, only the files say.
  const count = (known: number): number => ((args['maxlen'] ?? null) === null ? known : UNKNOWN_EXTENT);
  return {
    x_train: { shape: [count(train)], dtype: 'int64', isSequences: true },
    y_train: { shape: [count(train)], dtype: 'int64', classes },
    x_test: { shape: [count(test)], dtype: 'int64', isSequences: true },
    y_test: { shape: [count(test)], dtype: 'int64', classes },
  };
};

const table = (count: number, columns: number): Readonly<Record<string, HeldArray>> => ({
  x: { shape: [count, columns], dtype: 'float64' },
  y: { shape: [count], dtype: 'float64' },
});

const ofWords = ['path', 'num_words', 'skip_top', 'maxlen'];

/** By the name of the module below `keras.datasets`. */
export const kerasSets: Readonly<Record<string, KerasSet>> = {
  mnist: {
    parameters: ['path'],
    arrays: () => parts(60_000, 10_000, [28, 28], { shape: [], dtype: 'uint8', classes: 10 }),
    places: (args) => fileNamed('mnist.npz', args),
  },
  fashion_mnist: {
    parameters: [],
    arrays: () => parts(60_000, 10_000, [28, 28], { shape: [], dtype: 'uint8', classes: 10 }),
    places: () => ['fashion-mnist'],
  },
  cifar10: cifar('cifar-10-batches-py', 'cifar-10-python.tar.gz', () => 10),
  cifar100: cifar('cifar-100-python', 'cifar-100-python.tar.gz', ({ label_mode: mode }) =>
    mode === 'coarse' ? 20 : 100,
  ),
  imdb: {
    parameters: [...ofWords, 'seed', 'start_char', 'oov_char', 'index_from'],
    arrays: (args) => sequences(25_000, 25_000, 2, args),
    places: (args) => fileNamed('imdb.npz', args),
  },
  reuters: {
    parameters: [...ofWords, 'test_split', 'seed', 'start_char', 'oov_char', 'index_from'],
    arrays(args) {
      const { test_split: split = 0.2 } = args;
      if (typeof split !== 'number') return undefined;
      const train = Math.trunc(11_228 * (1 - split));
      return sequences(train, 11_228 - train, 46, args);
    },
    places: (args) => fileNamed('reuters.npz', args),
  },
  boston_housing: {
    parameters: ['path', 'test_split', 'seed'],
    arrays: () => table(506, 13),
    places: (args) => fileNamed('boston_housing.npz', args),
  },
  california_housing: {
    parameters: ['version', 'path', 'test_split', 'seed'],
    arrays: () => table(20_640, 8),
    places: (args) => fileNamed('california_housing.npz', args),
  },
};
