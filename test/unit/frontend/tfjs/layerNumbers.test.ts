/** The numbers in names of layers are those of a program that makes nothing but the model. */
import { expect, it } from 'vitest';
import { traceModel } from '../../../../server/src/frontend/torch/traceModel';
import { noSources } from '../onnx/fixtures';

const weights = (file: string, source: string, model: string): string[] => {
  const { stopped, stateKeys } = traceModel({ file, source, sources: noSources, model });
  expect(stopped).toBeNull();
  return stateKeys.map(({ key }) => key).filter((key) => key.endsWith('kernel'));
};

const build = `import * as tf from '@tensorflow/tfjs';
const first = FIRST;
function build() {
  const model = tf.sequential();
  model.add(first ?? tf.layers.dense({units: 3, inputShape: [2]}));
  model.add(tf.layers.dense({units: 1}));
  return model;
}
`;
const inOrder = ['dense_Dense1/kernel', 'dense_Dense2/kernel'];

it.each(['build', 'build()'])('%s: what the program itself has made before does not count', (model) => {
  expect(weights('model.js', `${build.replace('FIRST', 'null')}build();\nbuild();\n`, model)).toEqual(inOrder);
});

it('a layer of the top level that the model takes has its number', () => {
  const waiting = build.replace('FIRST', 'tf.layers.dense({units: 3, inputShape: [2]})');
  expect(weights('model.js', waiting, 'build')).toEqual(inOrder);
  const keras =
    'import keras\nfrom keras import layers\nfirst = layers.Dense(3)\ndef build():\n    return keras.Sequential([keras.Input((2,)), first, layers.Dense(1)])\n';
  expect(weights('model.py', keras, 'build()')).toEqual(['sequential/dense/kernel', 'sequential/dense_1/kernel']);
});
