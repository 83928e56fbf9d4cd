/** Every layer of TensorFlow.js: built by itself and out of its source text, and the two compared. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { models } from '../../../fixtures/tfjs/everyLayer.js';
import { expectSameModel } from './comparison';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Whose derivative TensorFlow.js refuses, or fails at. */
const withoutGradient = new Set([
  'batchNormalization without scale',
  'conv1d',
  'conv2d dilated',
  'conv3dTranspose',
  'layerNormalization without scale',
]);

/** What no model can have: a cell that no layer takes, a size that is drawn at every call, a layer that fails in a model. */
const unusable = ['convLstm2dCell', 'randomWidth', 'resizing'];

describe('layers', () => {
  test.each(Object.keys(models))('%s', (name) => {
    const make = models[name];
    if (make === undefined) throw new RangeError(name);
    expectSameModel(
      make(),
      'everyLayer.js',
      `models[${JSON.stringify(name)}]()`,
      withoutGradient.has(name) ? 'differences' : 'derivative',
    );
  });

  test('none is left out', () => {
    const tested = new Set(Object.keys(models).map((name) => name.split(' ')[0]));
    const classes = ['Layer', 'RNN', 'RNNCell'];
    const left = [...classes, ...unusable];
    expect(Object.keys(tf.layers).filter((name) => !tested.has(name) && !left.includes(name))).toEqual([]);
  });
});
