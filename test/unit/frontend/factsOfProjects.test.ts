/** Facts of scripts whose model is chosen on the command line or found by name. */
import { describe, expect, it } from 'vitest';
import { readTrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';

const files: Readonly<Record<string, string>> = {
  'models/narrow.py':
    'from torch import nn\nclass Model(nn.Module):\n    def __init__(self, width):\n        super().__init__()\n        self.layer = nn.Linear(3, width)\n    def forward(self, x):\n        return self.layer(x)\n',
};

const facts = (source: string) =>
  readTrainingFacts({
    file: 'train.py',
    source,
    sources: {
      read: (path) => files[path],
      list: (folder) => (folder === 'models' ? ['__init__.py', 'narrow.py'] : undefined),
      resolveModule: (name) => {
        const file = `${name.replaceAll('.', '/')}.py`;
        const text = files[file];
        if (text !== undefined) return { file, source: text, isPackage: false };
        return name === 'models' ? { file: 'models', source: '', isPackage: true } : undefined;
      },
    },
  });

const trained = 'optimizer = torch.optim.SGD(model.parameters(), lr=args.lr)\n';

describe('facts of a script', () => {
  it('are the defaults of the command line where another argument is required', () => {
    const { optimizers } = facts(`
import argparse, torch
parser = argparse.ArgumentParser()
parser.add_argument('-net', type=str, required=True)
parser.add_argument('folder', type=int)
parser.add_argument('-lr', type=float, default=0.1)
args = parser.parse_args()
model = torch.nn.Linear(2, 2)
${trained}`);
    expect(optimizers[0]?.arguments['lr']).toMatchObject({ value: 0.1, certain: false });
  });

  it('name a model that is imported by a name the program computes', () => {
    const { model } = facts(`
import argparse, importlib, os, torch
parser = argparse.ArgumentParser()
parser.add_argument('--model', default='narrow')
parser.add_argument('--lr', type=float, default=0.1)
args = parser.parse_args()
found = {name[:-3]: 'models.' + name[:-3] for name in os.listdir('models') if name != '__init__.py'}
model = importlib.import_module(found[args.model]).Model(width=4)
${trained}`);
    expect(model?.value).toMatchObject({ name: 'Model', file: 'models/narrow.py', call: 'Model(width=4)' });
  });

  it('take the first of many models that the command line chooses from', () => {
    const branches = Array.from(
      { length: 8 },
      (_, i) => `${i === 0 ? 'if' : 'elif'} args.net == 'net${i}':\n    model = Model(${i + 1})\n`,
    ).join('');
    const { model, optimizers } = facts(`
import argparse, torch
from models.narrow import Model
parser = argparse.ArgumentParser()
parser.add_argument('--net', required=True)
parser.add_argument('--lr', type=float, default=0.1)
args = parser.parse_args()
${branches}else:
    raise SystemExit
${trained}`);
    expect(model).toMatchObject({ value: { call: 'Model(1)' }, certain: false });
    expect(optimizers).toHaveLength(1);
  });

  it('name the function that made a model of library layers, or of layers made before', () => {
    const script = (build: string) => `
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self, layers):
        super().__init__()
        self.layers = layers
def build(width, *, depth=2, **options):
    ${build}
def main():
    model = build(4, bias=False)
    torch.optim.SGD(model.parameters(), lr=0.1)
main()
`;
    const call = 'build(width=4, depth=2, bias=False)';
    for (const made of ['nn.Sequential(nn.Linear(3, width))', 'Net(nn.Linear(3, width))']) {
      const { model } = facts(script(`return ${made}`));
      expect(model?.value).toMatchObject({ name: 'build', file: 'train.py', call });
    }
  });
});
