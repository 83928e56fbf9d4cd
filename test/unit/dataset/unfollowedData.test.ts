/** Data that are not followed, as docs/data.md lists them: each is said by its name. */
import { describe, expect, it } from 'vitest';
import { openPrepared } from '../../../server/src/dataset/preparation/openPrepared';
import { readTrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';
import { memoryFiles } from './memoryFiles';

function fittedBy(data: string) {
  const { fitted } = readTrainingFacts({
    file: 'train.py',
    source: [
      'import keras',
      'import numpy as np',
      'import tensorflow as tf',
      'import tensorflow_datasets as tfds',
      'from keras.preprocessing.image import ImageDataGenerator',
      data,
      'model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2)])',
      'model.compile("sgd", "mse")',
      'model.fit(data)',
    ].join('\n'),
    sources: { read: () => undefined, resolveModule: () => undefined },
  });
  return fitted?.value;
}

describe('data that are not followed', () => {
  it.each([
    ['keras.utils.text_dataset_from_directory("reviews")', 'keras.utils.text_dataset_from_directory is not read'],
    [
      'keras.utils.timeseries_dataset_from_array(np.zeros((100, 3)), np.zeros(100), sequence_length=10)',
      'keras.utils.timeseries_dataset_from_array is not read',
    ],
    [
      'keras.preprocessing.timeseries_dataset_from_array(np.zeros((100, 3)), np.zeros(100), sequence_length=10)',
      'keras.preprocessing.timeseries_dataset_from_array is not read',
    ],
    [
      'tfds.load("mnist", split="train").map(lambda x, y: (x / 255, y)).batch(32)',
      "module 'tensorflow_datasets' is not read",
    ],
    [
      'ImageDataGenerator(validation_split=0.2).flow_from_directory("pics", subset="training")',
      'a part of a folder of images of an ImageDataGenerator',
    ],
    ['tf.data.Dataset.list_files("pics/*.png").map(tf.io.read_file)', 'tf.data.Dataset.list_files is not followed'],
    ['tf.data.Dataset.from_generator(iter, tf.int32).batch(8)', 'tf.data.Dataset.from_generator is not followed'],
    [
      'tf.data.Dataset.from_tensor_slices(np.zeros((9, 3))).filter(lambda x: x[0] > 1)',
      'tf.data.Dataset.filter is not followed',
    ],
  ])('%s', (made, reason) => {
    expect(fittedBy(`data = ${made}`)).toEqual({ unfollowed: reason });
  });

  it('another interpolation of images is refused where the folder is opened', async () => {
    const value = fittedBy(
      'data = keras.utils.image_dataset_from_directory("pics", image_size=(3, 2), interpolation="lanczos3")',
    );
    if (value === undefined || 'unfollowed' in value) throw new Error('not followed');
    const files = memoryFiles({
      '/project/pics/a/1.png': new Uint8Array(8),
      '/project/pics/b/1.png': new Uint8Array(8),
    });
    await expect(
      openPrepared(files, value, { keras: [], bases: ['/project'], program: '/project/train.py' }),
    ).rejects.toThrow(/lanczos3/);
  });
});
