/** Functions of TensorFlow.js that layers and losses of code's own use: run by itself and out of their source text. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, test } from 'vitest';
import { models } from '../../../fixtures/tfjs/everyFunction.js';
import { expectSameModel } from './comparison';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** Whose derivative TensorFlow.js refuses, or has wrong (of images that are not square, of averages with padding, of padding by mirrors). */
const withoutGradient = new Set([
  'all',
  'any',
  'avgPool',
  'avgPool3d',
  'cast',
  'comparisons',
  'depthToSpace',
  'diag',
  'divNoNan',
  'einsum',
  'flipLeftRight',
  'floorDiv',
  'logSigmoid',
  'losses.absoluteDifference',
  'losses.softmaxCrossEntropy',
  'mirrorPad',
  'norm',
  'resizeBilinear',
  'resizeNearestNeighbor',
  'rgbToGrayscale',
  'stridedSlice',
  'the layer resizing',
  'topk',
  'where',
]);

describe('functions', () => {
  test.each(Object.keys(models))('%s', (name) => {
    const make = models[name];
    if (make === undefined) throw new RangeError(name);
    expectSameModel(
      make(),
      'everyFunction.js',
      `models[${JSON.stringify(name)}]()`,
      withoutGradient.has(name) ? 'differences' : 'derivative',
    );
  });
});
