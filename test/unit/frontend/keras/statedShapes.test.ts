/** Shapes of inputs that a script takes from data which are not here: somebody says them, or is told what to say. */
import { describe, expect, it } from 'vitest';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import type { InputSpec, TracedModel } from '../../../../server/src/frontend/model';
import { noSources } from '../onnx/fixtures';

const header = `
import keras, pandas
from keras import layers
table = pandas.read_csv("readings.csv")
`;

const traced = (text: string, ...samples: number[][]): TracedModel =>
  traceModel({
    file: 'train.py',
    source: header + text,
    sources: noSources,
    ...(samples.length === 0 ? {} : { inputs: samples.map((sample): InputSpec => ({ kind: 'shape', sample })) }),
  });

const firstShape = ({ stateKeys }: TracedModel): readonly number[] | undefined => stateKeys[0]?.shape;

describe('the shape of an input that data decide', () => {
  const sequential = `
model = keras.Sequential([layers.Input(shape=(table.shape[1], 5)), layers.LSTM(3), layers.Dense(1)])
model.compile("adam", "mse")
`;

  it.each([
    ['of a Sequential model', sequential, [7, 5], [5, 12]],
    ['of a first layer', 'model = keras.Sequential([layers.Dense(4, input_dim=table.shape[1])])', [9], [9, 4]],
    [
      'of a first layer, as a shape',
      'model = keras.Sequential([layers.Dense(4, input_shape=table.shape[1:])])',
      [9],
      [9, 4],
    ],
    ['of a graph', 'i = keras.Input(table.shape[1:])\nmodel = keras.Model(i, layers.Dense(2)(i))', [6], [6, 2]],
    [
      'with its batch',
      'i = keras.Input(batch_shape=(None, table.shape[1]))\nmodel = keras.Model(i, layers.Dense(2)(i))',
      [6],
      [6, 2],
    ],
  ])('is taken from what is said: %s', (_, text, sample, shape) => {
    const model = traced(text, sample);
    expect(model.stopped).toBeNull();
    expect(firstShape(model)).toEqual(shape);
  });

  it('is taken in the order of the inputs, of which others may be known', () => {
    const model = traced(
      `
a, b = keras.Input((4,)), keras.Input(table.shape[1:])
model = keras.Model([a, b], layers.Dense(2)(layers.concatenate([a, b])))
`,
      [4],
      [3],
    );
    expect(model.stopped).toBeNull();
    expect(firstShape(model)).toEqual([7, 2]);
  });

  it('does not take the place of what the code says', () => {
    expect(traced(sequential, [7, 6]).stopped?.reason).toContain('(2x6 and 5x12)');
  });

  it('is asked for, with the first cause and its line', () => {
    const { stopped } = traced(sequential);
    expect(stopped?.reason).toBe(
      "the model model is not known: the shape of an input is not known: module 'pandas' is not read (line 2)",
    );
    expect(stopped?.line).toBe(6);
    expect(stopped?.hint).toContain('--input 28x28x1');
  });

  it('is told once, however much depends on it', () => {
    const { stopped } = traced(`
width = int(table.shape[1] * 2) + 1
depth = max(width, 3) if width > 4 else 2
def build_model(width, depth):
    return keras.Sequential([keras.Input((4,))] + [layers.Dense(width) for _ in range(depth)])
model = build_model(width, depth)
model.fit(table, table)
`);
    expect(stopped?.reason.match(/module 'pandas' is not read/g)).toHaveLength(1);
    expect(stopped?.reason).not.toMatch(/does not determine.*does not determine/);
    expect(stopped?.hint).toBe('Say its arguments with --model "build_model(width=…, depth=…)"');
  });
});

describe('names in a call that names the model', () => {
  it('are those of Keras where the file has none', () => {
    const source =
      'from keras import Model\nfrom keras.layers import Dense\ndef body(i, n):\n    return Model(i, Dense(n)(i))\n';
    const { stopped, stateKeys } = traceModel({
      file: 'body.py',
      source,
      sources: noSources,
      model: 'body(Input(shape=(4,)), 3)',
    });
    expect(stopped).toBeNull();
    expect(stateKeys.map(({ shape }) => shape)).toEqual([[4, 3], [3]]);
  });
});
