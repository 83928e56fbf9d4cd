import { describe, expect, it } from 'vitest';
import { ReadingCancelled } from '../../../server/src/python/errors';
import { readFile } from '../../../server/src/reading/readFile';
import type { Dimension, FileReading } from '../../../server/src/protocol/reading';
import { readText, request, worldOf } from './world';

const convolutional = `import torch
import torch.nn as nn


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)

    def forward(self, x):
        y = self.conv(x)
        return torch.relu(y)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = Block(3, 8)
        self.second = Block(8, 16)
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        x = self.first(x)
        x = self.second(x)
        pooled = x.mean((2, 3))
        flat, rest = pooled.chunk(2, dim=1)
        scores = self.head(pooled)
        return scores
`;

const B: Dimension = { batch: 1 };
const shapesOn = ({ shapes }: FileReading, expression: string, line: number): unknown =>
  shapes.find((note) => note.expression === expression && note.place.line === line)?.shapes;
const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length;

describe('reading a file', () => {
  it('reports shapes that do not fit with a usual batch, and the shapes before with the batch as such', async () => {
    const text = convolutional.replace('class Net', '# hessian-lens: input=3x20x24\nclass Net');
    const broken = text.replace('x.mean((2, 3))', 'x.flatten(1)');
    const { reading } = await readText(broken);
    expect(reading.models[0]?.stopped?.reason).toContain('(2x7680 and 16x10) (in layer head, Linear of line');
    expect(shapesOn(reading, 'pooled', lineOf(broken, 'pooled = '))).toEqual([[B, 7680]]);
  });

  it('gives the shape of every intermediate, with the batch as such', async () => {
    const { reading } = await readText(
      `${convolutional}\n# hessian-lens: input=3x20x24\n`.replace(
        'class Net',
        '# hessian-lens: input=3x20x24\nclass Net',
      ),
    );
    const text = convolutional.replace('class Net', '# hessian-lens: input=3x20x24\nclass Net');
    expect(shapesOn(reading, 'pooled', lineOf(text, 'pooled = '))).toEqual([[B, 16]]);
    expect(shapesOn(reading, 'flat', lineOf(text, 'flat, rest'))).toEqual([[B, 8]]);
    expect(shapesOn(reading, 'scores', lineOf(text, 'return scores'))).toEqual([[B, 10]]);
    // A line that runs for two layers has both shapes, in order.
    expect(shapesOn(reading, 'y', lineOf(text, 'y = self.conv'))).toEqual([
      [B, 8, 20, 24],
      [B, 16, 20, 24],
    ]);
  });

  it('counts parameters by hand and names the main model first', async () => {
    const { reading } = await readText(convolutional);
    const [net, ...others] = reading.models;
    expect(others).toEqual([]);
    expect(net?.name).toBe('Net');
    expect(net?.totalParameters).toBe(9 * 3 * 8 + 8 + 9 * 8 * 16 + 16 + 16 * 10 + 10);
    expect(net?.place.line).toBe(lineOf(convolutional, 'class Net'));
    expect(convolutional.split('\n')[(net?.place.line ?? 0) - 1]?.slice((net?.place.column ?? 0) - 1)).toMatch(
      /^Net\(/,
    );
  });

  it('is plain data whose places lie inside the text', async () => {
    const { reading, checkpoints } = await readText(convolutional);
    expect(structuredClone({ reading, checkpoints })).toEqual({ reading, checkpoints });
    const lines = convolutional.split('\n');
    for (const { place, expression } of reading.shapes) {
      expect(place.file).toBe('/p/model.py');
      const text = lines[place.line - 1]?.slice(place.column - 1, place.endColumn - 1);
      expect(text).toBe(expression);
    }
  });

  it('makes a model from a call that the file shows, and says where none is known', async () => {
    const source = `import torch.nn as nn

class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(12, width)

    def forward(self, x):
        return self.fc(x)
`;
    const called = await readText(
      `${source}\n\ndef build():\n    return Net(5)\n\n\nif __name__ == '__main__':\n    print(Net(7))\n`,
    );
    expect(called.reading.models[0]?.stopped).toBeNull();
    expect([12 * 5 + 5, 12 * 7 + 7]).toContain(called.reading.models[0]?.totalParameters);
    const bare = await readText(source);
    expect(bare.reading.models[0]?.stopped?.reason).toMatch(/arguments of Net/);
    expect(bare.reading.findings.map(({ code, severity }) => [code, severity])).toEqual([['HL406', 'information']]);
    const said = await readText(source.replace('class Net', '# hessian-lens: args="width=4"\nclass Net'));
    expect(said.reading.models[0]?.totalParameters).toBe(12 * 4 + 4);
    expect(said.reading.findings).toEqual([]);
  });

  it('takes constructor arguments and input shapes from pyproject.toml', async () => {
    const text = `import torch.nn as nn
class Net(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc = nn.Linear(12, width)
    def forward(self, x):
        return self.fc(x)
`;
    const { reading } = await readText(text, {
      '/p/pyproject.toml': '[tool.hessian-lens.models.Net]\nargs = "9"\ninput = ["3x12"]\n',
    });
    expect(reading.models[0]?.totalParameters).toBe(12 * 9 + 9);
    expect(reading.models[0]?.outputShape).toEqual([B, 3, 9]);
  });

  it('hints at the loss of forward that cannot be read, of a model that is read', async () => {
    const { reading } = await readText(`import torch.nn as nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(12, 3)
    def forward(self, x, targets=None):
        out = self.fc(x)
        return out if targets is None else (out, targets['values'].sum())
`);
    expect(reading.models[0]?.stopped).toBeNull();
    const [finding, ...others] = reading.findings;
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: 'HL406', severity: 'hint', line: 8 });
    expect(finding?.message).toContain('The loss of Net cannot be read');
  });

  it('reports shapes that do not fit at their expression when the input is given, and as information when it is guessed', async () => {
    const broken = `import torch.nn as nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, padding=1)
        self.head = nn.Linear(17, 10)
    def forward(self, x):
        x = self.conv(x).flatten(1)
        return self.head(x)
`;
    const guessed = await readText(broken);
    expect(guessed.reading.findings.map(({ code }) => code)).toEqual(['HL406']);
    const given = await readText(broken.replace('class Net', '# hessian-lens: input=3x32x32\nclass Net'));
    const [finding] = given.reading.findings;
    expect(finding).toMatchObject({ code: 'HL401', severity: 'error', line: 10 });
    expect(finding?.message).toContain('16384');
    expect(finding?.message).toContain('17');
  });

  it('keeps what can be read in spite of a syntax error, and says where it is', async () => {
    const { reading } = await readText(
      convolutional.replace('        pooled = x.mean((2, 3))', '        pooled = x.mean((2, 3)'),
    );
    expect(reading.syntaxError).not.toBeNull();
    expect(reading.syntaxError?.line).toBeGreaterThanOrEqual(lineOf(convolutional, 'pooled = '));
  });

  it('names settings that do not exist', async () => {
    const { reading } = await readText(convolutional.replace('class Net', '# hessian-lens: chekpoint=a.pt\nclass Net'));
    expect(reading.findings.map(({ code }) => code)).toEqual(['HL407']);
    expect(reading.models[0]?.stopped).toBeNull();
  });

  it('links strings that name files', async () => {
    const text = `import torch\nstate = torch.load('runs/best.pt')\nother = torch.load('gone.pt')\n`;
    const { reading } = await readText(text, { '/p/runs/best.pt': '' });
    expect(reading.links.map(({ target, kind, place }) => [target, kind, place.line])).toEqual([
      ['/p/runs/best.pt', 'checkpoint', 2],
    ]);
  });

  it('says nothing about files without models', async () => {
    const { reading } = await readText('def mean(values):\n    return sum(values) / len(values)\n');
    expect(reading).toMatchObject({ models: [], shapes: [], findings: [], syntaxError: null });
  });

  it('ends at once when it is not wanted', async () => {
    const loop = convolutional.replace('        x = self.first(x)\n', '        while True:\n            x = x + 1\n');
    let asked = 0;
    const world = { ...worldOf({ '/p/model.py': loop }), cancelled: () => ++asked > 3 };
    await expect(readFile(request('/p/model.py', loop), world)).rejects.toThrow(ReadingCancelled);
  });

  it('ends by its own limits where a loop does not', async () => {
    const loop = convolutional.replace('        x = self.first(x)\n', '        while True:\n            x = x + 1\n');
    const { reading } = await readText(loop);
    expect(reading.models[0]?.stopped?.reason).toMatch(/did not end/);
  });
});
