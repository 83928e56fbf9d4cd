/** Losses of the code's own in training scripts. Expected values are what the scripts say when a person reads them. */
import { expect, it } from 'vitest';
import { traceModel } from '../../../server/src/frontend/torch/traceModel';
import { readTrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';

const losses = `
import torch.nn as nn
import torch.nn.functional as F
class FocalLoss(nn.Module):
    def __init__(self, gamma=2.0):
        super().__init__()
        self.gamma = gamma
        self.inner = nn.CrossEntropyLoss(reduction='none')
    def forward(self, scores, labels):
        ce = self.inner(scores, labels)
        return ((1 - (-ce).exp()) ** self.gamma * ce).mean()
`;
const model = `
import torch.nn as nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 3)
    def forward(self, x):
        return self.fc(x)
`;
const loop = `
def main():
    net = Net()
    criterion = FocalLoss(gamma=1.5)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x, y = torch.load('data.pt')
    loss = criterion(net(x), y)
    loss.backward()
    optimizer.step()

if __name__ == '__main__':
    main()
`;

const sourcesOf = (files: Readonly<Record<string, string>>) => ({
  read: (path: string) => files[path],
  resolveModule: (name: string) => {
    const source = files[`${name}.py`];
    return source === undefined ? undefined : { file: `${name}.py`, source, isPackage: false };
  },
});

it.each([
  [
    'another file',
    { 'losses.py': losses, 'train.py': `import torch\nfrom model import Net\nfrom losses import FocalLoss\n${loop}` },
    'losses',
  ],
  ['the script itself', { 'train.py': `import torch\nfrom model import Net\n${losses}\n${loop}` }, 'train'],
])('are found and evaluated when they are defined in %s', (_, files, home) => {
  const sources = sourcesOf({ ...files, 'model.py': model });
  const { loss } = readTrainingFacts({ file: 'train.py', sources });
  expect(loss).toMatchObject({ value: 'FocalLoss(gamma=1.5)', certain: true, definedIn: { name: home } });
  if (loss?.definedIn === undefined) throw new Error('no home');
  const traced = traceModel({
    file: 'model.py',
    sources,
    inputs: [{ kind: 'shape', sample: [4] }],
    loss: { kind: 'expression', text: loss.value, target: { sample: [], dtype: 'int' }, definedIn: loss.definedIn },
  });
  expect(traced.stopped).toBeNull();
  expect(traced.loss?.description).toBe('FocalLoss(gamma=1.5)');
});

it('does not take a model for a loss because of its name', () => {
  const script = `import torch\nimport torch.nn as nn\n${model.replace('class Net', 'class GlossNet')}
net = GlossNet()
torch.optim.SGD(net.parameters(), lr=0.1)
nn.MSELoss()(net(torch.load('x.pt')), torch.load('y.pt'))
`;
  expect(readTrainingFacts({ file: 'train.py', sources: sourcesOf({ 'train.py': script }) }).loss?.value).toBe(
    'nn.MSELoss()',
  );
});

const training = (...lines: string[]): string =>
  [
    'import torch',
    'from torch import nn',
    'import torch.nn.functional as F',
    'from model import Net',
    'net = Net()',
    'optimizer = torch.optim.SGD(net.parameters(), lr=0.1)',
    "x, y = torch.load('data.pt')",
    ...lines,
  ].join('\n');

const lossOf = (files: Readonly<Record<string, string>>) =>
  readTrainingFacts({ file: 'train.py', sources: sourcesOf({ 'model.py': model, ...files }) }).loss;

it.each([
  ['((net(x) - y) ** 2).mean()', 'F.mse_loss'],
  ['torch.mean((y - net(x)).pow(2))', 'F.mse_loss'],
  ['torch.sum(torch.square(net(x) - y))', "lambda output, target: F.mse_loss(output, target, reduction='sum')"],
  ['(net(x) - y).abs().mean()', 'F.l1_loss'],
])('%s is a loss of torch', (formula, expected) => {
  const script = training(`error = ${formula}`, 'loss = error', 'loss = loss + 1e-4 * penalty', 'loss.backward()');
  const loss = lossOf({ 'train.py': script });
  expect(loss).toMatchObject({ value: expected, certain: false, span: { line: 8 } });
});

it('is a function of the code that averages over an output and a target', () => {
  const losses = 'import torch\nsquares = lambda a, b: torch.mean((a - b) ** 2)\n';
  const script = training('from losses import *', 'loss = squares(net(x), y)', 'loss.backward()');
  expect(lossOf({ 'train.py': script, 'losses.py': losses })).toMatchObject({
    value: 'squares',
    certain: false,
    definedIn: { name: 'losses' },
  });
});

it('is not what is only computed beside the training', () => {
  const script = training('error = ((net(x) - y) ** 2).mean()', 'print(error)', 'step(net(x)).backward()');
  expect(lossOf({ 'train.py': script })).toBeNull();
});

it('may be a method of the model that takes all that forward gives', () => {
  const autoencoder = `
import torch
import torch.nn as nn
import torch.nn.functional as F
class Auto(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 4)
    def forward(self, x):
        code = self.fc(x)
        return [code, x, code.mean()]
    def terms(self): pass
    def loss_function(self, *args, weight=1.0):
        return {'loss': F.mse_loss(args[0], args[1]) + weight * args[2] ** 2}
`;
  const script = `
import torch
from auto import Auto
net = Auto()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for x in torch.load('data.pt'):
    results = net(x)
    terms = net.loss_function(*results, weight=0.5)
    terms['loss'].backward()
    optimizer.step()
`;
  const sources = sourcesOf({ 'train.py': script, 'auto.py': autoencoder });
  const { loss } = readTrainingFacts({ file: 'train.py', sources });
  expect(loss).toMatchObject({ certain: true, span: { line: 8 } });
  const traced = traceModel({
    file: 'auto.py',
    sources,
    inputs: [{ kind: 'shape', sample: [4] }],
    loss: { kind: 'expression', text: loss?.value ?? '' },
  });
  expect(traced.stopped).toBeNull();
  expect(traced.loss).toMatchObject({ targets: [], description: loss?.value });
});
