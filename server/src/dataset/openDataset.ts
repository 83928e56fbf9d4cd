import { readStart } from '../checkpoint/byteSource';
import { CheckpointError } from '../checkpoint/checkpointError';
import type { DataFiles, Dataset, DatasetOptions } from './dataset';
import { cifarFiles, openCifar } from './formats/cifar';
import { openCharacterText } from './formats/characterText';
import { openCsv } from './formats/csv';
import { openImageFolder } from './formats/imageFolder';
import { openJsonLines } from './formats/jsonLines';
import { isMatlab } from './formats/matlab';
import { openMatlabFile } from './formats/matlabFile';
import { idxImageFiles, openMnist } from './formats/mnistIdx';
import { openNpyFolder } from './formats/npyPair';
import { isParquet, openParquet } from './formats/parquet';
import { openStl, stlImages } from './formats/stl10';
import { isTar } from './formats/tar';
import { openTensorFile } from './formats/tensorFile';
import { openTokenFile } from './formats/tokenFile';
import { openWebDataset } from './formats/webDataset';
import { unpacked } from './gunzip';
import { knownFolders } from './torchvision/places';

/**
 * Opens `--data PATH`: a file or a folder of one of the kinds in README's table, or a folder that torchvision keeps such in.
 * Throws a CheckpointError that says what is wrong and what is read.
 */
export async function openDataset(files: DataFiles, path: string, options: DatasetOptions = {}): Promise<Dataset> {
  if (await files.isFolder(path)) return openFolder(files, path.replace(/(.)[\\/]+$/, '$1'), options);
  const [, folder = '.', name = path] = /^(?:(.*)[\\/])?([^\\/]*)$/.exec(path) ?? [];
  if (name.endsWith('.npy')) return openNpyFolder(files, folder, name);
  if (idxImageFiles([name]).length > 0) return openMnist(files, folder, name, options);
  const source = await files.open(path);
  if (/\.(csv|tsv)(\.gz)?$/i.test(name)) return openCsv(await unpacked(source, LARGEST_UNPACKED));
  if (/\.(jsonl|ndjson)(\.gz)?$/i.test(name)) return openJsonLines(await unpacked(source, LARGEST_UNPACKED));
  if (/\.txt$/i.test(name)) return openCharacterText(source, options.sequenceLength);
  if (await isMatlab(source)) return openMatlabFile(source, options);
  if (await isParquet(source)) return openParquet(source, options);
  if (await isTar(source)) return openWebDataset(source.name, [source], options);
  return isTokenFile(name, await readStart(source, 2))
    ? openTokenFile(source, options.sequenceLength)
    : openTensorFile(source);
}

/** Of compressed tables. */
const LARGEST_UNPACKED = 1 << 28;

/** Hugging Face's torch files are called .bin as well: they begin as a zip or a pickle. */
const isTokenFile = (name: string, [first, second]: Uint8Array): boolean =>
  name.endsWith('.bin') && !(first === 0x50 && second === 0x4b) && !(first === 0x80 && second === 2);

async function openFolder(files: DataFiles, folder: string, options: DatasetOptions): Promise<Dataset> {
  const here = await openKnown(files, folder, options);
  if (here !== undefined) return here;
  const inside = await knownFolders(files, folder);
  const [only, ...others] = inside;
  if (only !== undefined && others.length > 0)
    throw new CheckpointError(
      `the folder holds several data sets: ${inside.join(', ')}`,
      folder,
      'folder',
      'Name one of them.',
    );
  const found =
    only === undefined ? await openImageFolder(files, folder, options) : await openKnown(files, only, options);
  if (found !== undefined) return found;
  throw new CheckpointError(
    'the folder holds no data that is read',
    folder,
    `${(await files.list(folder)).length} files`,
    'Read are MNIST (idx), CIFAR, SVHN, STL10, folders of images, WebDataset, pairs of .npy; or name a file: .npz, .safetensors, .pt, .csv, .parquet.',
  );
}

/** The folder itself holds files of a known set. */
async function openKnown(files: DataFiles, folder: string, options: DatasetOptions): Promise<Dataset | undefined> {
  const { split } = options;
  const names = await files.list(folder);
  const cifar = cifarFiles(names, split);
  if (cifar.length > 0) return openCifar(files, folder, cifar, options);
  const [images] = idxImageFiles(names, split);
  if (images !== undefined) return openMnist(files, folder, images, options);
  const stl = stlImages(names, split);
  if (stl !== undefined) return openStl(files, folder, stl, options);
  const numbers = names.filter((name) => /^(train|test|extra)_32x32\.mat$/.test(name));
  const svhn = numbers.find((name) => name.startsWith(split ?? 'train')) ?? numbers[0];
  if (svhn !== undefined) return openMatlabFile(await files.open(`${folder}/${svhn}`), options);
  const shards = names.filter((name) => name.endsWith('.tar'));
  if (shards.length > 0)
    return openWebDataset(folder, await Promise.all(shards.map((name) => files.open(`${folder}/${name}`))), options);
  return names.some((name) => name.endsWith('.npy')) ? openNpyFolder(files, folder, undefined) : undefined;
}
