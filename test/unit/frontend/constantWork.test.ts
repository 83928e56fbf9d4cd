/** Values that decide about a model's structure are computed while it is read, as far as that is little work. */
import { describe, expect, it, vi } from 'vitest';
import { traceModel } from '../../../server/src/frontend/torch/traceModel';
import { readTrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';
import type { Node } from '../../../server/src/graph/node';
import { elementCount } from '../../../server/src/graph/node';
import { operationsOf } from '../../../server/src/graph/operationsOf';

/** Operations of all kernels so far. Counted, since times depend on what else the machine does. */
const done = vi.hoisted(() => ({ operations: 0 }));

vi.mock(import('../../../server/src/graph/evaluate/rules'), async (original) => {
  const { kernelFor } = await original();
  return {
    kernelFor: (node: Exclude<Node, Node<'input'>>) => {
      done.operations += Math.max(elementCount(node.shape), operationsOf(node));
      return kernelFor(node);
    },
  };
});

/** The limit of time ends nothing here. */
const limits = { seconds: 60 };

/** What `read` gives, and the operations that it computed for that. */
function counted<T>(read: () => T): [T, number] {
  const before = done.operations;
  return [read(), done.operations - before];
}

const nothing = { read: () => undefined, resolveModule: () => undefined };

/** A model as wide as the largest entry of a random product is round about. */
const model = (size: number): string => `
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        largest = (torch.rand(${size}, ${size}) @ torch.ones(${size}, ${size})).max().item()
        self.layer = nn.Linear(4, 2 if 0 < largest < ${size} else 3)

    def forward(self, x):
        return self.layer(x)
`;
const read = (size: number) =>
  traceModel({ file: 'm.py', source: model(size), sources: nothing, inputs: [{ kind: 'shape', sample: [4] }] });

describe('arithmetic while a model is read', () => {
  it('is done where it is little', () => {
    const traced = read(100);
    expect(traced.stopped).toBeNull();
    expect(traced.totalParameters).toBe(10);
  });

  it('ends at the expression that needs too much of it, and at once', () => {
    const [{ stopped }, operations] = counted(() => read(3000));
    expect(operations).toBeLessThan(1e6);
    expect(stopped).toMatchObject({
      line: 8,
      reason: expect.stringContaining('million operations to compute') as string,
    });
  });

  it('ends at a write into a view of more elements than can be followed', () => {
    const barlow = (size: number) =>
      traceModel({
        file: 'm.py',
        source: `
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, ${size})

    def forward(self, x):
        z = self.layer(x)
        c = z.T @ z
        torch.diagonal(c).add_(-1)
        return c.pow(2).sum(1)
`,
        sources: nothing,
        inputs: [{ kind: 'shape', sample: [4] }],
      });
    expect(barlow(64).stopped).toBeNull();
    expect(barlow(8192).stopped).toMatchObject({
      line: 13,
      reason: expect.stringContaining('a tensor of 67,108,864 elements') as string,
    });
  });

  it('is not done for constants that nobody asks for: a script that generates text with a large model', () => {
    const script = `
import torch
from torch import nn

net = nn.Sequential(nn.Embedding(50_000, 1024), *[nn.Linear(1024, 1024) for _ in range(50)], nn.Linear(1024, 50_000))
tokens = torch.tensor([[1, 2, 3]])
for _ in range(20):
    logits = net(tokens)
    tokens = torch.cat((tokens, logits[:, -1].argmax(-1, keepdim=True)), 1)
print(tokens.tolist())
optimizer = torch.optim.SGD(net.parameters(), lr=0.25)
`;
    const [facts, operations] = counted(() =>
      readTrainingFacts({ file: 's.py', source: script, sources: nothing, limits }),
    );
    expect(operations).toBeLessThan(1e6);
    expect(facts.optimizers[0]?.arguments['lr']?.value).toBe(0.25);
  });

  it('is not done for a deep network that is called while it is built, and nothing overflows when its values are asked for', () => {
    const source = `
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(*[m for _ in range(200) for m in (nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16))])
        with torch.no_grad():
            found = self.body(torch.ones(1, 16, 32, 32))
        self.register_buffer('mean', found.mean(dim=(2, 3)))
        self.head = nn.Linear(found.view(1, -1).shape[1], 10)

    def forward(self, x):
        return self.head(self.body(x).flatten(1))
`;
    const [traced, operations] = counted(() =>
      traceModel({
        file: 'm.py',
        source,
        sources: nothing,
        inputs: [{ kind: 'shape', sample: [16, 32, 32] }],
        limits,
      }),
    );
    expect(operations).toBeLessThan(1e6);
    expect(traced.stopped).toBeNull();
    const [values, asked] = counted(() => traced.buffers.find(({ name }) => name === 'mean')?.initial());
    expect(asked).toBeGreaterThan(5e8);
    // What batch normalisation gives has mean zero.
    expect(values).toHaveLength(16);
    values?.forEach((value) => expect(value).toBeCloseTo(0, 4));
  }, 60_000);
});

describe('whole numbers in tensors', () => {
  const width = (numbers: string) => {
    const source = `
import torch
class Net(torch.nn.Linear):
    def __init__(self):
        super().__init__(2, int(torch.tensor(${numbers})[0]))
`;
    const { parameters, stopped } = traceModel({ file: 'net.py', source, sources: nothing, limits });
    return stopped?.reason ?? parameters[0]?.shape[0];
  };

  it('are truncated', () => {
    expect(width('[3.7, -2.5], dtype=torch.int64')).toBe(3);
  });

  it.each(['[4, 2**31]', '[4, 2**40]', '[4.0, -3e9], dtype=torch.int64'])(
    'are refused where they do not fit: %s',
    (numbers) => {
      expect(width(numbers)).toContain('beyond 32 bits');
    },
  );
});
