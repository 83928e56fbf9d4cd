import { describe, expect, it } from 'vitest';
import { documentedCommands } from '../../../server/src/frontend/torch/documentedCommand';
import { readTrainingFacts, type TrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';

function sourcesOf(files: Readonly<Record<string, string>>) {
  return {
    read: (path: string) => files[path],
    list: (folder: string) =>
      Object.keys(files)
        .filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1).split('/', 1)[0] ?? '')
        .sort(),
    resolveModule: () => undefined,
  };
}

const argumentsIn = (document: string, name = '/w/README.md'): unknown =>
  documentedCommands('/w/train.py', sourcesOf({ [name]: document, '/w/train.py': '' })).map(({ args }) => args);

describe('commands that run a script', () => {
  it('are lines of Markdown files, continued and quoted as in a shell', () => {
    expect(argumentsIn('# Run\n```\n$ python3 train.py --lr 0.1 \\\n    --name "a b" | tee log\n```\n')).toEqual([
      ['--lr', '0.1', '--name', 'a b'],
    ]);
  });

  it('are found with variables and launchers in shell scripts', () => {
    const script = 'export CUDA_VISIBLE_DEVICES=0\nname=resnet\ntorchrun --nproc_per_node=8 train.py --arch=$name\n';
    expect(argumentsIn(script, '/w/scripts/cifar/run.sh')).toEqual([['--arch=resnet']]);
  });

  it('are not those with gaps, of other scripts, or other sentences', () => {
    const document =
      'python train.py [dataset]\npython train.py --data <path>\npython test.py a\nedit train.py first\npython train.py --p $1\n';
    expect(argumentsIn(document)).toEqual([]);
  });
});

const script = [
  'import argparse',
  'import torch',
  'from torch import nn',
  'parser = argparse.ArgumentParser()',
  "parser.add_argument('width', type=int)",
  "parser.add_argument('--lr', type=float, required=True)",
  "parser.add_argument('--batch-size', type=int, default=32)",
  'args = parser.parse_args()',
  'class Net(nn.Module):',
  '    def __init__(self, width):',
  '        super().__init__()',
  '        self.first = nn.Linear(4, width)',
  '    def forward(self, x): return self.first(x)',
  'net = Net(args.width)',
  'def run(net, lr):',
  '    return torch.optim.SGD(net.parameters(), lr=lr)',
  'optimizer = run(net, args.lr)',
].join('\n');

const read = (document: string): TrainingFacts =>
  readTrainingFacts({ file: '/w/train.py', sources: sourcesOf({ '/w/train.py': script, '/w/README.md': document }) });

describe('a script whose arguments are required', () => {
  it('is read as the repository says that it is run, and nothing of that is certain', () => {
    const facts = read('Train:\n\n    python train.py 16 --lr 0.25 --unheard-of\n');
    expect(facts.model).toMatchObject({ value: { call: 'Net(16)' }, certain: false });
    expect(facts.optimizers[0]?.arguments['lr']).toMatchObject({ value: 0.25, certain: false });
    expect(facts.command).toMatchObject({
      value: 'python train.py 16 --lr 0.25 --unheard-of',
      span: { file: '/w/README.md', line: 3 },
    });
    expect(facts.batchSize).toMatchObject({ value: 32, certain: false });
  });

  it('has unknown ones without such a command', () => {
    const facts = read('A model.\n');
    expect(facts.command).toBeNull();
    expect(facts.model?.value).toMatchObject({ name: 'Net', call: undefined });
    expect(facts.optimizers[0]?.arguments['lr']?.value).toBeNull();
  });
});
