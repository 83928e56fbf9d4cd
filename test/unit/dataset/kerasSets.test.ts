import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../server/src/checkpoint/checkpointError';
import type { DataValue } from '../../../server/src/dataset/dataCall';
import { openKerasSet } from '../../../server/src/dataset/keras/openKerasSet';
import { openPrepared } from '../../../server/src/dataset/preparation/openPrepared';
import type { PreparedData } from '../../../server/src/dataset/preparation/preparedData';
import { RandomState } from '../../../server/src/dataset/randomState';
import { readTrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';
import { zip } from '../checkpoint/zipWriter';
import { memoryFiles, npy } from './memoryFiles';
import { bytesOf, imdbLists, reutersLists } from './recordedFiles';

// Expected arrays are those of Keras 3.15's load_data and pad_sequences on the same files, with numpy 2.

const home = '/home/user/.keras';
const homes = { keras: [home], bases: ['/project'], program: '/project/train.py' };

const npz = (arrays: Readonly<Record<string, Uint8Array>>): Uint8Array =>
  zip(Object.entries(arrays).map(([name, data]) => ({ name: `${name}.npy`, data })));

/** A table in which every number differs from its neighbours. */
const boston = npz({
  x: npy(
    '<f8',
    [506, 13],
    Float64Array.from({ length: 506 * 13 }, (_, i) => ((i * 37) % 101) / 7),
  ),
  y: npy(
    '<f8',
    [506],
    Float64Array.from({ length: 506 }, (_, i) => (i % 50) + 0.5),
  ),
});

const script = (...lines: readonly string[]): ReturnType<typeof readTrainingFacts> =>
  readTrainingFacts({
    file: 'train.py',
    source: ['import numpy as np', 'import keras', ...lines].join('\n'),
    sources: { read: () => undefined, resolveModule: () => undefined },
  });

function preparedBy(...lines: readonly string[]): PreparedData {
  const value = script(
    ...lines,
    'model = keras.Sequential([keras.layers.Dense(1)])',
    'model.compile("sgd", "mse")',
    'model.fit(x, y, batch_size=8)',
  ).fitted?.value;
  if (value === undefined || 'unfollowed' in value) throw new Error(`not followed: ${value?.unfollowed ?? ''}`);
  return value;
}

const rowsOf = async (
  name: string,
  file: string,
  array: string,
  args: Readonly<Record<string, DataValue>>,
  cut: Readonly<Record<string, DataValue>> = {},
): Promise<number[][]> => {
  const set = await openKerasSet(
    memoryFiles({ [`${home}/datasets/${name}.npz`]: bytesOf(file) }),
    name,
    args,
    homes.keras,
  );
  const rows = await set.array(array, cut);
  const data = Array.from(await rows.rows(Array.from({ length: rows.size }, (_, i) => i)));
  const width = data.length / rows.size;
  return Array.from({ length: rows.size }, (_, i) => data.slice(i * width, (i + 1) * width));
};

describe("numpy's RandomState", () => {
  it.each([
    [113, 10, [9, 3, 6, 1, 0, 7, 4, 8, 2, 5], [3, 1, 4, 0, 2]],
    [0, 7, [6, 2, 1, 3, 0, 5, 4], [1, 3, 4, 0, 2]],
    [42, 506, [173, 274, 491, 72, 452, 76, 316, 140, 471, 500], [1, 2, 4, 3, 0]],
  ])('seed %i shuffles %i numbers as numpy does', (seed, count, first, then) => {
    const random = new RandomState(seed);
    expect(random.permutation(count).slice(0, 10)).toEqual(first);
    expect(random.permutation(5)).toEqual(then);
  });
});

describe('lists of words', () => {
  const limits = { num_words: 20, skip_top: 4, maxlen: 8 };

  it("are IMDB's in the order and numbering of load_data", async () => {
    expect(await rowsOf('imdb', imdbLists, 'x_train', limits, { sequence_length: 5 })).toEqual([
      [2, 11, 13, 2, 2],
      [0, 0, 0, 2, 2],
      [19, 2, 4, 7, 2],
      [2, 2, 2, 9, 19],
      [0, 2, 8, 2, 10],
      [2, 5, 10, 11, 2],
    ]);
    expect((await rowsOf('imdb', imdbLists, 'y_train', limits)).flat()).toEqual([1, 1, 0, 0, 0, 0]);
    const cut = { sequence_length: 5, padding: 'post', truncating: 'post', value: 9 };
    expect(await rowsOf('imdb', imdbLists, 'x_test', limits, cut)).toEqual([[2, 2, 7, 15, 2]]);
  });

  it('keep words without a first one and without one for the others', async () => {
    const args = { start_char: null, oov_char: null };
    expect(await rowsOf('imdb', imdbLists, 'x_train', args, { sequence_length: 4 })).toEqual([
      [11, 13, 23, 25],
      [0, 0, 0, 28],
      [19, 25, 4, 7],
      [20, 23, 9, 19],
      [0, 8, 27, 10],
      [5, 10, 11, 27],
      [29, 17, 12, 13],
    ]);
  });

  it("are Reuters' in two parts", async () => {
    const args = { test_split: 0.3 };
    expect(await rowsOf('reuters', reutersLists, 'x_test', args, { sequence_length: 4 })).toEqual([
      [0, 1, 14, 30],
      [4, 18, 7, 25],
      [14, 24, 15, 8],
    ]);
    expect((await rowsOf('reuters', reutersLists, 'y_train', args)).flat()).toEqual([0, 1, 3, 8, 7, 6]);
  });
});

describe('arrays that code prepares', () => {
  const standardised = [
    '(x, y), _ = keras.datasets.boston_housing.load_data()',
    'mean = x.mean(axis=0)',
    'x = (x - mean) / x.std(axis=0)',
  ];

  it('are shuffled, split and standardised as Keras and numpy do it', async () => {
    const files = memoryFiles({ [`${home}/datasets/boston_housing.npz`]: boston });
    const dataset = await openPrepared(files, preparedBy(...standardised), homes);
    expect(dataset.size).toBe(404);
    const [x, y] = await dataset.batch([0, 5, 323]);
    const near = (found: number[], expected: number[]): void => {
      found.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? NaN, 6));
    };
    near(Array.from(x?.data ?? []).slice(0, 4), [0.99019634, -1.25699722, 0.01273981, 1.33309495]);
    near(Array.from(x?.data ?? []).slice(-3), [0.47412526, -1.64968693, -0.42193585]);
    expect(Array.from(y?.data ?? [])).toEqual([22.5, 23.5, 12.5]);
    expect(dataset.description).toContain('as the code prepares keras.datasets.boston_housing');
  });

  it('are what fit is given of them', async () => {
    const files = memoryFiles({ [`${home}/datasets/boston_housing.npz`]: boston });
    const plain = await openPrepared(files, preparedBy(standardised[0] ?? ''), homes);
    const order = 'order = np.arange(len(x))[::-1]';
    const chosen = preparedBy(
      standardised[0] ?? '',
      order,
      'x, y = x[order][:, 2:5] * 2 + 1, y[order]',
      'x, y = x[10::3], y[10::3]',
    );
    const dataset = await openPrepared(files, chosen, homes);
    expect(dataset.size).toBe(Math.ceil(394 / 3));
    const [x, y] = await dataset.batch([0, 7]);
    const [wholeX, wholeY] = await plain.batch([393, 372]);
    const columns = (row: number): number[] =>
      [2, 3, 4].map((column) => Math.fround((wholeX?.data[row * 13 + column] ?? 0) * 2 + 1));
    [...columns(0), ...columns(1)].forEach((value, i) => expect(x?.data[i]).toBeCloseTo(value, 5));
    expect(Array.from(y?.data ?? [])).toEqual(Array.from(wholeY?.data ?? []));
  });

  it('are those of a pipeline of tf.data, each sample through its functions', async () => {
    const files = memoryFiles({ [`${home}/datasets/boston_housing.npz`]: boston });
    const plain = await openPrepared(files, preparedBy(standardised[0] ?? ''), homes);
    const { fitted, batchSize } = script(
      'import tensorflow as tf',
      standardised[0] ?? '',
      'scale = keras.Sequential([keras.layers.Rescaling(0.5, offset=1.0)])',
      'def prepare(row, price):',
      '    return tf.reshape(row[1:], (3, 4)) - 2, tf.one_hot(tf.cast(price, tf.int32) % 4, 4)',
      'data = tf.data.Dataset.from_tensor_slices((x, y)).map(prepare).shuffle(99).skip(4).batch(16)',
      'data = data.take(5).map(lambda rows, price: (scale(rows), price)).prefetch(tf.data.AUTOTUNE)',
      'model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(4)])',
      'model.compile("sgd", "categorical_crossentropy")',
      'model.fit(data, epochs=2)',
    );
    expect(batchSize?.value).toBe(16);
    const value = fitted?.value;
    if (value === undefined || 'unfollowed' in value) throw new Error('not followed');
    const dataset = await openPrepared(files, value, homes);
    expect([dataset.size, dataset.arrays.map(({ shape }) => shape)]).toEqual([80, [[3, 4], [4]]]);
    const [x, y] = await dataset.batch([0, 79]);
    const [wholeX, wholeY] = await plain.batch([4, 83]);
    for (const row of [0, 1]) {
      for (let i = 0; i < 12; i++)
        expect(x?.data[row * 12 + i]).toBeCloseTo(((wholeX?.data[row * 13 + 1 + i] ?? NaN) - 2) * 0.5 + 1, 5);
      const label = Math.trunc(wholeY?.data[row] ?? NaN) % 4;
      expect(Array.from(y?.data ?? []).slice(row * 4, row * 4 + 4)).toEqual(
        [0, 1, 2, 3].map((c) => Number(c === label)),
      );
    }
  });

  it('leave the part for validation out', async () => {
    const files = memoryFiles({ [`${home}/datasets/boston_housing.npz`]: boston });
    const { fitted } = script(
      standardised[0] ?? '',
      'model = keras.Sequential([keras.layers.Dense(1)])',
      'model.compile("sgd", "mse")',
      'model.fit(x, y, validation_split=0.25, sample_weight=y)',
    );
    const value = fitted?.value;
    if (value === undefined || 'unfollowed' in value) throw new Error('not followed');
    const dataset = await openPrepared(files, value, homes);
    expect(dataset.size).toBe(303);
    expect(dataset.arrays.map(({ name }) => name)).toEqual(['x', 'y', 'sample_weight']);
  });

  it('say where they were looked for', async () => {
    const error: unknown = await openPrepared(memoryFiles({}), preparedBy(...standardised), homes).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error).toMatchObject({
      reason: `keras.datasets.boston_housing is not there: looked for ${home}/datasets/boston_housing.npz`,
      hint: expect.stringContaining('KERAS_HOME') as string,
    });
  });

  it('refuse a file of another length', async () => {
    const other = npz({ x: npy('<f8', [2, 13], new Float64Array(26)), y: npy('<f8', [2], new Float64Array(2)) });
    const files = memoryFiles({ [`${home}/datasets/boston_housing.npz`]: other });
    await expect(openPrepared(files, preparedBy(...standardised), homes)).rejects.toThrow(
      "'x' has 2 samples, keras.datasets.boston_housing has 506",
    );
  });

  it('refuse what mixes samples', async () => {
    const files = memoryFiles({ [`${home}/datasets/boston_housing.npz`]: boston });
    const mixed = preparedBy(standardised[0] ?? '', 'x = np.cumsum(x, axis=0)');
    await expect(openPrepared(files, mixed, homes)).rejects.toThrow(
      /cumsum of \[404, 13\] mixes samples \(train.py:4\)/,
    );
  });
});

