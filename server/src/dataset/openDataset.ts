import { CheckpointError } from '../checkpoint/checkpointError';
import type { DataFiles, Dataset } from './dataset';
import { cifarFiles, openCifar } from './formats/cifar';
import { openCsv } from './formats/csv';
import { idxImageFiles, openMnist } from './formats/mnistIdx';
import { openNpyFolder } from './formats/npyPair';
import { openTensorFile } from './formats/tensorFile';

/**
 * Opens `--data PATH`: a file (.npz, .safetensors, .pt, .npy beside its partner, .csv, an idx file of MNIST) or a
 * folder (pairs of .npy, MNIST, CIFAR). Throws a CheckpointError that says what is wrong and what is read.
 */
export async function openDataset(files: DataFiles, path: string): Promise<Dataset> {
  if (await files.isFolder(path)) return openFolder(files, path);
  const [, folder = '.', name = path] = /^(?:(.*)[\\/])?([^\\/]*)$/.exec(path) ?? [];
  if (name.endsWith('.npy')) return openNpyFolder(files, folder, name);
  if (idxImageFiles([name]).length > 0) return openMnist(files, folder, name);
  const source = await files.open(path);
  return /\.(csv|tsv)$/i.test(name) ? openCsv(source) : openTensorFile(source);
}

async function openFolder(files: DataFiles, folder: string): Promise<Dataset> {
  const names = await files.list(folder);
  const cifar = cifarFiles(names);
  if (cifar.length > 0) return openCifar(files, folder, cifar);
  const images = idxImageFiles(names);
  const first = images.find((name) => name.startsWith('train')) ?? images[0];
  if (first !== undefined) return openMnist(files, folder, first);
  if (names.some((name) => name.endsWith('.npy'))) return openNpyFolder(files, folder, undefined);
  throw new CheckpointError(
    'the folder holds no data that is read',
    folder,
    `${names.length} files`,
    'Read are pairs of .npy, MNIST (idx) and CIFAR; or name a file: .npz, .safetensors, .pt, .csv.',
  );
}
