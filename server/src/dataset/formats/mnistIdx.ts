/**
 * MNIST's idx files: two zero bytes, an element type, the number of axes, their sizes as big-endian int32, the
 * elements. So are FashionMNIST, KMNIST and EMNIST. Images have one channel: [1, height, width].
 */
import { ByteRange, type ByteSource } from '../../checkpoint/byteSource';
import { CheckpointError } from '../../checkpoint/checkpointError';
import { elementWidth, type ElementType } from '../../checkpoint/elementType';
import { contiguousStrides, StridedTensor } from '../../checkpoint/stridedTensor';
import { elementCount } from '../../graph/node';
import { arrayDataset } from '../arrayDataset';
import type { DataFiles, Dataset, DatasetOptions } from '../dataset';
import { unpackedStart, unpackedTo } from '../gunzip';
import { joinedHash } from '../joinedHash';
import { pictureSamples, storedPictures } from '../pictures';
import { tensorSamples } from '../sampleArrays';

const elementTypes: Readonly<Record<number, ElementType>> = {
  0x08: 'uint8',
  0x09: 'int8',
  0x0b: 'int16',
  0x0c: 'int32',
  0x0d: 'float32',
  0x0e: 'float64',
};

/** MNIST's largest file unpacks to 47 MB, EMNIST's to 547 MB. */
const LARGEST_UNPACKED = 3 * 2 ** 28;
const MOST_AXES = 8;

const imagesName = /images[.-]idx\d-ubyte(\.gz)?$/;

/** File names among `names` that are image files of the idx kind, those of the wanted part first. */
export function idxImageFiles(names: readonly string[], split = 'train'): string[] {
  const images = names.filter((name) => imagesName.test(name));
  const isTest = (name: string): boolean => /t10k|test/.test(name);
  const fits = (name: string): boolean => {
    if (split === 'train' || split === 'test') return isTest(name) === (split === 'test');
    return name.includes(split) && !isTest(name);
  };
  return [...images.filter(fits), ...images.filter((name) => !fits(name))];
}

/** Images and the labels file of the same prefix beside it. */
export async function openMnist(
  files: DataFiles,
  folder: string,
  imagesFile: string,
  { transform }: DatasetOptions,
): Promise<Dataset> {
  const prefix = imagesFile.replace(/images.*$/, '');
  const labelsFile = (await files.list(folder)).find((name) => name.startsWith(`${prefix}labels`));
  if (labelsFile === undefined)
    throw new CheckpointError(
      `there is no file '${prefix}labels…' beside it`,
      `${folder}/${imagesFile}`,
      'folder',
      'Put the labels into the same folder.',
    );
  const sources = [await files.open(`${folder}/${imagesFile}`), await files.open(`${folder}/${labelsFile}`)] as const;
  const images = await readIdx(sources[0], 'images');
  const labels = await readIdx(sources[1], 'labels');
  const pictures = storedPictures(tensorSamples(images, 'images', sources[0].name), sources[0].name);
  const { array, note } = await pictureSamples(pictures, transform);
  return arrayDataset(
    `${folder}/${imagesFile}`,
    [array, tensorSamples(labels, 'labels', sources[1].name)],
    `${folder}/${imagesFile}, ${note}`,
    () => joinedHash(sources),
  );
}

/** The array of one file. Throws a CheckpointError. */
export async function readIdx(file: ByteSource, name: string): Promise<StridedTensor> {
  // The header says how long the file is: what is packed is not unpacked beyond it.
  const head = await unpackedStart(file, 4 + 4 * MOST_AXES);
  const [zero, secondZero, code = 0, rank = 0] = head;
  const type = elementTypes[code];
  const start = 4 + 4 * rank;
  if (zero !== 0 || secondZero !== 0 || type === undefined || rank < 1 || rank > MOST_AXES || head.length < start)
    throw new CheckpointError(
      'this is not an idx file',
      file.name,
      'byte 0',
      'Use the files of MNIST as they are distributed.',
    );
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis, false));
  const size = start + elementCount(shape) * elementWidth(type);
  if (size > LARGEST_UNPACKED)
    throw new CheckpointError(
      `its header announces ${size} bytes`,
      file.name,
      `byte 4, sizes ${shape.join(' × ')}`,
      'Convert a part of it to .npz.',
    );
  const source = await unpackedTo(file, size);
  const bytes = new ByteRange(source, start, source.size - start);
  return new StridedTensor(
    name,
    type,
    { key: name, bytes, littleEndian: false },
    { shape, strides: contiguousStrides(shape), offset: 0 },
  );
}
