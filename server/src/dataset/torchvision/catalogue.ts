/** What torchvision's data sets hold, and where their files lie below `root`. */
import type { DataValue } from '../dataCall';

export interface TorchvisionSet {
  /** Of the constructor, in order. */
  readonly parameters: readonly string[];
  /** Channels, height, width of every image; undefined: images differ in size. */
  readonly image: readonly [number, number, number] | undefined;
  readonly classes: number | undefined;
  /** Places to look for below root, the first that exists counts; `split` is what the arguments choose. */
  readonly places: (split: string) => readonly string[];
}

const byTrain = ['root', 'train', 'transform', 'target_transform', 'download'];
const bySplit = ['root', 'split', 'transform', 'target_transform', 'download'];

const idx = (name: string, classes = 10): TorchvisionSet => ({
  parameters: byTrain,
  image: [1, 28, 28],
  classes,
  places: () => [`${name}/raw`, 'raw', ''],
});

const cifar = (folder: string, classes: number): TorchvisionSet => ({
  parameters: byTrain,
  image: [3, 32, 32],
  classes,
  places: () => [
    `${folder}-py`,
    folder,
    `${folder.replace('-batches', '')}-python`,
    `${folder.replace('-batches', '')}-binary`,
    `${folder}-bin`,
    '',
  ],
});

/** By class name. */
export const torchvisionSets: Readonly<Record<string, TorchvisionSet>> = {
  MNIST: idx('MNIST'),
  FashionMNIST: idx('FashionMNIST'),
  KMNIST: idx('KMNIST'),
  QMNIST: idx('QMNIST'),
  EMNIST: { ...idx('EMNIST', 47), parameters: ['root', 'split'], classes: undefined },
  CIFAR10: cifar('cifar-10-batches', 10),
  CIFAR100: cifar('cifar-100', 100),
  SVHN: {
    parameters: bySplit,
    image: [3, 32, 32],
    classes: 10,
    places: (split) => [`${split}_32x32.mat`],
  },
  STL10: {
    parameters: ['root', 'split', 'folds', 'transform', 'target_transform', 'download'],
    image: [3, 96, 96],
    classes: 10,
    places: () => ['stl10_binary', ''],
  },
  ImageFolder: {
    parameters: ['root', 'transform', 'target_transform', 'loader', 'is_valid_file', 'allow_empty'],
    image: undefined,
    classes: undefined,
    places: () => [''],
  },
  ImageNet: {
    parameters: ['root', 'split'],
    image: undefined,
    classes: 1000,
    places: (split) => [split],
  },
};

/** Which part of the set the arguments name: `train`, `test`, …; torchvision's default is the training part. */
export function splitOf({ train, split }: Readonly<Record<string, DataValue>>): string {
  if (typeof split === 'string') return split;
  return train === false ? 'test' : 'train';
}
