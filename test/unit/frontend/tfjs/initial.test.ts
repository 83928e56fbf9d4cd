/** Initial kernels are drawn from the distributions of TensorFlow.js: of the same deviation, and within the same bounds. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { models } from '../../../fixtures/tfjs/initial.js';
import { tracedFixture } from './comparison';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const deviation = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, each) => sum + each * each, 0) / values.length);
const bound = (values: ArrayLike<number>): number => Array.from(values).reduce((most, each) => Math.max(most, each), 0);

describe('initial values', () => {
  test.each(Object.keys(models))('%s', (name) => {
    const truth = models[name]?.().getWeights()[0]?.dataSync() ?? [];
    const own = tracedFixture('initial.js', `models[${JSON.stringify(name)}]()`).parameters[0]?.initial() ?? [];
    expect(own.length).toBe(truth.length);
    // Of 60,000 draws the deviation is known to 0.3 %, the ratio of two to 0.4 %: five times that fails once in a million runs.
    expect(Math.abs(deviation(own) / deviation(truth) - 1)).toBeLessThan(0.02);
    if (!name.startsWith('randomNormal')) expect(bound(own) / bound(truth)).toBeCloseTo(1, 1.7);
  });
});
