import { describe, expect, it } from 'vitest';
import { readTrainingFacts, type TrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';

// Expected values are what the script says when it is read by a person; defaults are those of PyTorch's documentation.

const read = (...lines: string[]): TrainingFacts =>
  readTrainingFacts({
    file: 'train.py',
    source: [
      'import torch',
      'from torch import nn',
      'from torch.optim import lr_scheduler as S',
      'net = nn.Linear(3, 2)',
      'optimizer = torch.optim.SGD(net.parameters(), lr=0.1)',
      ...lines,
    ].join('\n'),
    sources: { read: () => undefined, resolveModule: () => undefined },
  });

describe('schedules', () => {
  it.each([
    ['S.StepLR(optimizer, 30, gamma=0.2)', { step_size: 30, gamma: 0.2 }],
    ['S.MultiStepLR(optimizer, [10, 20])', { milestones: [10, 20] }],
    ['S.CosineAnnealingLR(optimizer, T_max=50)', { T_max: 50 }],
    ["S.ReduceLROnPlateau(optimizer, 'max', patience=5)", { mode: 'max', patience: 5 }],
    ['S.LambdaLR(optimizer, lambda e: 0.9 ** e)', {}],
  ])('%s has its arguments by name', (call, expected) => {
    const facts = read(`scheduler = ${call}`);
    expect(facts.schedules).toMatchObject([{ kind: /\.(\w+)/.exec(call)?.[1], arguments: expected, certain: true }]);
    expect(facts.warmUp).toBeNull();
  });

  it('have the peak and the length of the rise of one cycle', () => {
    const facts = read('S.OneCycleLR(optimizer, max_lr=0.4, epochs=10, steps_per_epoch=100)');
    expect(facts.schedules[0]?.peak).toBe(0.4);
    expect(facts.warmUp).toMatchObject({ value: 300, span: { line: 6 } });
  });

  it('are one where several are joined, with the first as its warm-up', () => {
    const facts = read(
      'up = S.LinearLR(optimizer, start_factor=0.01, total_iters=5)',
      'down = S.CosineAnnealingLR(optimizer, T_max=95)',
      'scheduler = S.SequentialLR(optimizer, [up, down], milestones=[5])',
    );
    expect(facts.schedules.map(({ kind }) => kind)).toEqual(['SequentialLR']);
    expect(facts.warmUp).toMatchObject({ value: 5, span: { line: 6 } });
  });

  it('may be set by hand, with a warm-up that a name tells; then the rate at the start is not certain', () => {
    const facts = read(
      'warmup_iters = 200',
      'for step in range(10):',
      '    for group in optimizer.param_groups:',
      "        group['lr'] = 0.1 * min(1, step / warmup_iters)",
    );
    expect(facts.schedules).toMatchObject([{ kind: 'by hand', span: { line: 9 } }]);
    expect(facts.warmUp).toMatchObject({ value: 200, certain: false, span: { line: 6 } });
    expect(facts.optimizers[0]?.arguments['lr']).toMatchObject({ value: 0.1, certain: false });
  });

  it('replace a rate of zero by the one that a setting says', () => {
    const facts = read(
      "settings = {'optim': {'learning_rate': 0.02}}",
      'optimizer = torch.optim.SGD(net.parameters(), lr=0.0)',
      "optimizer.param_groups[0]['lr'] = settings['optim']['learning_rate']",
    );
    expect(facts.optimizers.map((each) => each.arguments['lr']?.value)).toEqual([0.1, 0.02]);
  });
});

describe('the loop', () => {
  it('has mixed precision, unless it is switched off', () => {
    const facts = read('scaler = torch.cuda.amp.GradScaler()', 'with torch.autocast("cuda"): net(torch.zeros(1, 3))');
    expect(facts.mixedPrecision).toMatchObject({ value: 'GradScaler', certain: true, span: { line: 6 } });
    expect(read('with torch.autocast("cuda", enabled=False): pass').mixedPrecision).toBeNull();
  });

  it('keeps an average of the weights, by a class or by hand', () => {
    const averaged = read('from timm.utils import ModelEmaV2', 'ema = ModelEmaV2(net, decay=0.999)');
    expect(averaged.weightAverage).toMatchObject({ value: { kind: 'ModelEmaV2', decay: 0.999 }, certain: true });
    const byHand = read(
      'for old, new in zip(net.parameters(), net.parameters()):',
      '    old.data.mul_(0.99).add_(new.data, alpha=1 - 0.99)',
    );
    expect(byHand.weightAverage).toMatchObject({ value: { kind: 'by hand', decay: 0.99 }, certain: false });
    expect(read('optimizer.step()').weightAverage).toBeNull();
  });

  it.each(['accumulation_steps', 'gradient_accumulation_steps', 'accum_iter', 'grad_accum'])(
    'adds up gradients as %s says',
    (name) => {
      expect(read(`${name} = 4`).accumulationSteps).toMatchObject({ value: 4, span: { line: 6 } });
    },
  );
});
