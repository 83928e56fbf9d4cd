/**
 * STL-10: `train_X.bin` holds images of 3 × 96 × 96 bytes, each channel column by column; `train_y.bin` their labels,
 * counted from 1.
 */
import { StridedTensor } from '../../checkpoint/stridedTensor';
import { arrayDataset } from '../arrayDataset';
import { recordCount } from '../checks';
import type { DataFiles, Dataset, DatasetOptions } from '../dataset';
import { joinedHash } from '../joinedHash';
import { changedLabels } from '../labels';
import { pictureSamples, storedPictures } from '../pictures';
import { tensorSamples } from '../sampleArrays';

const SIDE = 96;
const PIXELS = 3 * SIDE * SIDE;

/** The image file of the wanted part among `names`, or of another one; undefined where there is none. */
export function stlImages(names: readonly string[], split = 'train'): string | undefined {
  const images = names.filter((name) => /^(train|test|unlabeled)_X\.bin$/.test(name));
  return images.find((name) => name.startsWith(split.split('+')[0] ?? split)) ?? images[0];
}

/** Images without a label file (the unlabelled part) are an array alone. */
export async function openStl(
  files: DataFiles,
  folder: string,
  name: string,
  { transform }: DatasetOptions,
): Promise<Dataset> {
  const source = await files.open(`${folder}/${name}`);
  const count = recordCount(source, PIXELS);
  const storage = { key: source.name, bytes: source, littleEndian: true };
  const layout = { shape: [count, 3, SIDE, SIDE], strides: [PIXELS, SIDE * SIDE, 1, SIDE], offset: 0 };
  const images = tensorSamples(new StridedTensor('images', 'uint8', storage, layout), 'images', source.name);
  const { array, note } = await pictureSamples(storedPictures(images, source.name), transform);
  const labelsName = name.replace('_X', '_y');
  const labels = (await files.list(folder)).includes(labelsName)
    ? await files.open(`${folder}/${labelsName}`)
    : undefined;
  const targets =
    labels === undefined
      ? []
      : [
          changedLabels(
            tensorSamples(
              new StridedTensor(
                'labels',
                'uint8',
                { key: labels.name, bytes: labels, littleEndian: true },
                { shape: [labels.size], strides: [1], offset: 0 },
              ),
              'labels',
              labels.name,
            ),
            (label) => label - 1,
          ),
        ];
  return arrayDataset(folder, [array, ...targets], `${folder}/${name}, ${note}`, () =>
    joinedHash(labels === undefined ? [source] : [source, labels]),
  );
}
