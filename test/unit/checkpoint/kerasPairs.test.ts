import { expect, test } from 'vitest';
import { kerasPairs } from '../../../server/src/checkpoint/kerasPairs';

test('a model inside TimeDistributed does not have the outer name that other layers have', () => {
  const wanted = [
    'step/tdin/kernel',
    'step/dense/kernel',
    'sequential/time_distributed_1/dense_1/kernel',
    'sequential/lstm/lstm_cell/kernel',
  ];
  // As Keras 3.15 names them in a `.keras` file.
  const names = [
    'lstm/lstm_cell/0',
    'time_distributed/step/tdin/0',
    'time_distributed/step/dense/0',
    'time_distributed_1/dense_1/0',
  ];
  expect(kerasPairs(names, wanted)).toEqual(
    new Map([
      ['lstm/lstm_cell/0', 'sequential/lstm/lstm_cell/kernel'],
      ['time_distributed/step/tdin/0', 'step/tdin/kernel'],
      ['time_distributed/step/dense/0', 'step/dense/kernel'],
      ['time_distributed_1/dense_1/0', 'sequential/time_distributed_1/dense_1/kernel'],
    ]),
  );
});

test('convolutions have another name in files of Keras 1', () => {
  const names = ['convolution2d_3/convolution2d_3_W', 'convolution2d_3/convolution2d_3_b', 'dense_2/dense_2_W'];
  const wanted = ['sequential/conv2d/kernel', 'sequential/conv2d/bias', 'sequential/dense/kernel'];
  expect([...(kerasPairs(names, wanted) ?? [])]).toEqual(names.map((name, i) => [name, wanted[i]]));
});
