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
