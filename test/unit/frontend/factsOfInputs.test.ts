import { describe, expect, it } from 'vitest';
import { readTrainingFacts, type TrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';
import { layoutsOf } from '../../../server/src/worker/scriptInputs';

// Expected shapes are what the script would print of its tensors in PyTorch.

const read = (...lines: string[]): TrainingFacts =>
  readTrainingFacts({
    file: 'train.py',
    source: [
      'import numpy as np',
      'import torch',
      'from torch import nn',
      'from torch.utils.data import DataLoader, Dataset, TensorDataset',
      'from torchvision import datasets, transforms',
      ...lines,
    ].join('\n'),
    sources: { read: () => undefined, resolveModule: () => undefined },
  });

const shapes = ({ inputs }: TrainingFacts): unknown => inputs?.value.map(({ shape, dtype }) => [shape, dtype]);

const language = [
  'class Net(nn.Module):',
  '    def __init__(self):',
  '        super().__init__()',
  '        self.embed = nn.Embedding(65, 8)',
  '        self.head = nn.Linear(8, 65)',
  '    def forward(self, ids, targets=None):',
  '        return self.head(self.embed(ids))',
  'net = Net()',
  'optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)',
];
const vector = (features: number): string[] => [
  `net = nn.Sequential(nn.Linear(${features}, 8), nn.ReLU(), nn.Linear(8, 2))`,
  'optimizer = torch.optim.SGD(net.parameters(), lr=0.1)',
];

describe('shapes that a script gives its model', () => {
  it('are those of windows into a file of tokens', () => {
    const facts = read(
      ...language,
      'block_size, batch_size = 48, 12',
      'def get_batch():',
      "    data = np.memmap('train.bin', dtype=np.uint16, mode='r')",
      '    ix = torch.randint(len(data) - block_size, (batch_size,))',
      '    x = torch.stack([torch.from_numpy((data[i:i+block_size]).astype(np.int64)) for i in ix])',
      '    y = torch.stack([torch.from_numpy((data[i+1:i+1+block_size]).astype(np.int64)) for i in ix])',
      '    return x, y',
      'while True:',
      '    x, y = get_batch()',
      '    loss = net(x, y).sum()',
      '    loss.backward()',
    );
    expect(shapes(facts)).toEqual([
      [[48], 'int64'],
      [[48], 'int64'],
    ]);
    expect(facts.batchSize).toMatchObject({ value: 12 });
    expect(facts.inputs?.certain).toBe(true);
  });

  it('are those of a list of characters that is too long to be followed', () => {
    const facts = read(
      ...language,
      "text = 'to be or not to be ' * 20000",
      'stoi = {c: i for i, c in enumerate(sorted(set(text)))}',
      'data = torch.tensor([stoi[c] for c in text], dtype=torch.long)',
      'ix = torch.randint(len(data) - 32, (4,))',
      'x = torch.stack([data[i:i+32] for i in ix])',
      'net(x)',
    );
    expect(shapes(facts)).toEqual([[[32], 'int64']]);
    expect(facts.batchSize?.value).toBe(4);
  });

  it('are those of the transforms of a data set, reshaped by the loop', () => {
    const facts = read(
      ...vector(784),
      "data = datasets.MNIST('d', train=True, transform=transforms.ToTensor())",
      'for images, labels in DataLoader(data, batch_size=100, shuffle=True):',
      '    loss = nn.functional.cross_entropy(net(images.reshape(-1, 28 * 28)), labels)',
    );
    expect(shapes(facts)).toEqual([[[784], 'float32']]);
    expect(facts.batchSize?.value).toBe(100);
  });

  it("are those of a sample of the code's own data set", () => {
    const facts = read(
      ...vector(7),
      'class Windows(Dataset):',
      '    def __init__(self, path, length):',
      '        self.series = np.load(path)',
      '        self.length = length',
      '    def __len__(self): return len(self.series) - self.length',
      '    def __getitem__(self, i):',
      '        mask = torch.zeros(self.length)',
      '        mask[: self.series[i]] = 1',
      "        return {'mask': mask, 'label': 3}",
      "loader = DataLoader(Windows('a.npy', 7), batch_size=16)",
      'for batch in loader:',
      "    net(batch['mask'])",
    );
    expect(shapes(facts)).toEqual([[[7], 'float32']]);
  });

  it('are not those of an evaluation where training gives others', () => {
    const facts = read(
      ...vector(5),
      'with torch.no_grad():',
      '    net(torch.zeros(3, 9, 5))',
      'x = torch.randn(200, 5)',
      'net(x).sum().backward()',
    );
    expect(shapes(facts)).toEqual([[[5], 'float32']]);
    expect(facts.batchSize?.value).toBe(200);
  });

  it('are not those of a trial where training has others that are not known', () => {
    const facts = read(
      ...vector(5),
      'net(torch.zeros(1, 5))',
      "for x in torch.load('data.pt'):",
      '    net(x).sum().backward()',
    );
    expect(facts.inputs).toBeNull();
    expect(facts.batchSize).toBeNull();
  });

  it('are those of large data sets that the script writes into', () => {
    const facts = read(
      ...vector(784),
      "data = datasets.MNIST('d', transform=transforms.ToTensor())",
      'for x, y in DataLoader(data, batch_size=50000):',
      '    x = x.flatten(1).clone()',
      '    x[:, :10] *= 0.0',
      '    x[range(x.shape[0]), y] = x.max()',
      '    net(x)',
    );
    expect(shapes(facts)).toEqual([[[784], 'float32']]);
    expect(facts.stopped).toBeNull();
  });

  it('are seen through a wrapper, with a batch size that is not known', () => {
    const facts = read(
      'import argparse',
      ...vector(6),
      'parser = argparse.ArgumentParser()',
      "parser.add_argument('--batch-size', type=int, required=True)",
      'args = parser.parse_args()',
      'net = nn.DataParallel(net)',
      'for (x,) in DataLoader(TensorDataset(torch.randn(50, 6)), batch_size=args.batch_size):',
      '    net(x)',
    );
    expect(shapes(facts)).toEqual([[[6], 'float32']]);
    expect(facts.batchSize).toBeNull();
  });

  it('are not invented where the data are files', () => {
    const facts = read(...vector(6), "x = torch.tensor(np.load('x.npy'))", 'net(x)');
    expect(facts.inputs).toBeNull();
  });

  it('may end with the target', () => {
    const [ids, targets] = [
      { kind: 'shape', sample: [48], dtype: 'int' },
      { kind: 'shape', sample: [48], dtype: 'int' },
    ] as const;
    expect(layoutsOf([ids, targets])).toEqual([[ids], [ids, targets]]);
  });
});

describe('a loop that builds a model', () => {
  it('is followed to its end where it is cheap', () => {
    const facts = read(
      'layers, width, i = [], 4, 0',
      'for _ in range(40):',
      '    layers.append(nn.Linear(4, 4))',
      'while i < 5:',
      '    width += 2',
      '    i += 1',
      'class Net(nn.Module):',
      '    def __init__(self, depth, width):',
      '        super().__init__()',
      '        self.first = nn.Linear(width, depth)',
      '    def forward(self, x): return self.first(x)',
      'net = Net(len(layers), width)',
      'torch.optim.SGD(net.parameters(), lr=0.1)',
    );
    expect(facts.model?.value.call).toBe('Net(40, 14)');
  });

  it('gives no number where it is not known how often it runs', () => {
    const facts = read(
      'classes, features = [], 0',
      "for line in open('classes.txt'):",
      '    classes.append(line.strip())',
      '    features += 3',
      'class Net(nn.Module):',
      '    def __init__(self, classes, features):',
      '        super().__init__()',
      '        self.first = nn.Linear(4, 4)',
      '    def forward(self, x): return self.first(x)',
      'net = Net(len(classes), features)',
      'torch.optim.SGD(net.parameters(), lr=0.1)',
    );
    expect(facts.model?.value).toMatchObject({ name: 'Net', call: undefined });
  });
});

describe('sizes that only a name tells', () => {
  const image = [
    'import argparse',
    'parser = argparse.ArgumentParser()',
    "parser.add_argument('--img-size', type=int, default=96)",
    'args = parser.parse_args()',
    'net = nn.Sequential(nn.Conv2d(4, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2))',
    'optimizer = torch.optim.SGD(net.parameters(), lr=0.1)',
  ];

  it('are those of images, with the channels of the first layer', () => {
    const facts = read(...image, "net(torch.load('x.pt'))");
    expect(shapes(facts)).toEqual([[[4, 96, 96], 'float32']]);
    expect(facts.inputs).toMatchObject({ certain: false, span: { line: 8 } });
  });

  it("are the model's own before others", () => {
    const facts = read(
      'context_length = 5',
      'class Net(nn.Module):',
      '    def __init__(self, config):',
      '        super().__init__()',
      "        self.embed = nn.Embedding(65, config['width'])",
      '    def forward(self, ids): return self.embed(ids)',
      "net = Net({'width': 8, 'context_length': 24})",
      'optimizer = torch.optim.SGD(net.parameters(), lr=0.1)',
    );
    expect(shapes(facts)).toEqual([[[24], 'int64']]);
  });

  it('do not replace what the data say', () => {
    const facts = read(...image, 'net(torch.randn(2, 4, 32, 32))');
    expect(shapes(facts)).toEqual([[[4, 32, 32], 'float32']]);
    expect(facts.inputs?.certain).toBe(true);
  });
});

it('paths of which a part is not known are no facts, and do not end the reading', () => {
  const facts = read(
    'from pathlib import Path',
    ...vector(3),
    "torch.save(net.state_dict(), Path('runs') / np.load('n.npy') / 'a.pt')",
  );
  expect(facts.stopped).toBeNull();
  expect(facts.saves).toEqual([]);
});
