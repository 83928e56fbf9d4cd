/** Arguments that are added to an optimizer's call, in the syntax of each language. */
import { describe, expect, test } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { View } from '../../../../server/src/editor/documents';
import { optimizerCall, type OptimizerCall } from '../../../../server/src/editor/fixes/optimizerCall';
import { readTrainingFacts } from '../../../../server/src/frontend/torch/trainingFacts';
import { emptyReading } from '../../../../server/src/reading/readModelFile';

const sources = { read: () => undefined, resolveModule: () => undefined };

function callOf(path: string, text: string): { readonly view: View; readonly call: OptimizerCall | undefined } {
  const document = TextDocument.create(`file://${path}`, 'python', 1, text);
  const unit = { uri: document.uri, path, text, onDisk: true };
  const view = { uri: document.uri, unit, firstLine: 0, lineCount: document.lineCount, document };
  const training = readTrainingFacts({ file: path, source: text, sources });
  return { view, call: optimizerCall(view, { ...emptyReading(path, ''), training }) };
}

function changed(path: string, text: string, change: (call: OptimizerCall) => ReturnType<OptimizerCall['withRate']>) {
  const { view, call } = callOf(path, text);
  const edit = call && change(call);
  return edit && TextDocument.applyEdits(view.document, [edit]).split('\n').at(-1);
}

const keras = `import keras
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
`;
const tensorflow = `const tf = require('@tensorflow/tfjs');
const model = tf.sequential({layers: [tf.layers.dense({units: 2, inputShape: [4]})]});
`;
const torch = `import torch
model = torch.nn.Linear(4, 2)
`;

describe('a learning rate that is not written', () => {
  test.each([
    ['/a.py', keras, 'model.compile("adam", "mse")', 'model.compile(keras.optimizers.Adam(learning_rate=0.1), "mse")'],
    [
      '/a.py',
      keras,
      "model.compile(optimizer='sgd', loss='mse')",
      "model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.1), loss='mse')",
    ],
    [
      '/a.py',
      keras,
      'model.compile(keras.optimizers.Adam(beta_1=0.8), "mse")',
      'model.compile(keras.optimizers.Adam(learning_rate=0.1, beta_1=0.8), "mse")',
    ],
    [
      '/a.js',
      tensorflow,
      "model.compile({optimizer: 'adam', loss: 'meanSquaredError'});",
      "model.compile({optimizer: tf.train.adam(0.1), loss: 'meanSquaredError'});",
    ],
    [
      '/a.js',
      tensorflow,
      "model.compile({optimizer: tf.train.adam(), loss: 'meanSquaredError'});",
      "model.compile({optimizer: tf.train.adam(0.1), loss: 'meanSquaredError'});",
    ],
    [
      '/a.py',
      torch,
      'optimizer = torch.optim.Adam(model.parameters())',
      'optimizer = torch.optim.Adam(model.parameters(), lr=0.1)',
    ],
  ])('%s: %s%s', (path, header, last, wanted) => {
    expect(callOf(path, header + last).call?.hasRate).toBe(false);
    expect(changed(path, header + last, (call) => call.withRate('0.1'))).toBe(wanted);
  });

  test('is known to be written', () => {
    expect(
      callOf('/a.js', `${tensorflow}model.compile({optimizer: tf.train.sgd(0.5), loss: 'meanSquaredError'});`).call
        ?.hasRate,
    ).toBe(true);
    expect(callOf('/a.py', `${torch}optimizer = torch.optim.SGD(model.parameters(), lr=0.5)`).call?.hasRate).toBe(true);
  });
});

test('a keyword goes behind what is there; TensorFlow.js has none', () => {
  const clip = (call: OptimizerCall) => call.withKeyword('global_clipnorm', '1');
  expect(changed('/a.py', `${keras}model.compile(keras.optimizers.SGD(0.5,), "mse")`, clip)).toBe(
    'model.compile(keras.optimizers.SGD(0.5, global_clipnorm=1,), "mse")',
  );
  expect(changed('/a.py', `${keras}model.compile("sgd", "mse")`, clip)).toBe(
    'model.compile(keras.optimizers.SGD(global_clipnorm=1), "mse")',
  );
  expect(
    changed('/a.js', `${tensorflow}model.compile({optimizer: 'sgd', loss: 'meanSquaredError'});`, clip),
  ).toBeUndefined();
});
