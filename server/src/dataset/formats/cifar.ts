/**
 * CIFAR-10 and CIFAR-100, in the Python form (pickles with `data` and `labels` or `fine_labels`) and the binary form
 * (records of label bytes and 3072 pixels). Images are [3, 32, 32].
 */
import { ByteRange, MemoryByteSource, type ByteSource } from '../../checkpoint/byteSource';
import { CheckpointError } from '../../checkpoint/checkpointError';
import type { CheckpointTensor } from '../../checkpoint/checkpoint';
import { NumpyArray } from '../../checkpoint/pickle/numpyGlobals';
import { PickleReader } from '../../checkpoint/pickle/reader';
import { PickleDict, type PickleValue } from '../../checkpoint/pickle/values';
import { StridedTensor } from '../../checkpoint/stridedTensor';
import { TorchPickleSession } from '../../checkpoint/torchPickle';
import { arrayDataset } from '../arrayDataset';
import { recordCount } from '../checks';
import type { DataFiles, Dataset, DatasetOptions } from '../dataset';
import { joinedHash } from '../joinedHash';
import { pictureSamples, storedPictures } from '../pictures';
import { concatenated } from '../concatenated';
import { tensorSamples, type SampleArray } from '../sampleArrays';

const PIXELS = 3 * 32 * 32;

const pythonNames = /^(data_batch_\d|train)$/;
const binaryNames = /^(data_batch_\d|train)\.bin$/;
const testNames = /^test(_batch)?(\.bin)?$/;

/** Names of `folder` that make up the wanted part of CIFAR, or the other one when only that is there. */
export function cifarFiles(names: readonly string[], split = 'train'): string[] {
  const train = names.filter((name) => pythonNames.test(name) || binaryNames.test(name));
  const isCifar =
    train.some((name) => name.startsWith('data_batch_')) ||
    names.includes('fine_label_names.txt') ||
    names.includes('meta');
  if (!isCifar && !names.includes('batches.meta') && !names.includes('batches.meta.txt')) return [];
  const test = names.filter((name) => testNames.test(name));
  const [wanted, other] = split === 'train' ? [train, test] : [test, train];
  return wanted.length > 0 ? wanted : other;
}

export async function openCifar(
  files: DataFiles,
  folder: string,
  names: readonly string[],
  { transform }: DatasetOptions,
): Promise<Dataset> {
  const sources = await Promise.all(names.map((name) => files.open(`${folder}/${name}`)));
  const { images, labels } = await cifarArrays(sources.map((source, i) => [names[i] ?? '', source]));
  const { array, note } = await pictureSamples(storedPictures(images, folder), transform);
  return arrayDataset(folder, [array, labels], `${folder} (${names.join(', ')}), ${note}`, () => joinedHash(sources));
}

export interface CifarArrays {
  /** Bytes, [3, 32, 32]. */
  readonly images: SampleArray;
  readonly labels: SampleArray;
}

/** The images and labels of files by name, one after the other; CIFAR-100 has fine and coarse labels. */
export async function cifarArrays(
  named: readonly (readonly [string, ByteSource])[],
  labelKind: 'fine' | 'coarse' = 'fine',
): Promise<CifarArrays> {
  // CIFAR-100's binary files are train.bin and test.bin.
  const hasCoarseLabel = named.some(([name]) => /^(train|test)\.bin$/.test(name));
  const parts: CifarArrays[] = [];
  for (const [name, source] of named)
    parts.push(name.endsWith('.bin') ? binaryPart(source, hasCoarseLabel) : await pythonPart(source, labelKind));
  return {
    images: concatenated(parts.map(({ images }) => images)),
    labels: concatenated(parts.map(({ labels }) => labels)),
  };
}

const asPart = (images: CheckpointTensor, labels: CheckpointTensor, file: string): CifarArrays => ({
  images: tensorSamples(images, 'images', file),
  labels: tensorSamples(labels, 'labels', file),
});

/** Records: CIFAR-10 one label byte, CIFAR-100 (train.bin, test.bin) a coarse and a fine one, then the pixels. */
function binaryPart(source: ByteSource, hasCoarseLabel: boolean): CifarArrays {
  const labelBytes = hasCoarseLabel ? 2 : 1;
  const record = labelBytes + PIXELS;
  const storage = { key: source.name, bytes: source, littleEndian: true };
  const count = recordCount(source, record);
  return asPart(
    new StridedTensor('images', 'uint8', storage, {
      shape: [count, 3, 32, 32],
      strides: [record, 1024, 32, 1],
      offset: labelBytes,
    }),
    new StridedTensor('labels', 'uint8', storage, { shape: [count], strides: [record], offset: labelBytes - 1 }),
    source.name,
  );
}

async function pythonPart(source: ByteSource, labelKind: 'fine' | 'coarse'): Promise<CifarArrays> {
  const value = await new TorchPickleSession([]).load(new PickleReader(source, 0, 'pickle'));
  const data = field(value, 'data');
  const labels = field(value, 'labels') ?? field(value, `${labelKind}_labels`);
  if (
    !(data instanceof NumpyArray) ||
    data.bytes === undefined ||
    data.dtype?.elementType !== 'uint8' ||
    !isLabels(labels)
  )
    throw new CheckpointError(
      "the pickle has no uint8 'data' and integer 'labels'",
      source.name,
      'pickle',
      'Use the files of CIFAR as they are distributed.',
    );
  const count = labels.length;
  const pixels = { key: 'data', bytes: new ByteRange(data.bytes, 0, count * PIXELS), littleEndian: true };
  const labelBytes = new MemoryByteSource(source.name, new Uint8Array(Int32Array.from(labels).buffer));
  return asPart(
    new StridedTensor('images', 'uint8', pixels, {
      shape: [count, 3, 32, 32],
      strides: [PIXELS, 1024, 32, 1],
      offset: 0,
    }),
    new StridedTensor(
      'labels',
      'int32',
      { key: 'labels', bytes: labelBytes, littleEndian: true },
      { shape: [count], strides: [1], offset: 0 },
    ),
    source.name,
  );
}

const isLabels = (value: PickleValue | undefined): value is number[] =>
  Array.isArray(value) && value.every((label) => typeof label === 'number');

/** Python 2 wrote its keys as bytes, which arrive as text or bytes by the pickle's protocol. */
function field(value: PickleValue, name: string): PickleValue | undefined {
  if (!(value instanceof PickleDict)) return undefined;
  return value
    .entries()
    .find(([key]) => key === name || (key instanceof Uint8Array && Buffer.from(key).toString('latin1') === name))?.[1];
}
