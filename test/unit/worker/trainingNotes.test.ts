import { expect, it } from 'vitest';
import { readTrainingFacts, type TrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';
import { optimizerOf } from '../../../server/src/worker/optimizerFacts';
import { trainingNotes } from '../../../server/src/worker/trainingNotes';

const read = (...lines: string[]): TrainingFacts =>
  readTrainingFacts({
    file: 'w/train.py',
    source: [
      'import torch',
      'from torch import nn',
      'net = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2))',
      ...lines,
    ].join('\n'),
    sources: { read: () => undefined, resolveModule: () => undefined },
  });

it('the largest rate of the groups counts, and it is said that there are several', () => {
  const facts = read(
    "groups = [{'params': net[0].parameters(), 'lr': 0.4}, {'params': net[1].parameters()}]",
    'optimizer = torch.optim.SGD(groups, lr=0.1, momentum=0.9)',
  );
  expect(optimizerOf(facts)?.optimizer).toMatchObject({
    learningRate: 0.4,
    description: 'SGD(lr=0.4, the largest of its groups, momentum=0.9) at train.py:5',
  });
});

it('the rate of the optimizer counts where no group has another', () => {
  const facts = read('optimizer = torch.optim.SGD(net.parameters(), lr=0.1)');
  expect(optimizerOf(facts)?.optimizer).toMatchObject({ learningRate: 0.1, description: 'SGD(lr=0.1) at train.py:4' });
});

it('what the loop does beside the optimizer is noted with its place', () => {
  const facts = read(
    'optimizer = torch.optim.SGD(net.parameters(), lr=0.1)',
    'torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.4, total_steps=100)',
    'accumulation_steps = 4',
    'nn.utils.clip_grad_norm_(net.parameters(), 1.0)',
  );
  expect(trainingNotes(facts)).toEqual([
    'learning rate by OneCycleLR, up to 0.4 (train.py:5)',
    'warm-up of the learning rate over 30 steps or epochs (train.py:5)',
    'gradients are clipped, norm 1 (train.py:7)',
    'gradients of 4 batches are added up (train.py:6)',
  ]);
  expect(trainingNotes(read('x = 1'))).toEqual([]);
});
