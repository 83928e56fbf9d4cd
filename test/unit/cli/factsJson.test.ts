import { expect, it } from 'vitest';
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
