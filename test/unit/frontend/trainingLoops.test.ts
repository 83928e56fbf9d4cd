import { describe, expect, it } from 'vitest';
import { traceText } from './nnFixtures';

const net = `
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)
    def forward(self, x):
        return self.layer(x)
model = Net()
`;
const traced = (script: string) =>
  traceText(net + script, { model: 'Net', inputs: [{ kind: 'shape', sample: [3] }], limits: { steps: 200_000 } });

describe('a model in the script that trains it', () => {
  it.each([
    ['a loop', 'while True:\n    model(torch.randn(4, 3)).sum().backward()\n'],
    [
      'a loop that calls a function',
      'def train(epoch):\n    model(torch.randn(4, 3)).sum().backward()\nfor epoch in range(10 ** 7):\n    train(epoch)\n',
    ],
    [
      'a call of functions',
      'def step():\n    while True: model(torch.randn(4, 3)).sum().backward()\ndef main():\n    step()\nmain()\n',
    ],
  ])('is read past %s', (_, script) => {
    expect(traced(script).stopped).toBeNull();
  });

  it('is made with what other loops compute', () => {
    const source = `sizes = []\nfor i in range(3): sizes.append(i + 2)\nclass Wide(Net):\n    def __init__(self):\n        super().__init__()\n        self.layer = nn.Linear(3, sizes[-1])\n`;
    const wide = traceText(net + source, { model: 'Wide', inputs: [{ kind: 'shape', sample: [3] }] });
    expect(wide.parameters[0]?.shape).toEqual([4, 3]);
  });
});

it('says what an attribute error is about, not what an earlier hasattr found missing', () => {
  const source = `${net}print(hasattr(model, 'absent'))\nclass Other(nn.Module):\n    def forward(self, x):\n        return (1.5).missing\n`;
  const { stopped } = traceText(source, { model: 'Other', inputs: [{ kind: 'shape', sample: [3] }] });
  expect(stopped?.reason).toContain("'float' object has no attribute 'missing'");
});
