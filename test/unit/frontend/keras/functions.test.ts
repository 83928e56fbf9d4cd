/** Functions of Keras give what Keras gives (test/fixtures/keras/functions.py, resizing.py). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import type { Shape } from '../../../../server/src/graph/primitives';
import { noSources } from '../onnx/fixtures';
import { data, evaluate, folder } from './recorded';

interface Written {
  readonly text: string;
  readonly input: Shape;
  readonly shape: Shape;
  readonly values: readonly number[];
  readonly sum: number;
}

const written = ['functions.json', 'resizing.json'].flatMap(
  (name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as readonly Written[],
);

/** Constants of a trace are in single precision, where the code gives them no other. */
const TOLERANCE = 1e-6;

describe('functions of Keras', () => {
  it.each(written)('$text', async ({ text, input, shape, values, sum }) => {
    const source = `
import keras
import tensorflow as tf
from keras import activations, applications, layers, losses, ops
from keras import backend as K
class Function(keras.Model):
    def call(self, x):
        return ${text}
`;
    const model = traceModel({
      file: 'model.py',
      source,
      sources: noSources,
      model: 'Function()',
      inputs: [{ kind: 'shape', sample: input.slice(1) }],
      batch: input[0] ?? 1,
      precision: 'float64',
      limits: { seconds: 60 },
    });
    if (model.outputNode === undefined) throw new Error(model.stopped?.reason);
    expect(model.outputNode.shape).toEqual(shape);
    const recorded = {
      name: text,
      inputs: [[input, null]] as const,
      weights: [],
      parameters: 0,
      output: shape,
      values,
      sum,
    };
    const found = data((await evaluate(model, recorded, [model.outputNode]))[0]);
    const scale = 1 + Math.max(...values.map(Math.abs));
    values.forEach((value, i) => expect(Math.abs((found[i] ?? NaN) - value)).toBeLessThan(TOLERANCE * scale));
    const total = found.reduce((all, x) => all + x, 0);
    expect(Math.abs(total - sum)).toBeLessThan(TOLERANCE * scale * found.length);
  });
});
