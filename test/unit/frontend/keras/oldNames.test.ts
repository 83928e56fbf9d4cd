/** Spellings of Keras 1 and 2 make the models that those versions made; numbers of parameters are counted by hand. */
import { describe, expect, it } from 'vitest';
import type { TracedModel } from '../../../../server/src/frontend/model';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import { noSources } from '../onnx/fixtures';

const header = `
from keras import backend as K
from keras.engine.topology import Layer
from keras.layers import *
from keras.models import Model, Sequential
`;

const traced = (text: string): TracedModel =>
  traceModel({ file: 'old.py', source: header + text, sources: noSources, model: 'build()', limits: { seconds: 60 } });

const counted = (model: TracedModel): number =>
  model.stateKeys.reduce((sum, { shape }) => sum + shape.reduce((all, size) => all * size, 1), 0);

describe('old spellings of Keras', () => {
  it.each([
    ['the name first, the shape by name', "'w', shape=(4, 3), initializer='ones'"],
    ['the name, the shape, the type', "'w', (4, 3), tf.float32, 'ones'"],
    ['the shape first', "(4, 3), 'ones', name='w'"],
    ['the shape and an initialiser of Keras 1', "(4, 3), init='ones'"],
  ])('weights with %s', (_, args) => {
    const model = traced(`
import tensorflow as tf
from keras.backend.common import normalize_data_format
class Product(Layer):
    def build(self, shape):
        self.layout = normalize_data_format(None)
        self.w = self.add_weight(${args})
    def call(self, x):
        return K.dot(x, self.w) if self.layout == 'channels_last' else x
def build():
    inputs = Input((4,))
    return Model(inputs, Product()(inputs))
`);
    expect(model.stopped).toBeNull();
    expect(counted(model)).toBe(12);
    expect([...(model.parameters[0]?.initial() ?? [])]).toEqual(Array.from({ length: 12 }, () => 1));
  });

  it('a depthwise convolution takes what initialises other kernels, and makes nothing of it', () => {
    const model = traced(`
def build():
    convolution = DepthwiseConv2D(3, kernel_initializer='zeros', kernel_regularizer='l2', input_shape=(8, 8, 3))
    return Sequential([convolution])
`);
    expect(model.stopped).toBeNull();
    expect(counted(model)).toBe(3 * 3 * 3 + 3);
    expect(Math.max(...(model.parameters[0]?.initial() ?? []))).toBeGreaterThan(0);
  });

  it('images of Theano have their channels first', () => {
    const model = traced(`
K.set_image_dim_ordering("th")
def build():
    model = Sequential()
    model.add(Convolution2D(20, 5, 5, border_mode="same", input_shape=(1, 28, 28)))
    model.add(MaxPooling2D(pool_size=(2, 2)))
    model.add(Flatten())
    model.add(Dense(output_dim=10))
    return model
`);
    expect(model.stopped).toBeNull();
    expect(counted(model)).toBe(20 * 25 + 20 + 20 * 14 * 14 * 10 + 10);
    expect(model.stateKeys[0]?.key).toBe('sequential/conv2d/kernel');
    expect(model.inputs.map(({ shape }) => shape)).toEqual([[2, 1, 28, 28]]);
  });

  it('a first layer that merges models gives the model both inputs', () => {
    const model = traced(`
def build():
    left, right = Sequential(), Sequential([Dense(4, input_shape=(5,))])
    left.add(Dense(4, input_dim=3))
    model = Sequential()
    model.add(Merge([left, right], mode="concat", concat_axis=1))
    model.add(Dense(2))
    return model
`);
    expect(model.stopped).toBeNull();
    expect(model.inputs.map(({ shape }) => shape)).toEqual([
      [2, 3],
      [2, 5],
    ]);
    expect(counted(model)).toBe(3 * 4 + 4 + 5 * 4 + 4 + 8 * 2 + 2);
  });

  it('a layer says which tensors are its weights', () => {
    const model = traced(`
class Scale(Layer):
    def build(self, input_shape):
        self.gamma = K.variable(K.ones((input_shape[-1],)), name="gamma")
        self.offset = K.variable(K.zeros((input_shape[-1],)), name="offset")
        self.fixed = K.variable(K.ones((7,)), name="fixed")
        self.trainable_weights = [self.gamma, self.offset]
    def call(self, x, mask=None):
        return self.gamma * x + self.offset
def build():
    return Sequential([Dense(3, input_dim=2), Scale(name="scale")])
`);
    expect(model.stopped).toBeNull();
    expect(model.stateKeys.map(({ key }) => key)).toEqual([
      'sequential/dense/kernel',
      'sequential/dense/bias',
      'sequential/scale/gamma',
      'sequential/scale/offset',
    ]);
  });

  it('ends of layers make other models', () => {
    const model = traced(`
from keras.applications.vgg16 import VGG16
def build():
    base = VGG16(weights=None, include_top=False, input_shape=(32, 32, 3))
    x = GlobalAveragePooling2D()(base.get_layer("block2_conv2").output)
    model = Model(input=base.input, output=Dense(2)(x))
    assert model.layers[1].output_shape == (None, 32, 32, 64)
    return model
`);
    expect(model.stopped).toBeNull();
    const convolutions = [3 * 64, 64 * 64, 64 * 128, 128 * 128].reduce((sum, size) => sum + 9 * size, 0);
    expect(counted(model)).toBe(convolutions + 2 * 64 + 2 * 128 + 128 * 2 + 2);
  });

  it('a product of more axes has no batch, and axes may be lists', () => {
    const model = traced(`
class Bilinear(Layer):
    def build(self, shape):
        self.form = self.add_weight((3, shape[-1], shape[-1]), name="form")
    def call(self, x):
        product = K.permute_dimensions(K.dot(x, self.form), (0, 2, 1))
        return K.batch_dot(K.expand_dims(x, 2), product, axes=[[1], [1]])[:, 0, :]
def build():
    x = Input((4,))
    return Model(x, Bilinear()(x))
`);
    expect(model.stopped).toBeNull();
    expect(model.outputNode?.shape).toEqual([2, 3]);
  });

  it('a layer that builds others itself asks for their output shapes', () => {
    const model = traced(`
class Block(Layer):
    def build(self, shape):
        self.parts = []
        for width in (8, 5):
            self.parts.append(Conv1D(width, 3, padding="causal"))
            self.parts[-1].build(shape)
            shape = self.parts[-1].compute_output_shape(shape)
        super().build(shape)
    def call(self, x):
        for part in self.parts:
            x = part(x)
        return x
def build():
    return Sequential([Input((None, 4)), Block(), GlobalAveragePooling1D()])
`);
    expect(model.stopped).toBeNull();
    expect(counted(model)).toBe(4 * 8 * 3 + 8 + 8 * 5 * 3 + 5);
    expect(model.outputNode?.shape).toEqual([2, 5]);
  });

  it('inputs are found under their old numbers', () => {
    const model = traced(`
def build():
    a, b = Input((4,)), Input((3,))
    whole = Model([a, b], Dense(2)(concatenate([a, b])))
    x = whole.get_layer("input_2").output
    return Model(x, Dense(5)(x))
`);
    expect(model.stopped).toBeNull();
    expect(counted(model)).toBe(3 * 5 + 5);
  });

  it('the third argument of compile may name metrics', () => {
    const model = traced(`
def build():
    model = Sequential([Dense(3, input_dim=2, activation="softmax")])
    model.compile("sgd", "categorical_crossentropy", ["acc"])
    return model
`);
    expect(model.stopped).toBeNull();
    expect(model.loss).toBeDefined();
  });

  it('rows of a large identity are taken without it', () => {
    const model = traced(`
def build():
    x = Input((6,), dtype="int32")
    rows = Lambda(lambda each: keras.ops.take(keras.ops.eye(50000), each, axis=0))(x)
    return Model(x, Dense(2)(rows))
import keras
`);
    expect(model.stopped).toBeNull();
    expect(counted(model)).toBe(50000 * 2 + 2);
  });

  it('a layer reads the sizes that Keras 2 notes of its input', () => {
    const model = traced(`
class Grid(Layer):
    def build(self, shape):
        self.scale = self.add_weight(name="scale", shape=(shape[-1],))
    def call(self, x):
        batch, width, channels = x._keras_shape
        assert batch is None and K.int_shape(x) == (None, 4, 3)
        return K.reshape(x * self.scale, (-1, width * channels))
def build():
    x = Input((4, 3))
    return Model(x, Dense(2)(Grid()(x)))
`);
    expect(model.stopped).toBeNull();
    expect(counted(model)).toBe(3 + 12 * 2 + 2);
  });

  it('a table that a layer hands on has all of its sizes', () => {
    const model = traced(`
class Table(Embedding):
    def call(self, x):
        return [super().call(x), self.embeddings]
class Tied(Layer):
    def call(self, given):
        x, table = given
        rows, width = K.int_shape(table)
        return K.reshape(K.dot(K.reshape(x, (-1, width)), K.transpose(table)), (-1, 5, rows))
def build():
    x = Input((5,), dtype="int32")
    return Model(x, Tied()(Table(7, 3)(x)))
`);
    expect(model.stopped).toBeNull();
    expect(counted(model)).toBe(21);
    expect(model.outputNode?.shape.slice(1)).toEqual([5, 7]);
  });

  it('a model without a name begins no path', () => {
    const model = traced(`
class Net(Model):
    def __init__(self):
        super().__init__(name="")
        self.cells = [keras.layers.LSTMCell(3)]
    def call(self, x):
        return self.cells[0](x, [keras.ops.zeros((2, 3)), keras.ops.zeros((2, 3))])[0]
def build():
    return Net()
import keras
`);
    expect(model.stopped).toBeNull();
    expect(model.stateKeys[0]?.key).toBe('lstm_cell/kernel');
  });
});
