/** Methods of tensors and of their shapes that only TensorFlow has: layers of its users are given tensors like any other. */
import { native, nativeProperty } from '../../../python/native';
import { PyList, PyTuple } from '../../../python/values';
import type { PyValue } from '../../../python/values';
import { shapeValue } from '../tensor/dataTensor';
import { payloadOf, sizeClass, tensorClass } from '../tensor/tensor';

const sizesOf = (size: PyValue | undefined): readonly PyValue[] => (size instanceof PyTuple ? size.items : []);

for (const method of [
  native('get_shape(self)', ({ self = null }, interpreter) => {
    const payload = payloadOf(self);
    return payload === undefined ? null : shapeValue(payload, interpreter);
  }),
  // Sizes are known without it.
  native('set_shape(self, shape)', () => null),
])
  tensorClass.attributes.set(method.name, method);

// Keras 2 notes it for the layers' values: the first axis counts samples.
tensorClass.attributes.set(
  '_keras_shape',
  nativeProperty('_keras_shape', ({ self = null }) => {
    const shape = payloadOf(self)?.shape ?? [];
    return new PyTuple(shape.map((size, axis) => (axis === 0 ? null : BigInt(size))));
  }),
);

sizeClass.attributes.set(
  'as_list',
  native('as_list(self)', ({ self }) => new PyList([...sizesOf(self)])),
);
for (const name of ['rank', 'ndims'])
  sizeClass.attributes.set(
    name,
    nativeProperty(name, ({ self }) => BigInt(sizesOf(self).length)),
  );
