import { describe, expect, it } from 'vitest';
import { readTrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';
import { numberOrigin } from '../../../server/src/project/numberOrigin';
import { settledText } from '../../../server/src/project/settledText';

const settled = (text: string): string =>
  settledText(
    text,
    readTrainingFacts({
      file: 'train.py',
      source: text,
      sources: { read: () => undefined, resolveModule: () => undefined },
    }),
  );

const script = `import argparse, torch
import torch.nn as nn
parser = argparse.ArgumentParser()
parser.add_argument('--lr', type=float, default=0.1)
args = parser.parse_args()
momentum = 0.9
data = torch.utils.data.TensorDataset(torch.randn(100, 4), torch.zeros(100))
other = data
model = nn.Linear(4, 2)
loader = torch.utils.data.DataLoader(data, batch_size=32)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=momentum)
`;

describe('a training script without what only the steps depend on', () => {
  it('is the same for another learning rate, momentum, batch size and optimizer', () => {
    const before = settled(script);
    for (const [from, to] of [
      ['default=0.1', 'default=1e-4'],
      ['momentum = 0.9', 'momentum = 0'],
      ['batch_size=32', 'batch_size=1024'],
      ['SGD(model.parameters(), lr=args.lr, momentum=momentum)', 'Adam(model.parameters(), lr=0.5)'],
    ] as const) {
      const text = script.replace(from, to);
      expect(text).not.toBe(script);
      // A name that is not used any more stays in the text.
      if (!to.startsWith('Adam')) expect(settled(text)).toBe(before);
    }
  });

  it('is another for another model, loss or data', () => {
    const before = settled(script);
    for (const [from, to] of [
      ['nn.Linear(4, 2)', 'nn.Linear(4, 3)'],
      ['CrossEntropyLoss()', 'CrossEntropyLoss(label_smoothing=0.1)'],
      ['DataLoader(data', 'DataLoader(other'],
    ] as const)
      expect(settled(script.replace(from, to))).not.toBe(before);
  });

  it('names where a number comes from, when only one place can be meant', () => {
    expect(numberOrigin(script, 'args.lr')).toMatchObject({ name: 'the default of --lr', value: 0.1 });
    expect(numberOrigin(script, 'momentum')).toMatchObject({ name: 'momentum', value: 0.9 });
    expect(numberOrigin(`${script}momentum = 0.5\n`, 'momentum')).toBeUndefined();
    expect(numberOrigin(script, 'lr * 2')).toBeUndefined();
  });
});
