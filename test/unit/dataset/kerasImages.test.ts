import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../../server/src/dataset/dataset';
import { openPrepared } from '../../../server/src/dataset/preparation/openPrepared';
import { readTrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';
import { memoryFiles } from './memoryFiles';
import { bytesOf } from './recordedFiles';

// Images of 2 × 3 and 4 × 2 pixels as TensorFlow's encode_png wrote them; expected values are those of Keras 3.15's
// image_dataset_from_directory(…, image_size=(3, 2)).
const first =
  'iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAF0lEQVQImWNkYGbj5OTk5ORkkZaWhrAABwoAzJQzxmwAAAAASUVORK5CYII=';
const second =
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAAECAIAAAArjXluAAAAGElEQVQImWNg0AioWHCC6cOHDx8+fEClAOhQEz9sm86cAAAAAElFTkSuQmCC';
const files = memoryFiles({ '/project/pics/a/1.png': bytesOf(first), '/project/pics/b/1.png': bytesOf(second) });
const pixels = [
  [
    2.25, 5.25, 8.25, 15.75, 18.75, 21.75, 15.75, 18.75, 21.75, 29.25, 32.25, 35.25, 29.25, 32.25, 35.25, 42.75, 45.75,
    48.75,
  ],
  [
    40, 37.3333, 77.3333, 117.3333, 157.3333, 197.3333, 232, 16, 56, 96, 136, 176, 210.6667, 208, 34.6667, 74.6667,
    114.6667, 154.6667,
  ],
];

async function samplesOf(...lines: readonly string[]): Promise<Dataset> {
  const { fitted } = readTrainingFacts({
    file: 'train.py',
    source: [
      'import keras',
      'from keras.preprocessing.image import ImageDataGenerator',
      ...lines,
      'model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2)])',
      'model.compile("sgd", "mse")',
      'model.fit(data)',
    ].join('\n'),
    sources: { read: () => undefined, resolveModule: () => undefined },
  });
  const value = fitted?.value;
  if (value === undefined || 'unfollowed' in value) throw new Error(`not followed: ${value?.unfollowed ?? ''}`);
  return openPrepared(files, value, { keras: [], bases: ['/elsewhere', '/project'], program: '/project/train.py' });
}

const make = 'keras.utils.image_dataset_from_directory("pics", image_size=(3, 2), shuffle=False';

describe("Keras's folders of images", () => {
  it('are resized as TensorFlow does it, and numbered by the names of their folders', async () => {
    const dataset = await samplesOf(`data = ${make})`);
    expect(dataset.arrays.map(({ shape, dtype }) => [shape, dtype])).toEqual([
      [[3, 2, 3], 'float'],
      [[], 'int'],
    ]);
    const [x, y] = await dataset.batch([0, 1]);
    pixels.flat().forEach((value, i) => expect(x?.data[i]).toBeCloseTo(value, 3));
    expect(Array.from(y?.data ?? [])).toEqual([0, 1]);
  });

  it('go through the functions of the code, with class vectors as wide as there are folders', async () => {
    const dataset = await samplesOf(
      `data = ${make}, label_mode="categorical", batch_size=2)`,
      'data = data.map(lambda x, y: (x / 255.0, y)).prefetch(2)',
    );
    const [x, y] = await dataset.batch([1]);
    expect(x?.data[0]).toBeCloseTo(40 / 255, 6);
    expect(Array.from(y?.data ?? [])).toEqual([0, 1]);
  });

  it('are split by the seed', async () => {
    const part = async (subset: string): Promise<number[]> => {
      const dataset = await samplesOf(
        `data = keras.utils.image_dataset_from_directory("pics", image_size=(3, 2), seed=5, validation_split=0.5, subset="${subset}")`,
      );
      const [, y] = await dataset.batch([0]);
      return [dataset.size, ...Array.from(y?.data ?? [])];
    };
    const [train, validation] = [await part('training'), await part('validation')];
    expect([train[0], validation[0], (train[1] ?? 0) + (validation[1] ?? 0)]).toEqual([1, 1, 1]);
  });

  it('come from a generator rescaled, its random changes left out', async () => {
    const dataset = await samplesOf(
      'data = ImageDataGenerator(rescale=1 / 255, zoom_range=0.2, rotation_range=20).flow_from_directory("pics", target_size=(4, 2), class_mode="binary", color_mode="grayscale")',
    );
    expect(dataset.arrays.map(({ shape }) => shape)).toEqual([[4, 2, 1], [1]]);
    for (const change of ['zoom_range', 'rotation_range'])
      expect(dataset.description).toContain(`${change} of ImageDataGenerator not applied`);
    const [x] = await dataset.batch([1]);
    // Pillow's weights of (0, 40, 80): (40 · 38470 + 80 · 7471 + 2¹⁵) / 2¹⁶.
    expect((x?.data[0] ?? 0) * 255).toBeCloseTo(33, 4);
  });

  it('say where the folder was looked for', async () => {
    await expect(samplesOf(`data = ${make.replace('pics', 'photos')})`)).rejects.toThrow(
      "the folder of images 'photos' is not there: looked for /elsewhere/photos, /project/photos",
    );
  });
});
