import { describe, expect, it } from 'vitest';
import { readTrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';
import type { TrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';
import type { SourceSpan } from '../../../server/src/graph/node';

// Expected values are what each script says when it is read by a person.

function read(script: string, files: Readonly<Record<string, string>> = {}): TrainingFacts {
  return readTrainingFacts({
    file: 'train.py',
    source: script,
    sources: {
      read: (path) => (path === 'train.py' ? script : files[path]),
      resolveModule: (name) => {
        const source = files[`${name}.py`];
        return source === undefined ? undefined : { file: `${name}.py`, source, isPackage: false };
      },
    },
  });
}

const textAt = (source: string, { line, column, endColumn }: SourceSpan): string =>
  (source.split('\n')[line - 1] ?? '').slice(column - 1, endColumn - 1);

const model = [
  'import torch.nn as nn',
  'class Net(nn.Module):',
  '    def __init__(self, hidden=8, classes=3):',
  '        super().__init__()',
  '        self.a = nn.Linear(4, hidden)',
  '        self.b = nn.Linear(hidden, classes)',
  '    def forward(self, x):',
  '        return self.b(self.a(x).relu())',
  '',
].join('\n');

describe('a plain script', () => {
  const script = [
    'import numpy as np',
    'import torch',
    'from torch import nn, optim',
    'from torch.utils.data import DataLoader, TensorDataset',
    'from torchvision import transforms',
    'from model import Net',
    '',
    'LR = 0.05',
    'data = np.load("data/train.npz")',
    'x, y = torch.tensor(data["x"]), torch.tensor(data["y"])',
    'transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5, 0.4, 0.3), (0.2, 0.2, 0.1))])',
    'loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)',
    'model = Net(16, classes=5)',
    'criterion = nn.CrossEntropyLoss(label_smoothing=0.1)',
    'optimizer = optim.SGD(model.parameters(), lr=LR, momentum=0.9, weight_decay=5e-4, nesterov=True)',
    'scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)',
    'for epoch in range(10):',
    '    for xb, yb in loader:',
    '        optimizer.zero_grad()',
    '        loss = criterion(model(xb), yb)',
    '        loss.backward()',
    '        torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.5)',
    '        optimizer.step()',
    '    scheduler.step()',
    '    print(f"epoch {epoch} loss {loss.item():.3f}")',
    'torch.save(model.state_dict(), "runs/last.pt")',
  ].join('\n');
  const facts = read(script, { 'model.py': model });

  it('runs to its end', () => {
    expect(facts.stopped).toBeNull();
  });

  it('gives the optimizer with all arguments and the place of each', () => {
    expect(facts.optimizers).toHaveLength(1);
    const [sgd] = facts.optimizers;
    expect(sgd?.kind).toBe('SGD');
    const values = Object.fromEntries(Object.entries(sgd?.arguments ?? {}).map(([name, fact]) => [name, fact.value]));
    expect(values).toEqual({ lr: 0.05, momentum: 0.9, dampening: 0, weight_decay: 5e-4, nesterov: true });
    const lr = sgd?.arguments['lr'];
    expect(lr?.certain).toBe(true);
    expect(lr && textAt(script, lr.span)).toBe('LR');
  });

  it('gives batch size, loss, schedule, clipping, files and normalisation', () => {
    expect(facts.batchSize).toMatchObject({ value: 32, certain: true });
    expect(facts.loss).toMatchObject({ value: 'nn.CrossEntropyLoss(label_smoothing=0.1)', certain: true });
    expect(facts.schedules.map(({ kind }) => kind)).toEqual(['CosineAnnealingLR']);
    expect(facts.clipping?.value).toEqual({ kind: 'norm', limit: 1.5 });
    expect(facts.dataFiles.map(({ value }) => value)).toEqual(['data/train.npz']);
    expect(facts.saves.map(({ value }) => value)).toEqual(['runs/last.pt']);
    expect(facts.normalisation?.value).toEqual({ mean: [0.5, 0.4, 0.3], std: [0.2, 0.2, 0.1] });
  });

  it('gives the model, its file and the call that makes it', () => {
    expect(facts.model?.value).toEqual({ name: 'Net', file: 'model.py', call: 'Net(16, classes=5)' });
    expect(facts.model && textAt(script, facts.model.span)).toBe('Net(16, classes=5)');
  });
});

describe('a script with a command line and main()', () => {
  const script = [
    'import argparse',
    'import torch',
    'import torch.nn.functional as F',
    'from model import Net',
    '',
    'def train(args, model, device, train_loader, optimizer, epoch):',
    '    model.train()',
    '    for batch_idx, (data, target) in enumerate(train_loader):',
    '        data, target = data.to(device), target.to(device)',
    '        optimizer.zero_grad()',
    '        output = model(data)',
    '        loss = F.nll_loss(output, target)',
    '        loss.backward()',
    '        optimizer.step()',
    '',
    'def main():',
    '    parser = argparse.ArgumentParser()',
    "    parser.add_argument('--batch-size', type=int, default=64, metavar='N')",
    "    parser.add_argument('--lr', type=float, default=1.0)",
    "    parser.add_argument('--no-cuda', action='store_true')",
    "    parser.add_argument('--resume', default='ckpt/best.pth')",
    '    args = parser.parse_args()',
    '    use_cuda = not args.no_cuda and torch.cuda.is_available()',
    '    device = torch.device("cuda" if use_cuda else "cpu")',
    "    train_kwargs = {'batch_size': args.batch_size}",
    '    dataset = torch.utils.data.TensorDataset(torch.zeros(10, 4))',
    '    train_loader = torch.utils.data.DataLoader(dataset, **train_kwargs)',
    '    model = Net().to(device)',
    '    if args.resume:',
    '        model.load_state_dict(torch.load(args.resume, map_location=device))',
    '    optimizer = torch.optim.Adadelta(model.parameters(), lr=args.lr)',
    '    for epoch in range(1, 15):',
    '        train(args, model, device, train_loader, optimizer, epoch)',
    '',
    "if __name__ == '__main__':",
    '    main()',
  ].join('\n');
  const facts = read(script, { 'model.py': model });

  it('takes defaults of the command line and says that they may change', () => {
    expect(facts.stopped).toBeNull();
    const [optimizer] = facts.optimizers;
    expect(optimizer?.kind).toBe('Adadelta');
    expect(optimizer?.arguments['lr']).toMatchObject({ value: 1, certain: false });
    expect(optimizer?.arguments['rho']).toMatchObject({ value: 0.9, certain: true });
    expect(facts.batchSize?.value).toBe(64);
  });

  it('finds loss, checkpoint and model inside functions', () => {
    expect(facts.loss?.value).toBe('F.nll_loss');
    expect(facts.loads.map(({ value, certain }) => [value, certain])).toEqual([['ckpt/best.pth', false]]);
    expect(facts.model?.value).toEqual({ name: 'Net', file: 'model.py', call: 'Net()' });
  });
});

describe('less regular scripts', () => {
  it('keeps parameter groups and configuration objects', () => {
    const facts = read(
      [
        'from dataclasses import dataclass',
        'import torch',
        'from torch import nn',
        '@dataclass',
        'class Config:',
        '    width: int = 6',
        '    learning_rate: float = 3e-4',
        '    batch_size: int = 12',
        'class Net(nn.Module):',
        '    def __init__(self, config):',
        '        super().__init__()',
        '        self.body = nn.Linear(2, config.width)',
        '        self.head = nn.Linear(config.width, 1)',
        'config = Config(width=7)',
        'gradient_accumulation_steps = 4',
        'net = Net(config)',
        'groups = [{"params": net.body.parameters(), "weight_decay": 0.0}, {"params": net.head.parameters(), "lr": 1e-2}]',
        'opt = torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.95))',
      ].join('\n'),
    );
    const [adam] = facts.optimizers;
    expect(adam?.kind).toBe('AdamW');
    expect(adam?.arguments['betas']?.value).toEqual([0.9, 0.95]);
    expect(adam?.arguments['lr']).toMatchObject({ value: 3e-4, certain: false });
    expect(adam?.groups).toEqual([{ weight_decay: 0 }, { lr: 1e-2 }]);
    expect(facts.accumulationSteps?.value).toBe(4);
    expect(facts.batchSize?.value).toBe(12);
    expect(facts.model?.value).toEqual({
      name: 'Net',
      file: 'train.py',
      call: 'Net(Config(width=7, learning_rate=0.0003, batch_size=12))',
    });
  });

  it('names the variable of a model made of library classes only', () => {
    const facts = read(
      'import torch\nfrom torch import nn\nmlp = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))\nopt = torch.optim.SGD(mlp.parameters(), 0.1, 0.5)\n',
    );
    expect(facts.model?.value).toEqual({ name: 'mlp', file: 'train.py', call: 'mlp' });
    expect(facts.optimizers[0]?.arguments['momentum']?.value).toBe(0.5);
  });

  it('is not certain where a choice depends on what is not known', () => {
    const facts = read(
      [
        'import os, torch',
        'from torch import nn',
        'net = nn.Linear(2, 2)',
        'if open("choice.txt").read() == "a":',
        '    opt = torch.optim.SGD(net.parameters(), lr=0.1)',
        'else:',
        '    opt = torch.optim.Adam(net.parameters(), lr=0.001)',
      ].join('\n'),
    );
    expect(facts.optimizers.map(({ kind, certain }) => [kind, certain])).toEqual([
      ['SGD', false],
      ['Adam', false],
    ]);
  });

  it('gives what it has when a statement cannot be followed', () => {
    const facts = read(
      'import torch, nowhere\nnowhere.setup()\nx = 1 / 0\nnet = torch.nn.Linear(1, 1)\nopt = torch.optim.SGD(net.parameters(), lr=nowhere.lr)\n',
    );
    expect(facts.optimizers[0]?.kind).toBe('SGD');
    expect(facts.optimizers[0]?.arguments['lr']).toMatchObject({ value: null, certain: false });
  });

  it('reads on where a statement fails inside a try that is not meant for it', () => {
    const facts = read(
      [
        'import torch',
        'from os import listdir',
        'def train(model):',
        '    names = [name for name in listdir("data") if name]',
        '    if not names:',
        '        raise RuntimeError("no data")',
        '    x = not_defined + 1',
        '    return torch.optim.RMSprop(model.parameters(), lr=1e-5)',
        'try:',
        '    train(torch.nn.Linear(2, 2))',
        'except Exception as error:',
        '    print(error)',
        'try:',
        '    import nothing_of_this_name',
        'except ImportError:',
        '    fallback = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=2.0)',
      ].join('\n'),
    );
    expect(facts.optimizers.map(({ kind }) => kind)).toEqual(['RMSprop', 'SGD']);
  });

  it('reports text that is not Python', () => {
    expect(read('def f(:\n  pass\n').stopped).toMatchObject({ file: 'train.py', line: 1 });
  });
});

describe('a model of library classes', () => {
  it('is a call that makes it again, also where no top-level variable holds it', () => {
    const facts = read(`
import torch
from torch import nn
def main():
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, out_features=2))
    return torch.optim.SGD(net.parameters(), lr=0.1)
main()
`);
    expect(facts.model?.value.call).toBe('nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, out_features=2))');
  });

  it('is itself where a condition that is not known wraps it for several devices', () => {
    const script = `
import torch, foreign
from torch import nn
from model import Net
net = Net(16)
if foreign.several():
    net = nn.DataParallel(net)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
`;
    expect(read(script, { 'model.py': model }).model).toMatchObject({ value: { call: 'Net(16)' }, certain: true });
  });
});
