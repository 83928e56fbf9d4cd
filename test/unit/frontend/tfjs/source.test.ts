/** Models in JavaScript: what TensorFlow.js itself makes and computes, against what is read of their source. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, test } from 'vitest';
// The same file that is read as text.
import * as models from '../../../fixtures/tfjs/models.js';
import { expectSameModel } from './comparison';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('models in JavaScript', () => {
  test.each(['perceptron', 'convolutional', 'recurrent', 'branched'] as const)('%s', (name) => {
    expectSameModel(models[name](), 'models.js', `${name}()`);
  });
});
