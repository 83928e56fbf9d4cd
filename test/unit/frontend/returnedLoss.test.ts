/** Losses that `forward` returns, and lazy layers. Expected: PyTorch's behaviour, from the definitions in the code. */
import { expect, it } from 'vitest';
import { traceText } from './nnFixtures';

const net = (forward: string, layer = 'nn.Linear(6, 3)'): string => `
import torch
from torch import nn
import torch.nn.functional as F
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = ${layer}
${forward}
`;

const vectors = { kind: 'shape', sample: [6] } as const;

it('takes the loss of a forward that needs its targets and returns nothing else', () => {
  const model = traceText(net('    def forward(self, x, y):\n        return F.cross_entropy(self.fc(x), y)'), {
    inputs: [vectors, { kind: 'shape', sample: [], dtype: 'int' }],
  });
  expect(model.stopped).toBeNull();
  expect(model.inputs.map(({ name }) => name)).toEqual(['x']);
  expect(model.loss?.targets.map(({ name }) => name)).toEqual(['y']);
  expect(model.outputNode).toBe(model.loss?.node);
});

it('takes a result without axes for a loss that needs no targets', () => {
  const forward = '    def forward(self, a, b):\n        return (self.fc(a) - self.fc(b)).pow(2).mean()';
  const model = traceText(net(forward), { inputs: [vectors, vectors] });
  expect(model.stopped).toBeNull();
  expect(model.inputs.map(({ name }) => name)).toEqual(['a', 'b']);
  expect(model.loss?.targets).toEqual([]);
});

it('does not count the initialisation of lazy layers as randomness of forward', () => {
  const model = traceText(net('    def forward(self, x):\n        return self.fc(x)', 'nn.LazyLinear(3)'), {
    inputs: [vectors],
  });
  expect(model.parameters.map(({ name, shape }) => [name, shape])).toEqual([
    ['fc.weight', [3, 6]],
    ['fc.bias', [3]],
  ]);
  expect(model.stochastic).toBe(false);
});
