/** Losses by their names, of `tf.losses` and of the code's own: what TensorFlow.js trains with, against the compiled model that is read. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { evaluate } from '../../../../server/src/graph/evaluate/evaluate';
import type { Node } from '../../../../server/src/graph/node';
import type { ConstantData } from '../../../../server/src/graph/primitives';
import { models } from '../../../fixtures/tfjs/losses.js';
import { feedsFor, filled, tracedFixture } from './comparison';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** One class of three is right for each sample: a target for every kind of loss. */
const labels = [1, 0, 0, 0, 0, 1, 0, 1, 0];

describe('losses', () => {
  test.each(Object.keys(models))('%s', async (name) => {
    const original = models[name]?.();
    if (original === undefined) throw new RangeError(name);
    const model = tracedFixture('losses.js', `models.${name}()`);
    const { feeds, x } = feedsFor(model, filled(original));
    const { loss } = model;
    if (loss === undefined) throw new RangeError('no loss');
    const all = new Map<Node, ConstantData>([
      ...feeds,
      ...loss.targets.map(({ node }) => [node, given(node)] as const),
    ]);
    const [own] = evaluate([loss.node], all);
    // Penalties count in training only.
    const value = Number(await original.trainOnBatch(tf.tensor(x, [3, 5]), tf.tensor(labels, [3, 3])));
    expect(Math.abs((own?.[0] ?? NaN) - value) / Math.abs(value)).toBeLessThan(2e-5);
  });

  /** Classes as numbers, where the loss takes these. */
  const given = ({ shape }: Node): ConstantData =>
    shape.length === 2 ? Float64Array.from(labels) : Int32Array.from([0, 2, 1]);

  test('none is left out', () => {
    expect(
      Object.keys(tf.losses)
        .filter((name) => !['computeWeightedLoss', 'cosineDistance', 'meanSquaredError'].includes(name))
        .filter((name) => !(name in models)),
    ).toEqual([]);
  });
});
