/** Layers of tensorflow_addons and keras_contrib, functions of Keras 1's initializations, and methods that are given to models. Parameters are counted by hand. */
import { expect, it } from 'vitest';
import type { TracedModel } from '../../../../server/src/frontend/model';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import { noSources } from '../onnx/fixtures';

const traced = (text: string): TracedModel =>
  traceModel({ file: 'old.py', source: text, sources: noSources, model: 'build()', limits: { seconds: 60 } });

const header = `
from keras import backend as K
from keras.layers import *
from keras.models import Model
`;

it.each([
  ['tensorflow_addons', 'import tensorflow_addons as tfa', 'tfa.layers.InstanceNormalization()', 2 * 6],
  [
    'keras_contrib, of everything',
    'from keras_contrib.layers.normalization.instancenormalization import InstanceNormalization as N',
    'N()',
    2,
  ],
  ['keras_contrib, of channels', 'from keras_contrib.layers import InstanceNormalization as N', 'N(axis=-1)', 2 * 6],
])('instance normalisation of %s', (_, statement, layer, count) => {
  const model = traced(`${header}${statement}
def build():
    i = Input((5, 5, 6))
    return Model(i, ${layer}(i))
`);
  expect(model.stopped).toBeNull();
  expect(model.totalParameters).toBe(count);
});

it('functions of a shape that Keras 1 initialises with', () => {
  const model = traced(`${header}from keras import initializations
def small(shape, name=None):
    return initializations.normal(shape, scale=0.01, name=name)
def build():
    i = Input((1,), dtype='int32')
    x = Flatten()(Embedding(10, 4, init=small, input_length=1)(i))
    for k in xrange(2):
        x = Dense(4)(x)
    return Model(i, x)
`);
  expect(model.stopped).toBeNull();
  expect(model.totalParameters).toBe(10 * 4 + 2 * 20);
});

it('methods that are bound to a model, train among them', () => {
  const model = traced(`${header}from types import MethodType
def train(model, annotations, epochs=5):
    raise RuntimeError('not called')
def build():
    i = Input((3,))
    m = Model(i, Dense(i.shape[-1].value)(i))
    m.train = MethodType(train, m)
    return m
`);
  expect(model.stopped).toBeNull();
  expect(model.totalParameters).toBe(12);
});

it('a merging layer of the code, a function of every sample, and scopes of the graph', () => {
  const model = traced(`${header}import tensorflow as tf
from keras.layers.merge import _Merge
class Weighted(_Merge):
    def _merge_function(self, inputs):
        return 0.25 * inputs[0] + 0.75 * inputs[1]
class Scoped(Layer):
    def build(self, shape):
        with K.name_scope('inner'):
            self.d = Dense(2, name='d')
            self.d.build(shape)
    def call(self, x):
        return self.d(x)
def build():
    i = Input((3,))
    rows = Lambda(lambda x: K.map_fn(lambda row: row * 2.0, x))(i)
    return Model(i, Scoped(name='s')(Weighted()([i, rows])))
`);
  expect(model.stopped).toBeNull();
  expect(model.stateKeys.map(({ key }) => key)).toEqual(['s/d/kernel', 's/d/bias']);
});
