import { describe, expect, it } from 'vitest';
import { readTrainingFacts } from '../../../server/src/frontend/torch/trainingFacts';
import { inputsOfScript, layoutsOf } from '../../../server/src/worker/scriptInputs';

// Expected shapes are those of the tensors that torchvision 0.28 gives for the same data sets and transforms.

const read = (...lines: readonly string[]) => {
  const source = ['import torch, torchvision', 'import torchvision.transforms as T', ...lines].join('\n');
  return readTrainingFacts({
    file: 'train.py',
    source,
    sources: { read: () => source, resolveModule: () => undefined },
  });
};

const shape = (...lines: readonly string[]): unknown => {
  const [spec] = inputsOfScript(read(...lines)) ?? [];
  return spec?.kind === 'shape' ? spec.sample : undefined;
};

describe('input shapes from data sets and transforms', () => {
  it.each([
    ['torchvision.datasets.CIFAR10("./data", transform=T.ToTensor())', [3, 32, 32]],
    ['torchvision.datasets.MNIST("d", True, T.Compose([T.ToTensor(), T.Normalize((0.13,), (0.3,))]))', [1, 28, 28]],
    ['torchvision.datasets.CIFAR100("d", transform=T.Compose([T.Resize(224), T.ToTensor()]))', [3, 224, 224]],
    [
      'torchvision.datasets.MNIST("d", transform=T.Compose([T.Grayscale(3), T.Resize((64, 48)), T.ToTensor()]))',
      [3, 64, 48],
    ],
    ['torchvision.datasets.STL10("d", transform=T.ToTensor())', [3, 96, 96]],
    ['torchvision.datasets.SVHN("d", "train", T.Compose([T.Pad(4), T.RandomCrop(32), T.ToTensor()]))', [3, 32, 32]],
    [
      'torchvision.datasets.ImageFolder("d", T.Compose([T.Resize(256), T.CenterCrop(224), T.ToTensor()]))',
      [3, 224, 224],
    ],
    [
      'torchvision.datasets.ImageFolder("d", T.Compose([T.RandomResizedCrop(96), T.RandomHorizontalFlip(), T.ToTensor()]))',
      [3, 96, 96],
    ],
    ['torchvision.datasets.MNIST("d", transform=T.Compose([T.ToTensor(), T.Lambda(lambda x: x.view(-1))]))', [784]],
    [
      'torchvision.datasets.MNIST("d", transform=T.Compose([T.ToTensor(), T.Lambda(lambda x: x.repeat(3, 1, 1))]))',
      [3, 28, 28],
    ],
    ['torchvision.datasets.MNIST("d", transform=T.Compose([T.ToTensor(), torch.flatten]))', [1, 28, 28]],
    [
      'torchvision.datasets.FashionMNIST("d", transform=T.Compose([T.Resize(32, interpolation=T.InterpolationMode.BICUBIC), T.ToTensor()]))',
      [1, 32, 32],
    ],
  ])('%s', (made, expected) => {
    expect(shape(`data = ${made}`)).toEqual(expected);
  });

  it('is not guessed where images differ in size', () => {
    expect(
      shape('d = torchvision.datasets.ImageFolder("d", T.Compose([T.Resize(224), T.ToTensor()]))'),
    ).toBeUndefined();
    expect(shape('d = torchvision.datasets.ImageFolder("d", T.ToTensor())')).toBeUndefined();
  });

  it('follows transforms through variables, functions, conditions and version 2', () => {
    expect(
      shape(
        'from torchvision.transforms import v2',
        'def build(train):',
        '    steps = [v2.ToImage(), v2.Resize(40), v2.CenterCrop((36, 38))]',
        '    if train:',
        '        steps.append(v2.RandomHorizontalFlip())',
        '    steps += [v2.ToDtype(torch.float32, scale=True), v2.Normalize([0.5] * 3, [0.5] * 3)]',
        '    return v2.Compose(steps)',
        'def main():',
        '    sets = {s: torchvision.datasets.CIFAR10("d", s == "train", build(s == "train")) for s in ("train", "test")}',
        '    loader = torch.utils.data.DataLoader(sets["train"], 64, shuffle=True)',
        'if __name__ == "__main__":',
        '    main()',
      ),
    ).toEqual([3, 36, 38]);
  });

  it('takes the set that training reads, through subsets', () => {
    const facts = read(
      'from torch.utils.data import DataLoader, Subset',
      'other = torchvision.datasets.MNIST("d", transform=T.ToTensor())',
      'test = torchvision.datasets.CIFAR10("d", train=False, transform=T.ToTensor())',
      'train = torchvision.datasets.CIFAR10("d", train=True, transform=T.Compose([T.Resize(8), T.ToTensor()]))',
      'testing = DataLoader(test, batch_size=100)',
      'loader = DataLoader(Subset(train, range(50)), batch_size=10, shuffle=True)',
    );
    expect(inputsOfScript(facts)).toEqual([{ kind: 'shape', sample: [3, 8, 8], dtype: 'float' }]);
    expect(facts.datasets[0]).toMatchObject({ certain: false, span: { line: 5 } });
  });

  it('follows classes of the code that derive from or wrap a library’s set, and transforms that are assigned later', () => {
    const loader = 'loader = torch.utils.data.DataLoader(data, 4, shuffle=True)';
    const derived = [
      'class Indexed(torchvision.datasets.CIFAR10):',
      '    def __getitem__(self, index):',
      '        image, label = super().__getitem__(index)',
      '        return image, label, index',
      'data = Indexed("d", True, T.ToTensor())',
    ];
    const wrapping = [
      'class Pairs(torch.utils.data.Dataset):',
      '    def __init__(self, transform):',
      '        self.base = torchvision.datasets.MNIST("d", True, transform)',
      '    def __len__(self):',
      '        return len(self.base)',
      'data = Pairs(T.Compose([T.Resize(20), T.ToTensor()]))',
    ];
    const assigned = [
      'data = torchvision.datasets.CIFAR10("d")',
      'data.transform = T.Compose([T.Resize(16), T.ToTensor()])',
    ];
    expect(shape(...derived, loader)).toEqual([3, 32, 32]);
    expect(shape(...wrapping, loader)).toEqual([1, 20, 20]);
    expect(shape(...assigned, loader)).toEqual([3, 16, 16]);
  });

  it('names data sets of the code itself, with the paths they keep', () => {
    const facts = read(
      'class Rows(torch.utils.data.Dataset):',
      '    def __init__(self, path):',
      '        self.path = path',
      'loader = torch.utils.data.DataLoader(Rows("data/rows.csv"), batch_size=4)',
    );
    expect(facts.datasets).toMatchObject([
      { value: { name: 'Rows', origin: 'own', named: { path: 'data/rows.csv' } } },
    ]);
    expect(inputsOfScript(facts)).toBeUndefined();
  });
});

describe('data files', () => {
  it('are those that libraries read and texts that open() reads, also inside data sets of the code', () => {
    const facts = read(
      'import pandas as pd',
      'class Rows(torch.utils.data.Dataset):',
      '    def __init__(self, path):',
      '        self.rows = pd.read_parquet(path)',
      'loader = torch.utils.data.DataLoader(Rows("rows.parquet"), batch_size=4)',
      'with open("input.txt", "r", encoding="utf-8") as f:',
      '    text = f.read()',
      'with open("log.txt", "w") as f:',
      '    f.write("done")',
      'settings = open("settings.ini").read()',
    );
    expect(facts.dataFiles.map(({ value }) => value)).toEqual(['rows.parquet', 'input.txt']);
  });
});

describe('layouts', () => {
  it('tries a sample as it is, as a sequence of rows, as a vector', () => {
    const specs = layoutsOf([{ kind: 'shape', sample: [1, 28, 28], dtype: 'float' }]);
    expect(specs.map(([spec]) => spec?.kind === 'shape' && spec.sample)).toEqual([[1, 28, 28], [28, 28], [784]]);
  });
});
