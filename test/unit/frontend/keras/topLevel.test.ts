/** Models that a script makes at its top level, where other statements of it cannot be followed: whole, or refused with the reason. */
import { describe, expect, it } from 'vitest';
import type { TracedModel } from '../../../../server/src/frontend/model';
import { topologicalOrder, type Node } from '../../../../server/src/graph/node';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import { noSources } from '../onnx/fixtures';

const header = `
import keras, somewhere
from keras import layers
count = somewhere.count()
missing[0]
`;

const traced = (text: string): TracedModel =>
  traceModel({ file: 'train.py', source: header + text, sources: noSources, limits: { seconds: 60 } });

const widths = ({ stateKeys }: TracedModel): number[] =>
  stateKeys.filter(({ key }) => key.endsWith('bias')).map(({ shape }) => shape[0] ?? NaN);

describe('models of a script that cannot be followed everywhere', () => {
  it('a counted loop adds all of its layers', () => {
    const model = traced(`
x = inputs = keras.Input((8,))
for i in range(20):
    x = layers.Dense(8)(x)
model = keras.Model(inputs, x)
`);
    expect(model.stopped).toBeNull();
    expect(widths(model)).toEqual(Array.from({ length: 20 }, () => 8));
  });

  it.each([
    ['of unknown size', 'model.add(layers.Dense(count))'],
    ['in a branch of an unknown condition', 'if count > 3:\n    model.add(layers.Dense(4))'],
    ['in a loop of unknown length', 'for i in range(count):\n    model.add(layers.Dense(4))'],
    ['in a function of the code', 'def grow(model):\n    model.add(layers.Dense(count))\ngrow(model)'],
  ])('a layer %s is not left out in silence', (_, statement) => {
    const { stopped } = traced(`
model = keras.Sequential([keras.Input((8,)), layers.Dense(3)])
${statement}
model.add(layers.Dense(2))
model.compile("sgd", "mse")
`);
    expect(stopped?.reason).toContain('what is added to the model model is not known');
    expect(stopped?.reason).toContain("module 'somewhere' is not read");
  });

  it('what is fitted but no network is not in the way of a model', () => {
    const model = traced(`
from sklearn.preprocessing import StandardScaler
model = keras.Sequential([keras.Input((8,)), layers.Dense(3)])
scaler = StandardScaler()
scaler.fit(missing)
`);
    expect(model.stopped).toBeNull();
    expect(widths(model)).toEqual([3]);
  });

  it('a list that goes on growing stays what it was for the calls it was given to', () => {
    const model = traced(`
parts = [keras.Input((4,))]
for i in range(3):
    joined = layers.Concatenate()(parts) if i else parts[0]
    parts.append(layers.Dense(2)(joined))
model = keras.Model(parts[0], parts[-1])
`);
    expect(model.stopped).toBeNull();
    expect(model.stateKeys.map(({ shape }) => shape[0])).toEqual([4, 2, 6, 2, 8, 2]);
  });

  it('what an unknown number of iterations carries on is not known', () => {
    const { stopped } = traced(`
x = inputs = keras.Input((8,))
for i in range(count):
    x = layers.Dense(8)(x)
model = keras.Model(inputs, x)
model.compile("sgd", "mse")
`);
    expect(stopped?.reason).toContain('the model model is not known');
  });

  it('a part is not taken for the model that is trained', () => {
    const { stopped } = traced(`
part = keras.Sequential([keras.Input((8,)), layers.Dense(3)])
model = keras.Sequential([part, layers.Dense(count)])
model.compile("sgd", "mse")
model.fit(x, y)
`);
    expect(stopped?.reason).toContain('the model model is not known');
    expect(stopped?.line).toBe(8);
  });
});

const subclass = (inConstructor: string, inCall: string): string => `
class Network(keras.Model):
    def __init__(self):
        super().__init__()
        self.blocks = []
        ${inConstructor}
        self.head = layers.Dense(2)
    def call(self, x):
        for block in self.blocks:
            x = block(x)
        ${inCall}
        return self.head(x)
model = Network()
model.build((None, 4))
`;

