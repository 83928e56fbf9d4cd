/** MATLAB files as data: SVHN's images X [32, 32, 3, n] with labels y, or arrays whose first axis counts samples. */
import { contentHash } from '../../checkpoint/assemble';
import type { ByteSource } from '../../checkpoint/byteSource';
import { CheckpointError } from '../../checkpoint/checkpointError';
import { StridedTensor } from '../../checkpoint/stridedTensor';
import { arrayDataset } from '../arrayDataset';
import { chooseArrays } from '../chooseArrays';
import type { Dataset, DatasetOptions } from '../dataset';
import { changedLabels } from '../labels';
import { pictureSamples, storedPictures } from '../pictures';
import { tensorSamples, type SampleArray } from '../sampleArrays';
import { readMatlab, type MatlabArray } from './matlab';

export async function openMatlabFile(source: ByteSource, { transform }: DatasetOptions): Promise<Dataset> {
  const arrays = await readMatlab(source);
  if (arrays.length === 0)
    throw new CheckpointError(
      'there is no array of numbers',
      source.name,
      'file',
      'Save inputs and targets as x and y; files of version 7.3 are HDF5: save them with -v7.',
    );
  const pictures = arrays.find(({ name, shape, type }) => name === 'X' && shape.length === 4 && type === 'uint8');
  const labels = arrays.find(({ name }) => name === 'y');
  if (pictures !== undefined && labels !== undefined) return digits(source, pictures, labels, transform);
  const { arrays: chosen, note } = chooseArrays(arrays.map((array) => samplesOf(array, source.name)));
  return arrayDataset(source.name, chosen, `${source.name}${note === undefined ? '' : ` (${note})`}`, () =>
    contentHash(source),
  );
}

/** Samples along the last axis, each [width, height, channels] as it lies; the label 10 means the digit 0. */
async function digits(
  source: ByteSource,
  pictures: MatlabArray,
  labels: MatlabArray,
  transform: DatasetOptions['transform'],
): Promise<Dataset> {
  const [height = 0, width = 0, channels = 0, count = 0] = pictures.shape;
  const plane = height * width;
  const images = tensorFrom(pictures, [count, channels, height, width], [channels * plane, plane, 1, height]);
  const stored = storedPictures(tensorSamples(images, 'images', source.name), source.name);
  const { array, note } = await pictureSamples(stored, transform);
  const total = labels.shape.reduce((product, extent) => product * extent, 1);
  const targets = tensorSamples(tensorFrom(labels, [total], [1]), 'labels', source.name);
  const zeroed = changedLabels({ ...targets, dtype: 'int' }, (label) => (label === 10 ? 0 : label));
  return arrayDataset(source.name, [array, zeroed], `${source.name}, ${note}`, () => contentHash(source));
}

/** Rows are samples; a column vector is one number per sample. */
function samplesOf(array: MatlabArray, file: string): SampleArray {
  const shape = array.shape.length === 2 && array.shape[1] === 1 ? array.shape.slice(0, 1) : array.shape;
  let stride = 1;
  const strides = shape.map((extent) => {
    const own = stride;
    stride *= extent;
    return own;
  });
  return tensorSamples(tensorFrom(array, shape, strides), array.name, file);
}

const tensorFrom = (
  { name, type, bytes, littleEndian }: MatlabArray,
  shape: readonly number[],
  strides: readonly number[],
): StridedTensor => new StridedTensor(name, type, { key: name, bytes, littleEndian }, { shape, strides, offset: 0 });
