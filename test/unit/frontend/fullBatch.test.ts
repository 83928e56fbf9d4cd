import { describe, expect, it } from 'vitest';
import { readTrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';

const read = (lines: readonly string[], data = 'TensorDataset(torch.randn(90, 4), torch.randn(90, 2))') =>
  readTrainingFacts({
    file: 'train.py',
    source: [
      'import numpy as np',
      'import torch',
      'from torch import nn',
      'from torch.utils.data import DataLoader, TensorDataset',
      'from torchvision.datasets import CIFAR10, MNIST',
      'net = nn.Linear(4, 2)',
      'optimizer = torch.optim.SGD(net.parameters(), lr=0.1)',
      `data = ${data}`,
      'loader = DataLoader(data, batch_size=30)',
      ...lines,
    ].join('\n'),
    sources: { read: () => undefined, resolveModule: () => undefined },
  });

const pass = ['for x, y in loader:', '    nn.functional.mse_loss(net(x), y, reduction="sum").backward()'];
const indented = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`);

describe('the batch size', () => {
  it('is the number of all samples where a step follows a pass over them', () => {
    const { batchSize } = read([
      'for step in range(10):',
      ...indented(['optimizer.zero_grad()', ...pass, 'optimizer.step()']),
    ]);
    expect(batchSize).toMatchObject({ value: 90, certain: false, span: { line: 12, column: 17 } });
  });

  it('is that of the loader where each batch has its step, or several have one', () => {
    const each = [...pass, '    optimizer.step()', '    optimizer.zero_grad()'];
    expect(read(each).batchSize?.value).toBe(30);
    const several = [
      'for i, (x, y) in enumerate(loader):',
      '    nn.functional.mse_loss(net(x), y).backward()',
      '    if i % 2 == 1:',
      '        optimizer.step()',
      '        optimizer.zero_grad()',
    ];
    expect(read(several).batchSize?.value).toBe(30);
  });

  it('is not known where the data decide how many there are', () => {
    const data = 'TensorDataset(torch.tensor(np.load("x.npy")), torch.tensor(np.load("y.npy")))';
    const loop = ['for step in range(10):', ...indented(['optimizer.zero_grad()', ...pass, 'optimizer.step()'])];
    expect(read(loop, data).batchSize).toBeNull();
  });

  it('counts the first samples of a data set of torchvision', () => {
    const data =
      "TensorDataset(torch.from_numpy(CIFAR10('d', train=True).data[:5000] / 255), torch.tensor(CIFAR10('d').targets)[:5000])";
    const loop = ['for step in range(10):', ...indented([...pass, 'optimizer.step()', 'optimizer.zero_grad()'])];
    expect(read(loop, data).batchSize?.value).toBe(5000);
  });
});

describe('data sets of torchvision', () => {
  it.each([
    ["len(MNIST('d', train=False))", 10_000],
    ["MNIST('d').data.shape[0]", 60_000],
    ["CIFAR10('d', train=True).data.shape[2]", 32],
    ["CIFAR10('d', False).targets.shape[0]", 10_000],
  ])('have the size of their publication: %s', (expression, expected) => {
    const facts = read([`second = DataLoader(data, batch_size=${expression}, shuffle=True)`]);
    expect(facts.batchSize?.value).toBe(expected);
  });
});
