/** What TensorFlow's tensors and shapes have beside PyTorch's, in layers and in symbolic calls. */
import { describe, expect, it } from 'vitest';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import { noSources } from '../onnx/fixtures';

const rowsOf = (statements: string): string => `
import tensorflow as tf

class Rows(tf.keras.layers.Layer):
    def call(self, x):
        x.set_shape([None, 6, 4])
        ${statements}
        return tf.reshape(x, [-1, rows * columns])

model = tf.keras.Sequential([tf.keras.Input((6, 4)), Rows(), tf.keras.layers.Dense(2)])
`;

describe('shapes of tensors', () => {
  it.each([
    ['get_shape().as_list()', 'rows, columns = x.get_shape().as_list()[1:]'],
    ['shape.as_list()', 'rows, columns = x.shape.as_list()[1:]'],
    ['shape.rank', 'rows, columns = x.shape[1:] if x.shape.rank == 3 and x.shape.ndims == 3 else (0, 0)'],
  ])('in a layer: %s', (_, statements) => {
    const model = traceModel({ file: 'model.py', source: rowsOf(statements), sources: noSources });
    expect(model.stopped).toBeNull();
    expect(model.totalParameters).toBe(24 * 2 + 2);
  });

  it('of a symbolic tensor, also a part of them', () => {
    const source = `
import tensorflow as tf
x = tf.keras.Input((6, 4))
rows, columns = x.shape[1:].as_list()
y = tf.keras.layers.Dense(rows)(tf.keras.layers.Reshape((rows * columns,))(x))
model = tf.keras.Model(x, y)
`;
    const model = traceModel({ file: 'model.py', source, sources: noSources });
    expect(model.stopped).toBeNull();
    expect(model.totalParameters).toBe(24 * 6 + 6);
  });
});

describe('types of layers', () => {
  it('are read under a policy of mixed precision, all of them single', () => {
    const source = `
import tensorflow as tf
from tensorflow.keras import layers, mixed_precision

mixed_precision.set_global_policy('mixed_float16')

class Wide(layers.Layer):
    def __init__(self):
        super().__init__(dtype=mixed_precision.global_policy())
        self.dense = layers.Dense(4, dtype=self.dtype_policy)

    def call(self, x):
        return tf.cast(self.dense(tf.cast(x, self.compute_dtype)), self.variable_dtype)

x = tf.keras.Input((3,))
y = Wide()(x) if mixed_precision.global_policy().compute_dtype == 'float16' else x
model = tf.keras.Model(x, layers.Dense(2)(y))
`;
    const model = traceModel({ file: 'model.py', source, sources: noSources });
    expect(model.stopped).toBeNull();
    expect(model.totalParameters).toBe(3 * 4 + 4 + 4 * 2 + 2);
    expect(model.inputs[0]?.torchDtype).toBe('float32');
  });
});

describe('correct_pad', () => {
  it.each([
    ['(7, 8, 3)', '((1, 1), (0, 1))'],
    ['(None, None, 3)', '((0, 1), (0, 1))'],
  ])('of images %s is Keras’s', (shape, padding) => {
    const source = `
from keras import Input, Model, layers
from keras.applications.imagenet_utils import correct_pad
x = Input(${shape})
assert correct_pad(x, 3) == ${padding}, correct_pad(x, 3)
model = Model(x, layers.ZeroPadding2D(correct_pad(x, (3, 3)))(x))
`;
    expect(traceModel({ file: 'model.py', source, sources: noSources }).stopped).toBeNull();
  });
});
