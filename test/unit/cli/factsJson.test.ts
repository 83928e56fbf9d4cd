import { describe, expect, it } from 'vitest';
import { factsJson } from '../../../server/src/cli/factsJson';
import { readTrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';

const read = (...lines: string[]): unknown =>
  factsJson(
    readTrainingFacts({
      file: 'train.py',
      source: ['import torch', 'from torch import nn', 'net = nn.Linear(3, 2)', ...lines].join('\n'),
      sources: { read: () => undefined, resolveModule: () => undefined },
    }),
  );

it('gives every fact with its value, its place and whether it is certain', () => {
  const facts = read(
    'optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)',
    'scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=3)',
    'nn.utils.clip_grad_norm_(net.parameters(), 1.5)',
  );
  expect(facts).toMatchObject({
    script: 'train.py',
    optimizers: [
      {
        kind: 'SGD',
        line: 4,
        certain: true,
        arguments: {
          lr: { value: 0.1, file: 'train.py', line: 4, column: 50, certain: true },
          momentum: { value: 0.9, line: 4, column: 64 },
        },
      },
    ],
    schedules: [{ kind: 'StepLR', line: 5, arguments: { step_size: 3 } }],
    clipping: { value: { kind: 'norm', limit: 1.5 }, line: 6, certain: true },
    batchSize: null,
    weightAverage: null,
  });
  expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
});

describe('data', () => {
  it('of torchvision are described by one sample after its transforms', () => {
    const facts = read(
      'from torchvision import datasets, transforms',
      'step = transforms.Compose([transforms.Resize(16), transforms.CenterCrop(16), transforms.ToTensor()])',
      'data = datasets.CIFAR10("data", train=True, transform=step)',
      'loader = torch.utils.data.DataLoader(data, batch_size=8, shuffle=True)',
    );
    expect(facts).toMatchObject({
      datasets: [{ name: 'CIFAR10', line: 6, sample: [3, 16, 16], dtype: 'float', classes: 10 }],
      fitted: null,
    });
  });

  const fit = (...lines: string[]): unknown =>
    read(
      'import keras',
      ...lines,
      'model = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(10)])',
      'model.compile("sgd", "mse")',
      'model.fit(x, y)',
    );

  it('that fit is given are described by what the code makes of them', () => {
    const facts = fit(
      '(x, y), _ = keras.datasets.mnist.load_data(path="own.npz")',
      'x, y = x[:1000].reshape(-1, 28, 28, 1) / 255.0, keras.utils.to_categorical(y[:1000], 10)',
    );
    expect(facts).toMatchObject({
      fitted: {
        line: 9,
        certain: true,
        sources: [{ name: 'keras.datasets.mnist', path: 'own.npz', classes: 10 }],
        arrays: [
          { name: 'x', shape: [1000, 28, 28, 1], dtype: 'float' },
          { name: 'y', shape: [1000, 10], dtype: 'float' },
        ],
      },
    });
    expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
  });

  it('of which only the files say the number have none', () => {
    expect(
      fit('(x, y), _ = keras.datasets.imdb.load_data(maxlen=9)', 'x = keras.utils.pad_sequences(x, maxlen=9)'),
    ).toMatchObject({ fitted: { arrays: [{ shape: [null, 9] }, { shape: [null] }] } });
  });

  it('that are not followed say why', () => {
    expect(fit('import numpy as np', 'x, y = np.load("x.npy"), np.load("y.npy")')).toMatchObject({
      fitted: { line: 9, unfollowed: expect.stringContaining('numpy.load') as string },
    });
  });
});
