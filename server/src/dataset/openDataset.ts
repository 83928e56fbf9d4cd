import { readStart } from '../checkpoint/byteSource';
import { CheckpointError } from '../checkpoint/checkpointError';
import type { DataFiles, Dataset } from './dataset';
import { cifarFiles, openCifar } from './formats/cifar';
import { openCsv } from './formats/csv';
import { idxImageFiles, openMnist } from './formats/mnistIdx';
import { openNpyFolder } from './formats/npyPair';
import { openTensorFile } from './formats/tensorFile';
import { openTokenFile } from './formats/tokenFile';

export interface DatasetOptions {
  /** Tokens in one sample of a token file: the model's input length. */
  readonly sequenceLength?: number;
}

/**
 * Opens `--data PATH`: a file (.npz, .safetensors, .pt, .npy beside its partner, .csv, a .bin of tokens, an
 * idx file of MNIST) or a
 * folder (pairs of .npy, MNIST, CIFAR). Throws a CheckpointError that says what is wrong and what is read.
 */
export async function openDataset(files: DataFiles, path: string, options: DatasetOptions = {}): Promise<Dataset> {
  if (await files.isFolder(path)) return openFolder(files, path);
  const [, folder = '.', name = path] = /^(?:(.*)[\\/])?([^\\/]*)$/.exec(path) ?? [];
  if (name.endsWith('.npy')) return openNpyFolder(files, folder, name);
  if (idxImageFiles([name]).length > 0) return openMnist(files, folder, name);
  const source = await files.open(path);
  if (/\.(csv|tsv)$/i.test(name)) return openCsv(source);
  return isTokenFile(name, await readStart(source, 2))
    ? openTokenFile(source, options.sequenceLength)
    : openTensorFile(source);
}

/** Hugging Face's torch files are called .bin as well: they begin as a zip or a pickle. */
const isTokenFile = (name: string, [first, second]: Uint8Array): boolean =>
  name.endsWith('.bin') && !(first === 0x50 && second === 0x4b) && !(first === 0x80 && second === 2);

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
