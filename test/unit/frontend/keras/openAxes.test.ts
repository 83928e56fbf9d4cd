import { expect, it } from 'vitest';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import { noSources } from '../onnx/fixtures';

it('a sequence of open length may be halved more often than usual ones can be', () => {
  const source = `
import keras
from keras import layers
def build():
    x = inputs = keras.Input((None, 1))
    for _ in range(8):
        x = layers.MaxPooling1D(2)(layers.Conv1D(4, 3, padding="same")(x))
    return keras.Model(inputs, layers.TimeDistributed(layers.Dense(3))(x))
`;
  const model = traceModel({
    file: 'model.py',
    source,
    sources: noSources,
    model: 'build()',
    inputs: [{ kind: 'shape', sample: [512, 1] }],
  });
  expect(model.stopped).toBeNull();
  expect(model.totalParameters).toBe(3 * 4 + 4 + 7 * (3 * 16 + 4) + 4 * 3 + 3);
  expect(model.outputNode?.shape.slice(1)).toEqual([2, 3]);
});
