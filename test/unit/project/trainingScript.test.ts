import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { findTrainingScript, searchedText } from '../../../server/src/project/trainingScript';

const model = 'from torch import nn\nclass Net(nn.Module):\n    pass\n';
const loops =
  'def fit(net, optimizer, loader):\n    for x in loader:\n        net(x).backward()\n        optimizer.step()\n';
const program =
  'import torch\nfrom net import Net\noptimizer = torch.optim.SGD(Net().parameters(), lr=0.1)\noptimizer.step()\n';

function project(files: Readonly<Record<string, string>>): (path: string) => string {
  const root = mkdtempSync(join(tmpdir(), 'hessian-lens-script-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return (path) => (path === '' ? root : join(root, path));
}

const found = (files: Readonly<Record<string, string>>, file: string): string | undefined => {
  const at = project(files);
  return findTrainingScript(at(file), at(''))?.slice(at('').length + 1);
};

it('is a program beside the model or above it', () => {
  expect(found({ 'net.py': model, 'train.py': program }, 'net.py')).toBe('train.py');
  expect(found({ 'models/net.py': model, 'main.py': program }, 'models/net.py')).toBe('main.py');
});

it('is a train.py that does not import the model only where the model says nothing of its training', () => {
  const apart = program.replace('from net import Net', 'from other import Net');
  expect(found({ 'net.py': model, 'train.py': apart }, 'net.py')).toBe('train.py');
  const compiled = "def build():\n    model.compile(loss='mse', optimizer=Adam(1e-3))\n";
  expect(found({ 'net.py': compiled, 'train.py': apart }, 'net.py')).toBe('net.py');
  expect(found({ 'net.py': compiled, 'train.py': program }, 'net.py')).toBe('train.py');
  // One above it that imports it comes before one beside it that does not.
  expect(found({ 'a/net.py': model, 'a/train.py': apart, 'main.py': program }, 'a/net.py')).toBe('main.py');
});

it('is not a library of loops, where a program of another folder makes the optimizer', () => {
  const files = { 'net.py': model, 'train.py': loops, 'experiments/first.py': program };
  expect(found(files, 'net.py')).toBe('experiments/first.py');
});

it('is the library of loops where there is nothing else', () => {
  expect(found({ 'net.py': model, 'train.py': loops }, 'net.py')).toBe('train.py');
});

it('is not a program of another folder that imports a file of the same name beside it', () => {
  const files = { 'a/net.py': model, 'b/net.py': model, 'b/run.py': program };
  expect(found(files, 'a/net.py')).toBeUndefined();
});

const solver =
  "import warnings\nimport torch\nfrom net import Net\nwarnings.filterwarnings('ignore')\nclass Solver:\n    def train(self):\n        optimizer = torch.optim.SGD(Net().parameters(), lr=0.1)\n        optimizer.step()\n";

it('is the program that runs a trainer, where the file that trains only defines it', () => {
  const main = "from solver import Solver\nif __name__ == '__main__':\n    Solver().train()\n";
  const files = { 'net.py': model, 'solver.py': solver, 'main.py': main, 'evaluate.py': main };
  expect(found(files, 'net.py')).toBe('main.py');
  const apart = { 'exp/net.py': model, 'exp/solver.py': solver, 'run.py': main.replace('solver', 'exp.solver') };
  expect(found(apart, 'exp/net.py')).toBe('run.py');
});

it('is the file that trains, where nothing runs it', () => {
  expect(found({ 'net.py': model, 'solver.py': solver, 'other.py': 'from solver import Solver\n' }, 'net.py')).toBe(
    'solver.py',
  );
});

it('is looked for in the texts that an editor has, also of files that are not saved yet', () => {
  const at = project({ 'net.py': model, 'train.py': 'import torch\n' });
  expect(findTrainingScript(at('net.py'), at(''))).toBeUndefined();
  const within = (name: string, text: string): string | undefined =>
    findTrainingScript(at('net.py'), at(''), new Map([[at(name), text]]));
  expect(within('train.py', program)).toBe(at('train.py'));
  expect(within('run.py', program)).toBe(at('run.py'));
  const saved = project({ 'net.py': model, 'train.py': program });
  expect(findTrainingScript(saved('net.py'), saved(''))).toBe(saved('train.py'));
  expect(findTrainingScript(saved('net.py'), saved(''), new Map([[saved('train.py'), 'pass\n']]))).toBeUndefined();
});

it('is looked for again when texts change in what the search looks at', () => {
  const of = (text: string): string => searchedText(new Map([['/p/train.py', text]]));
  expect(of(program)).toBe(of(program.replace('lr=0.1', 'lr=0.2')));
  expect(of(program)).not.toBe(of(program.replace('import Net', 'import Other')));
  expect(of(program)).not.toBe(of('import torch\nfrom net import Net\n'));
});
