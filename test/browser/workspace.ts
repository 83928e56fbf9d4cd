import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A tiny model with a pragma, quick to analyse, and a script whose learning rate is far past the edge. */
const tiny = {
  'tiny/model.py': `import torch.nn as nn


class Tiny(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.first = nn.Linear(4, width)
        self.second = nn.Linear(width, 3)

    def forward(self, x):
        hidden = self.first(x).tanh()
        return self.second(hidden)
`,
  'tiny/train.py': `import torch
import torch.nn as nn

from model import Tiny

model = Tiny()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=500.0)

for step in range(10):
    optimizer.zero_grad()
    x, y = torch.randn(16, 4), torch.randint(0, 3, (16,))
    criterion(model(x), y).backward()
    optimizer.step()
`,
  'broken/model.py': `import torch.nn as nn


# hessian-lens: input=3x32x32
class Broken(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, padding=1)
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        x = self.conv(x)
        x = x.flatten(1)
        return self.head(x)
`,
  // Enough to see everything, in a fraction of the time.
  '.vscode/settings.json': JSON.stringify({ 'hessianLens.analysis.samples': 64 }),
  'notes/plain.py': `def mean(values):
    return sum(values) / len(values)
`,
};

const notebook = {
  nbformat: 4,
  nbformat_minor: 5,
  metadata: { language_info: { name: 'python' } },
  cells: [
    {
      cell_type: 'code',
      id: 'imports',
      metadata: {},
      outputs: [],
      execution_count: null,
      source: 'import torch.nn as nn',
    },
    {
      cell_type: 'code',
      id: 'model',
      metadata: {},
      outputs: [],
      execution_count: null,
      source: [
        '# hessian-lens: input=1x8x8\n',
        'class Cell(nn.Module):\n',
        '    def __init__(self):\n',
        '        super().__init__()\n',
        '        self.conv = nn.Conv2d(1, 5, 3)\n',
        '\n',
        '    def forward(self, x):\n',
        '        return self.conv(x).mean((2, 3))\n',
      ],
    },
  ],
};

export interface Workspace {
  readonly folder: string;
  remove(): void;
}

/** Copies the examples and writes small projects into a new folder. `root` is this repository. */
export function createWorkspace(root: string): Workspace {
  const folder = mkdtempSync(join(tmpdir(), 'hessian-lens-workspace-'));
  for (const example of ['digits', 'chargpt'])
    cpSync(join(root, 'examples', example), join(folder, example), { recursive: true });
  cpSync(join(root, 'test', 'fixtures', 'onnx', 'perceptron.onnx'), join(folder, 'onnx', 'tiny.onnx'));
  for (const [path, text] of Object.entries(tiny)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  writeFileSync(join(folder, 'notes', 'model.ipynb'), JSON.stringify(notebook, null, 1));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }) };
}
