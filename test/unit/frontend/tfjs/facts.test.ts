import { describe, expect, it } from 'vitest';
import { readTrainingFacts, type TrainingFacts } from '../../../../server/src/frontend/torch/trainingFacts';

const header = `import * as tf from '@tensorflow/tfjs';
const RATE = 0.05;
function createModel(units = 7) {
  return tf.sequential({layers: [tf.layers.dense({units, inputShape: [4], activation: 'tanh'}), tf.layers.dense({units: 3})]});
}
`;

const facts = (text: string, file = 'train.js'): TrainingFacts =>
  readTrainingFacts({
    file,
    source: header + text,
    sources: { read: () => undefined, resolveModule: () => undefined },
  });
const text = (
  source: string,
  { line, column, endColumn }: { line: number; column: number; endColumn: number },
): string => ((header + source).split('\n')[line - 1] ?? '').slice(column - 1, endColumn - 1);

describe('what TensorFlow.js is trained with', () => {
  it('says compile and fit in a function that a page calls', () => {
    const source = `
async function run(data) {
  const model = createModel(9);
  model.compile({optimizer: tf.train.momentum(RATE, 0.9), loss: tf.losses.softmaxCrossEntropy});
  await model.fit(data.xs, data.ys, {batchSize: 16, epochs: 10, callbacks: {onEpochEnd: (epoch, logs) => console.log(logs.loss)}});
}
document.addEventListener('DOMContentLoaded', run);
`;
    const found = facts(source);
    const [sgd] = found.optimizers;
    expect(sgd?.kind).toBe('SGD');
    expect([sgd?.arguments['lr']?.value, sgd?.arguments['momentum']?.value]).toEqual([0.05, 0.9]);
    expect(text(source, sgd?.arguments['lr']?.span ?? { line: 0, column: 0, endColumn: 0 })).toBe('RATE');
    expect(found.loss?.value).toBe('keras.losses.CategoricalCrossentropy(from_logits=True)');
    expect(found.batchSize?.value).toBe(16);
    expect(text(source, found.batchSize?.span ?? { line: 0, column: 0, endColumn: 0 })).toBe('16');
    expect(found.model?.value).toMatchObject({ name: 'createModel', call: 'createModel(9)' });
  });

  it('gives a function with a parameter for the model the model of the file', () => {
    const found = facts(`
const train = async (model, xs, ys) => {
  model.compile({optimizer: 'adagrad', loss: 'meanSquaredError'});
  return model.fit(xs, ys, {epochs: 3});
};
`);
    expect(found.optimizers[0]).toMatchObject({ kind: 'Adagrad', arguments: { lr: { value: 0.01 } } });
    expect(found.loss?.value).toBe('"mean_squared_error"');
    expect(found.batchSize?.value).toBe(32);
    expect(found.model?.value.call).toBe('createModel(7)');
  });

  it('reads loops with minimize, and the batches of a data set', () => {
    const found = facts(`
import {samples, xs, ys} from './samples';
const model = createModel();
const optimizer = tf.train.adam(0.003);
const batches = tf.data.generator(samples).shuffle(100).batch(8);
async function train() {
  await batches.forEachAsync(() => undefined);
  for (let i = 0; i < 100; i++) optimizer.minimize(() => tf.losses.meanSquaredError(ys, model.predict(xs)));
}
`);
    expect(found.optimizers).toHaveLength(1);
    expect(found.optimizers[0]).toMatchObject({ kind: 'Adam', arguments: { lr: { value: 0.003 } } });
    expect(found.loss?.value).toBe('"mean_squared_error"');
    expect(found.batchSize?.value).toBe(8);
    expect(found.model?.value).toMatchObject({ file: 'train.js' });
  });

  it('does not call a second time what the script calls itself', () => {
    const found = facts(`
function train(rate) {
  const model = createModel();
  model.compile({optimizer: tf.train.sgd(rate), loss: 'meanSquaredError'});
}
train(0.25);
`);
    expect(found.optimizers.map((each) => each.arguments['lr']?.value)).toEqual([0.25]);
  });
});