describe('layers that a constructor keeps', () => {
  it.each([
    ['a layer of unknown size in a list', 'self.blocks.append(layers.Dense(count))', 'pass'],
    ['layers added to a list', 'self.blocks += [layers.Dense(count)]', 'pass'],
    ['layers in a branch', 'if count > 3:\n            self.blocks.append(layers.Dense(3))', 'pass'],
    ['layers in a loop', 'for i in range(count):\n            self.blocks.append(layers.Dense(3))', 'pass'],
    [
      'an attribute',
      'self.extra = None\n        if count > 3:\n            self.extra = layers.Dense(3)',
      'x = x if self.extra is None else self.extra(x)',
    ],
    [
      'a size',
      'self.size = 3\n        if count > 3:\n            self.size = 5\n        self.blocks.append(layers.Dense(self.size))',
      'pass',
    ],
    [
      'layers of a dictionary',
      "self.named = {}\n        if count > 3:\n            self.named['a'] = layers.Dense(3)",
      'for name in self.named:\n            x = self.named[name](x)',
    ],
  ])('%s that are not known are not left out in silence', (_, inConstructor, inCall) => {
    const { stopped } = traced(subclass(inConstructor, inCall));
    expect(stopped?.reason).toContain("module 'somewhere' is not read");
  });

  it('are all there where they are known', () => {
    const model = traced(subclass('if 4 > 3:\n            self.blocks.append(layers.Dense(3))', 'pass'));
    expect(model.stopped).toBeNull();
    expect(widths(model)).toEqual([3, 2]);
  });

  it('a list at the top level that lacks a layer is not known', () => {
    const { stopped } = traced(`
parts = [keras.Input((4,))]
parts.append(layers.Dense(count))
model = keras.Sequential(parts)
model.compile("sgd", "mse")
`);
    expect(stopped?.reason).toContain("module 'somewhere' is not read");
  });
});

const encoder = `
import keras
from keras import backend as K
from keras import layers, losses
x = keras.Input((6,))
mean, spread = layers.Dense(2)(x), layers.Dense(2)(x)
model = keras.Model(x, layers.Dense(6)(mean + 0.1 * spread))
def divergence():
    return -0.5 * K.sum(1 + spread - K.square(mean) - K.exp(spread), axis=-1)
`;

describe('losses of the code that use tensors of the graph', () => {
  it.each([
    [
      'in a function that compile is given',
      'model.compile("sgd", lambda a, b: losses.mean_squared_error(a, b) + divergence())',
    ],
    [
      'by add_loss',
      'model.add_loss(K.mean(losses.mean_squared_error(x, model.output) + divergence()))\nmodel.compile("sgd")',
    ],
  ])('%s', (_, statements) => {
    const { stopped, loss, parameters } = traceModel({
      file: 'train.py',
      source: `${encoder}\n${statements}\n`,
      sources: noSources,
      loss: { kind: 'own' },
      limits: { seconds: 60 },
    });
    expect(stopped).toBeNull();
    expect(loss?.node.shape).toEqual([]);
    const reached = new Set<Node>(topologicalOrder(loss === undefined ? [] : [loss.node]));
    expect(parameters.filter(({ node }) => !reached.has(node)).map(({ name }) => name)).toEqual([]);
  });

  it('a loss that could not be added is not left out in silence', () => {
    const { stopped } = traced(`
inputs = keras.Input((8,))
model = keras.Model(inputs, layers.Dense(2)(inputs))
model.add_loss(count * keras.ops.mean(model.output))
model.compile("sgd", "mse")
`);
    expect(stopped?.reason).toContain('what is added to the model model is not known');
  });

  it.each([
    ['a layer whose call could not be followed', 'broken = Unread()(keras.Input((8,)))'],
    ['a scope whose body could not be followed', "with keras.name_scope('left'):\n    Unread()(keras.Input((8,)))"],
  ])('names of layers are not below %s', (_, statement) => {
    const model = traced(`
class Unread(layers.Layer):
    def call(self, x):
        return x if somewhere.size() > 3 else None
${statement}
inputs = keras.Input((8,))
model = keras.Model(inputs, layers.Dense(3)(inputs))
`);
    expect(model.stateKeys.map(({ key }) => key)).toEqual(['dense/kernel', 'dense/bias']);
  });

  it.each([
    ['is told of beside the one that is known', 'unknown', /^the program compiles whole, too, which is not known: /],
    ['that is known is not told of', 'known', undefined],
  ])('another compiled model %s', (_, kind, expected) => {
    const size = kind === 'known' ? 'model.output_shape[-1]' : 'count';
    const { stopped, notes = [] } = traced(`
model = keras.Sequential([keras.Input((8,)), layers.Dense(3)])
model.compile("sgd", "mse")
inputs = keras.Input((8,))
whole = keras.Model(inputs, layers.Dense(${size})(model(inputs)))
whole.compile("sgd", "mse")
`);
    expect(stopped).toBeNull();
    expect(notes).toEqual(expected === undefined ? [] : [expect.stringMatching(expected)]);
  });
});

describe('tables that a script computes number by number', () => {
  it('are followed to their end, as large as those of usual models', () => {
    const model = traced(`
import numpy as np
table = np.array([[pos / np.power(10000, 2 * (j // 2) / 128) for j in range(128)] for pos in range(256)])
table[:, 0::2] = np.sin(table[:, 0::2])
model = keras.Sequential([keras.Input((4,)), layers.Dense(table.shape[1])])
`);
    expect(model.stopped).toBeNull();
    expect(widths(model)).toEqual([128]);
  });
});
