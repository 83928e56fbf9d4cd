import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../../server/src/dataset/dataset';
import { openPrepared } from '../../../server/src/dataset/preparation/openPrepared';
import { readTrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';
import { zip } from '../checkpoint/zipWriter';
import { memoryFiles, npy } from './memoryFiles';

// Rows are those of scikit-learn 1.9.1 on np.arange(404).

const home = '/home/user/.keras';
const boston = zip([
  {
    name: 'x.npy',
    data: npy(
      '<f8',
      [506, 13],
      Float64Array.from({ length: 506 * 13 }, (_, i) => i),
    ),
  },
  {
    name: 'y.npy',
    data: npy(
      '<f8',
      [506],
      Float64Array.from({ length: 506 }, (_, i) => i),
    ),
  },
]);
const files = memoryFiles({ [`${home}/datasets/boston_housing.npz`]: boston });

function fittedBy(...lines: readonly string[]) {
  const { fitted } = readTrainingFacts({
    file: 'train.py',
    source: [
      'import numpy as np',
      'import keras',
      'from sklearn.model_selection import train_test_split',
      '(x, y), _ = keras.datasets.boston_housing.load_data()',
      ...lines,
      'model = keras.Sequential([keras.layers.Dense(1)])',
      'model.compile("sgd", "mse")',
      'model.fit(x, y)',
    ].join('\n'),
    sources: { read: () => undefined, resolveModule: () => undefined },
  });
  return fitted?.value;
}

async function samplesOf(...lines: readonly string[]): Promise<Dataset> {
  const value = fittedBy(...lines);
  if (value === undefined || 'unfollowed' in value) throw new Error(`not followed: ${value?.unfollowed ?? ''}`);
  return openPrepared(files, value, { keras: [home], bases: ['/project'], program: '/project/train.py' });
}

const arraysOf = async (dataset: Dataset, rows: readonly number[]): Promise<number[][]> =>
  (await dataset.batch(rows)).map(({ data }) => Array.from(data, Number));

describe("scikit-learn's train_test_split", () => {
  it.each([
    ['test_size=0.2, random_state=42', 323, [354, 234, 3, 18, 131], 81, [70, 218, 384, 33, 42]],
    ['random_state=7', 303, [392, 386, 84, 256, 332], 101, [227, 98, 80, 188, 382]],
    ['train_size=0.33, random_state=0', 133, [77, 184, 306, 383, 350], 271, [400, 238, 60, 230, 134]],
    ['test_size=50, train_size=100, random_state=1', 100, [315, 287, 67, 291, 119], 50, [360, 62, 374, 92, 146]],
    ['test_size=0.1, shuffle=False', 363, [0, 1, 2, 3, 4], 41, [363, 364, 365, 366, 367]],
  ])('(%s) chooses the same rows', async (options, trainCount, train, testCount, test) => {
    const plain = await samplesOf();
    for (const [names, count, rows] of [
      ['x, _, y, _', trainCount, train],
      ['_, x, _, y', testCount, test],
    ] as const) {
      const part = await samplesOf(`${names} = train_test_split(x, y, ${options})`);
      expect(part.size).toBe(count);
      const found = await arraysOf(part, [0, 1, 2, 3, 4]);
      expect(found).toEqual(await arraysOf(plain, rows));
    }
  });

  it('says that classes are not balanced, and what was drawn without a seed', async () => {
    const { description, size } = await samplesOf('x, _, y, _ = train_test_split(x, y, stratify=y)');
    expect(size).toBe(303);
    expect(description).toContain('stratify of train_test_split not applied');
    expect(description).toContain('without a known random_state, split by seed 0');
  });

  it('keeps the reason of what is not known', () => {
    expect(fittedBy('x, _, y, _ = train_test_split(np.load("x.npy"), y, random_state=0)')).toEqual({
      unfollowed: expect.stringContaining('numpy.load') as string,
    });
    expect(fittedBy('x, _, y, _ = train_test_split(x, y, test_size=np.load("size.npy"))')).toEqual({
      unfollowed: 'a part of train_test_split with arguments that are not known',
    });
  });

  it('chooses among lists of words, too', () => {
    const value = fittedBy(
      '(x, y), _ = keras.datasets.imdb.load_data(num_words=100)',
      'x, _, y, _ = train_test_split(x, y, test_size=5000, random_state=3)',
      'x = keras.preprocessing.sequence.pad_sequences(x, maxlen=12)',
    );
    if (value === undefined || 'unfollowed' in value) throw new Error('not followed');
    expect(value.program.outputs.map((position) => value.program.nodes[position]?.shape)).toEqual([
      [20_000, 12],
      [20_000],
    ]);
  });
});
