import { describe, expect, it } from 'vitest';
import type { Dimension } from '../../../server/src/protocol/reading';
import { readFile } from '../../../server/src/reading/readFile';
import { readText, request, worldOf } from './world';

const B: Dimension = { batch: 1 };

const part = `import torch.nn as nn

class Part(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(width, 2 * width)

    def forward(self, x):
        y = self.fc(x)
        return y
`;

const whole = `import torch.nn as nn
from parts import Part

class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.part = Part(width)

    def forward(self, x):
        return self.part(x)
`;

const train = `import torch
from model import Net

net = Net(7)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(3):
    optimizer.step()
`;

const image = `import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(2, 4, 3, padding=1)
        self.head = nn.Linear(4 * 5 * 9, 3)

    def forward(self, x):
        x = self.conv(x).flatten(1)
        return self.head(x)
`;

describe('what surrounds a file', () => {
  it('shows a part as the model of the training script uses it, without a finding on the part', async () => {
    const files = { '/p/parts.py': part, '/p/model.py': whole, '/p/train.py': train };
    const { reading } = await readFile(request('/p/parts.py', part), worldOf(files));
    expect(reading.shapes.find(({ expression }) => expression === 'y')?.shapes).toEqual([[B, 14]]);
    expect(reading.shapes.every(({ place }) => place.file === '/p/parts.py')).toBe(true);
    expect(reading.findings).toEqual([]);
    const alone = await readFile(request('/p/parts.py', part), worldOf({ '/p/parts.py': part }));
    expect(alone.reading.findings.map(({ code, severity }) => [code, severity])).toEqual([['HL406', 'information']]);
    expect(alone.reading.findings[0]?.message).toContain("'width'");
  });

  it('takes the construction of the training script for the main model', async () => {
    const { reading } = await readFile(
      request('/p/model.py', whole),
      worldOf({ '/p/parts.py': part, '/p/model.py': whole, '/p/train.py': train }),
    );
    expect(reading.models[0]).toMatchObject({ construction: 'Net(7)', totalParameters: 7 * 14 + 14 });
  });

  it('takes input shapes from the data set that the configuration names; a mismatch is then certain', async () => {
    const files = { '/p/pyproject.toml': '[tool.hessian-lens]\ndata = "/p/data.npz"\n' };
    const world = (text: string, sample: number[]) => ({
      ...worldOf({ ...files, '/p/model.py': text }),
      openData: (file: string) =>
        Promise.resolve(
          file === '/p/data.npz'
            ? [
                { kind: 'shape' as const, sample, dtype: 'float' as const },
                { kind: 'shape' as const, sample: [], dtype: 'int' as const },
              ]
            : undefined,
        ),
    });
    const fitting = await readFile(request('/p/model.py', image), world(image, [2, 5, 9]));
    expect(fitting.reading.models[0]).toMatchObject({ inputOrigin: 'data file', outputShape: [B, 3], stopped: null });
    expect(fitting.reading.shapes.every(({ guessed }) => !guessed)).toBe(true);
    expect(fitting.reading.findings).toEqual([]);
    const other = await readFile(request('/p/model.py', image), world(image, [2, 6, 9]));
    expect(other.reading.findings.map(({ code, line }) => [code, line])).toEqual([['HL401', 11]]);
    expect(other.reading.findings[0]?.message).toMatch(/216.*180/);
  });

  it('says of guessed inputs that they are', async () => {
    const { reading } = await readText(part.replace('def __init__(self, width):', 'def __init__(self, width=4):'));
    expect(reading.models[0]?.inputOrigin).toBe('usual sizes');
    expect(reading.shapes.length).toBeGreaterThan(0);
    expect(reading.shapes.every(({ guessed }) => guessed)).toBe(true);
  });

  it('reads models beside a statement that is no Python, and reports nothing but the error', async () => {
    const broken = `${image}\n\nclass Other(nn.Module):\n    def __init__(self, width=):\n        super().__init__()\n\n    def forward(self, x):\n        return x\n`;
    const { reading } = await readText(broken.replace('class Net', '# hessian-lens: input=2x5x9\nclass Net'));
    expect(reading.syntaxError?.line).toBe(broken.split('\n').findIndex((line) => line.includes('width=)')) + 2);
    expect(reading.findings).toEqual([]);
    const net = reading.models.find(({ name }) => name === 'Net');
    expect(net).toMatchObject({ stopped: null, outputShape: [B, 3] });
  });

  it('does not show a class that an error has cut as if it were whole', async () => {
    const text = `import torch.nn as nn

class Base(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 5)

    def forward(self, x):
        return self.fc(x)

class Net(Base):
    def forward(self, x:
        return self.fc(x)[:, :2]
`;
    const { reading } = await readText(text);
    const net = reading.models.find(({ name }) => name === 'Net');
    expect(net?.stopped?.reason).toMatch(/SyntaxError/);
    expect(net?.outputShape).toBeNull();
    expect(reading.shapes).toEqual([]);
  });

  it('reports derivatives written by hand at their call', async () => {
    const text = `import torch
import torch.nn as nn

class Sign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.sign(x)

    @staticmethod
    def backward(ctx, g):
        return g

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 5)

    def forward(self, x):
        return Sign.apply(self.fc(x))
`;
    const { reading } = await readText(text);
    expect(reading.models.map(({ name }) => name)).toEqual(['Net']);
    expect(reading.findings.map(({ code, line }) => [code, line])).toEqual([['HL405', 19]]);
  });

  it('hints at calls without a second derivative on a GPU, at PyTorch’s only', async () => {
    const text = `from torch import nn
from torch.nn import GRU as Recurrent
import torch.nn.functional as F

class LSTM:
    pass

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.memory = nn.LSTM(6, 6, batch_first=True)
        self.second = Recurrent(6, 6, batch_first=True)
        self.other = LSTM()
        self.cell = nn.LSTMCell(6, 6)

    def forward(self, x):
        x, _ = self.memory(x)
        x, _ = self.second(x)
        return F.scaled_dot_product_attention(x, x, x)
`;
    const { reading } = await readText(text);
    expect(reading.findings.map(({ code, severity, line, column }) => [code, severity, line, column])).toEqual([
      ['HL405', 'hint', 11, 23],
      ['HL405', 'hint', 12, 23],
      ['HL405', 'hint', 19, 16],
    ]);
  });

  it('takes no loss, transform or incomplete base class for a model', async () => {
    const text = `import torch.nn as nn
import torch.nn.functional as F

class Loss(nn.Module):
    def forward(self, x, y):
        return F.mse_loss(x, y)

class Base(nn.Module):
    def encode(self, x):
        raise NotImplementedError

    def forward(self, x):
        raise NotImplementedError
`;
    const { reading } = await readText(text);
    expect(reading.models).toEqual([]);
    expect(reading.shapes).toEqual([]);
    expect(reading.findings).toEqual([]);
  });
});
