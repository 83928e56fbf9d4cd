import { describe, expect, it } from 'vitest';
import { readTrainingFacts, type TrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';

const header = `
import numpy as np
from tensorflow import keras
from tensorflow.keras import layers
def build(width):
    return keras.Sequential([keras.Input((4,)), layers.Dense(width), layers.Dense(3, activation="softmax")])
model = build(7)
x, y = np.load("x.npy"), np.load("y.npy")
`;

const facts = (text: string): TrainingFacts =>
  readTrainingFacts({
    file: 'train.py',
    source: header + text,
    sources: { read: () => undefined, resolveModule: () => undefined },
  });

describe('what compile and fit say', () => {
  it('optimizers under the names of PyTorch, with the defaults of Keras', () => {
    const { optimizers } = facts(
      'model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9, nesterov=True), loss="mse")',
    );
    const [sgd] = optimizers;
    const given = sgd?.arguments ?? {};
    expect(sgd?.kind).toBe('SGD');
    expect(given['lr']).toMatchObject({ value: 0.05, certain: true, span: { line: 9 } });
    expect(given['lr']?.span.column).toBe('model.compile(optimizer=keras.optimizers.SGD(learning_rate='.length + 1);
    expect([given['momentum']?.value, given['nesterov']?.value]).toEqual([0.9, true]);
    const [adam] = facts('model.compile("adam", "mse")').optimizers;
    expect(adam?.kind).toBe('Adam');
    expect([adam?.arguments['lr']?.value, adam?.arguments['eps']?.value]).toEqual([0.001, 1e-7]);
    // The text "adam" is no learning rate.
    expect(adam?.arguments['lr']?.span.column).toBe(1);
    const [old] = facts('model.compile(keras.optimizers.Adam(lr=1e-4), "mse")').optimizers;
    expect(old?.arguments['lr']?.value).toBe(1e-4);
  });

  it('schedules and callbacks', () => {
    const { optimizers, schedules } = facts(`
rate = keras.optimizers.schedules.ExponentialDecay(0.2, 100, 0.9)
model.compile(keras.optimizers.RMSprop(rate), "mse")
stop = [keras.callbacks.ReduceLROnPlateau(), keras.callbacks.EarlyStopping()]
`);
    expect(schedules.map(({ kind }) => kind)).toEqual(['ExponentialDecay', 'ReduceLROnPlateau']);
    expect(optimizers[0]?.arguments['lr']?.value).toBe(0.2);
  });

  it('loss, batch size, files and the model as a call', () => {
    const found = facts(`
model.compile("sgd", keras.losses.CategoricalCrossentropy(label_smoothing=0.1))
model.load_weights("start.weights.h5")
model.fit(x, y, batch_size=64, epochs=3, callbacks=[keras.callbacks.ModelCheckpoint("best.keras")])
`);
    expect(found.loss?.value).toBe('keras.losses.CategoricalCrossentropy(label_smoothing=0.1)');
    expect(found.batchSize?.value).toBe(64);
    expect(found.model?.value).toMatchObject({ name: 'build', call: 'build(width=7)' });
    expect(found.loads.map(({ value }) => value)).toEqual(['start.weights.h5']);
    expect(found.saves.map(({ value }) => value)).toEqual(['best.keras']);
    expect(facts('model.compile("sgd", "mse")\nmodel.fit(x, y)').batchSize?.value).toBe(32);
  });
});

describe('arguments of optimizers that limit, average or add up gradients', () => {
  const of = (args: string): TrainingFacts => facts(`model.compile(keras.optimizers.Adam(0.01, ${args}), "mse")`);

  it('are clipping of the whole gradient, of each parameter, of elements', () => {
    const { clipping } = of('global_clipnorm=1.5');
    expect(clipping).toMatchObject({ value: { kind: 'norm', limit: 1.5 }, certain: true, span: { line: 9 } });
    expect(clipping?.span.column).toBe('model.compile(keras.optimizers.Adam(0.01, global_clipnorm='.length + 1);
    expect(of('clipnorm=2').clipping?.value).toEqual({ kind: 'tensorNorm', limit: 2 });
    expect(of('clipvalue=0.5').clipping?.value).toEqual({ kind: 'value', limit: 0.5 });
    expect(of('beta_1=0.8').clipping).toBeNull();
  });

  it('are batches that make one step, and an average of the weights', () => {
    expect(of('gradient_accumulation_steps=4').accumulationSteps).toMatchObject({ value: 4, certain: true });
    expect(of('use_ema=True, ema_momentum=0.95').weightAverage?.value).toEqual({ kind: 'use_ema', decay: 0.95 });
    expect(of('use_ema=False').weightAverage).toBeNull();
  });
});
