/**
 * MNIST's idx files: two zero bytes, an element type, the number of axes, their sizes as big-endian int32, the
 * elements. Images become float32 [1, height, width] in 0 … 1, as torchvision's ToTensor makes them.
 */
import { createHash } from 'node:crypto';
import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import { MemoryByteSource, readStart, type ByteSource } from '../../checkpoint/byteSource';
import { CheckpointError } from '../../checkpoint/checkpointError';
import { contentHash } from '../../checkpoint/assemble';
import type { ElementType } from '../../checkpoint/elementType';
import { contiguousStrides, StridedTensor } from '../../checkpoint/stridedTensor';
import { arrayDataset } from '../arrayDataset';
import type { DataFiles, Dataset } from '../dataset';
import { pixelSamples } from '../pixels';
import { tensorSamples } from '../sampleArrays';

const elementTypes: Readonly<Record<number, ElementType>> = {
  0x08: 'uint8',
  0x09: 'int8',
  0x0b: 'int16',
  0x0c: 'int32',
  0x0d: 'float32',
  0x0e: 'float64',
};

/** MNIST's largest file unpacks to 47 MB. */
const LARGEST_UNPACKED = 2 ** 30;

const gunzipAsync = promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip);

const imagesName = /images[.-]idx\d-ubyte(\.gz)?$/;

/** File names of `folder` that are image files of the idx kind. */
export const idxImageFiles = (names: readonly string[]): string[] => names.filter((name) => imagesName.test(name));

/** Images and the labels file of the same prefix beside it. */
export async function openMnist(files: DataFiles, folder: string, imagesFile: string): Promise<Dataset> {
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
  const arrays = [
    pixelSamples(tensorSamples(images, 'images', sources[0].name), 'grey'),
    tensorSamples(labels, 'labels', sources[1].name),
  ];
  return arrayDataset(`${folder}/${imagesFile}`, arrays, `${imagesFile}, pixels scaled to 0 … 1`, async () =>
    createHash('sha256')
      .update(await contentHash(sources[0]))
      .update(await contentHash(sources[1]))
      .digest('hex'),
  );
}

async function readIdx(file: ByteSource, name: string): Promise<StridedTensor> {
  const source = await unpacked(file);
  const [zero, secondZero, code = 0, rank = 0] = await readStart(source, 4);
  const type = elementTypes[code];
  if (zero !== 0 || secondZero !== 0 || type === undefined || rank < 1 || rank > 8)
    throw new CheckpointError(
      'this is not an idx file',
      file.name,
      'byte 0',
      'Use the files of MNIST as they are distributed.',
    );
  const header = await source.read(4, 4 * rank);
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 * axis, false));
  const start = 4 + 4 * rank;
  const bytes = new MemoryByteSource(file.name, await source.read(start, source.size - start));
  return new StridedTensor(
    name,
    type,
    { key: name, bytes, littleEndian: false },
    { shape, strides: contiguousStrides(shape), offset: 0 },
  );
}

async function unpacked(source: ByteSource): Promise<ByteSource> {
  const [first, second] = await readStart(source, 2);
  if (first !== 0x1f || second !== 0x8b) return source;
  try {
    return new MemoryByteSource(
      source.name,
      await gunzipAsync(await source.read(0, source.size), { maxOutputLength: LARGEST_UNPACKED }),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CheckpointError(`damaged gzip file: ${reason}`, source.name, 'byte 0', 'Copy the file again.');
  }
}