describe('facts of fit', () => {
  it('say what is not followed', () => {
    const lines = [
      'model = keras.Sequential([keras.layers.Dense(1)])',
      'model.compile("sgd", "mse")',
      'model.fit(x, y)',
    ];
    expect(script('x, y = np.load("x.npy"), np.load("y.npy")', ...lines).fitted?.value).toEqual({
      unfollowed: expect.stringContaining('numpy.load') as string,
    });
    const assigned = ['(x, y), _ = keras.datasets.boston_housing.load_data()', 'x[0] = 1'];
    expect(script(...assigned, ...lines).fitted?.value).toEqual({
      unfollowed: 'values that are assigned one by one (train.py:4)',
    });
  });

  it('know sizes and classes before the files are there', () => {
    const found = script(
      '(x, y), _ = keras.datasets.cifar10.load_data()',
      'x, classes = x.astype("float32") / 255, np.max(y) + 1',
      'classes = min(classes, len(np.unique(y)))',
      'y = keras.utils.to_categorical(y)',
      'model = keras.Sequential([keras.layers.Flatten(input_shape=x.shape[1:]), keras.layers.Dense(classes)])',
      'model.compile("sgd", "categorical_crossentropy")',
      'model.fit(x, y)',
    ).fitted?.value;
    if (found === undefined || 'unfollowed' in found) throw new Error('not followed');
    const shapes = found.program.outputs.map((position) => found.program.nodes[position]?.shape);
    expect(shapes).toEqual([
      [50_000, 32, 32, 3],
      [50_000, 10],
    ]);
  });
});
