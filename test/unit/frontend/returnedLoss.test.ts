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

const optional = (loss: string): string =>
  net(`    def forward(self, x, labels=None):
        scores = self.fc(x)
        if labels is None:
            return scores
        return scores, ${loss}`);

it('takes the loss of optional targets, and says where one fails with every likely kind of them', () => {
  const fine = traceText(optional('F.cross_entropy(scores, labels)'), { inputs: [vectors] });
  expect(fine.loss?.targets.map(({ name }) => name)).toEqual(['labels']);
  expect(fine.lossStopped).toBeUndefined();
  const failing = traceText(optional('F.mse_loss(scores, labels["values"])'), { inputs: [vectors] });
  expect(failing.stopped).toBeNull();
  expect(failing.outputNode?.shape).toEqual([2, 3]);
  expect(failing.loss).toBeUndefined();
  expect(failing.lossStopped).toMatchObject({ line: 13 });
});

it('names what an unknown result comes from, and its place', () => {
  const whole = traceText(`import far_away\n${net('    def forward(self, x):\n        return far_away.head(3)')}`, {
    inputs: [vectors],
  });
  expect(whole.stopped?.reason).toContain("'far_away' is not read");
  const source = net('    def forward(self, x):\n        return {"logits": parts.head}').replace(
    'import torch\n',
    'import torch\nfrom far_away import parts\n',
  );
  const part = traceText(source, { inputs: [vectors] });
  expect(part.stopped).toMatchObject({ line: 3, column: 1 });
  expect(part.stopped?.reason).toContain("returns no floating tensor, a part of {'logits': <unknown>} is not known");
  expect(part.stopped?.reason).toContain("module 'far_away' is not read");
});

it('shows a result whose own text cannot be made', () => {
  const result = `
class Result:
    def __repr__(self):
        raise ValueError('no text')
${net('    def forward(self, x):\n        return Result()')}`;
  expect(traceText(result, { inputs: [vectors] }).stopped?.reason).toBe(
    'Net.forward returns no floating tensor: <Result object>',
  );
});
