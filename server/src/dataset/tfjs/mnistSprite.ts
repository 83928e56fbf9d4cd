/**
 * MNIST as the class `MnistData` of TensorFlow.js's examples takes it: 65,000 digits in one image, a row for each, and their classes one-hot
 * in a file of bytes. Where these are not, the digits of `mnist.npz` that Keras keeps stand for them: the same set in another order.
 */
import { CheckpointError } from '../../checkpoint/checkpointError';
import type { DataValue } from '../dataCall';
import type { DataFiles } from '../dataset';
import { LARGEST_IMAGE } from '../images/decodeImage';
import { ImageError } from '../images/imageError';
import { decodePng } from '../images/png';
import { openKerasSet, type OpenedSet } from '../keras/openKerasSet';
import { firstThere } from '../keras/places';
import { joinedHash } from '../joinedHash';
import type { StoredRows } from '../preparation/storedRows';

/** The full name under which its arrays are found again. */
export const MNIST_CALL = 'MnistData';

const [DIGITS, PIXELS, CLASSES] = [65_000, 784, 10];
const IMAGES = 'mnist_images.png';
const LABELS = 'mnist_labels_uint8';
const folders = ['', 'data/', 'public/', 'static/', 'assets/'];
const HINT = `Save ${IMAGES} and ${LABELS} beside the code, or run keras.datasets.mnist.load_data() once where there is a network, or name other data with --data.`;

interface Places {
  readonly keras: readonly string[];
  readonly bases: readonly string[];
}

/** `train`: how many digits are for training. Throws a CheckpointError. */
export async function openMnistSprite(
  files: DataFiles,
  { train }: Readonly<Record<string, DataValue>>,
  { keras, bases }: Places,
): Promise<OpenedSet> {
  const count = typeof train === 'number' ? train : 0;
  const paths = bases.flatMap((base) => folders.map((folder) => `${base}/${folder}${IMAGES}`));
  const image = await firstThere(files, { name: IMAGES, paths, hint: HINT }).catch((error: unknown) => {
    if (!(error instanceof CheckpointError)) throw error;
    return undefined;
  });
  return image === undefined ? ofKeras(files, count, keras, paths) : ofSprite(files, image, count);
}

async function ofSprite(files: DataFiles, path: string, train: number): Promise<OpenedSet> {
  const labelFile = path.slice(0, -IMAGES.length) + LABELS;
  const [images, labels] = [await files.open(path), await files.open(labelFile)];
  const pixels = spritePixels(await files.readWhole(path, LARGEST_IMAGE), path);
  const classes = await files.readWhole(labelFile, LARGEST_IMAGE);
  if (classes.length !== DIGITS * CLASSES)
    throw new CheckpointError(`${classes.length} bytes instead of ${DIGITS * CLASSES}`, labelFile, 'file', HINT);
  return {
    path,
    array(name) {
      const [begin, end] = name.endsWith('test') ? [train, DIGITS] : [0, train];
      const [bytes, width, most] = name.startsWith('x') ? [pixels, PIXELS, 255] : [classes, CLASSES, 1];
      return Promise.resolve({
        size: end - begin,
        rows(indices) {
          const rows = new Float32Array(indices.length * width);
          for (const [i, index] of indices.entries())
            for (let j = 0; j < width; j++) rows[i * width + j] = (bytes[(begin + index) * width + j] ?? 0) / most;
          return Promise.resolve(rows);
        },
      });
    },
    hash: () => joinedHash([images, labels]),
  };
}

function spritePixels(bytes: Uint8Array, path: string): Uint8Array {
  try {
    const { width, height, data } = decodePng(bytes, DIGITS * PIXELS);
    if (width === PIXELS && height === DIGITS) return data.subarray(0, DIGITS * PIXELS);
    throw new ImageError(`${width} × ${height} pixels instead of ${PIXELS} × ${DIGITS}`);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    throw new CheckpointError(error.message, path, 'image', HINT);
  }
}

/** Training digits are those of its training part, others those of its test part. */
async function ofKeras(
  files: DataFiles,
  train: number,
  homes: readonly string[],
  looked: readonly string[],
): Promise<OpenedSet> {
  const set = await openKerasSet(files, 'mnist', {}, homes).catch((error: unknown) => {
    if (!(error instanceof CheckpointError)) throw error;
    const [first = IMAGES] = looked;
    throw new CheckpointError(`MNIST is not there: looked for ${first} and for Keras's mnist.npz`, first, 'path', HINT);
  });
  return {
    ...set,
    async array(name) {
      const stored = await set.array(name, {});
      const size = Math.min(stored.size, name.endsWith('test') ? DIGITS - train : train);
      return name.startsWith('x') ? scaled(stored, size) : oneHot(stored, size);
    },
  };
}

const scaled = (stored: StoredRows, size: number): StoredRows => ({
  size,
  rows: async (indices) => Float32Array.from(await stored.rows(indices), (value) => value / 255),
});

const oneHot = (stored: StoredRows, size: number): StoredRows => ({
  size,
  async rows(indices) {
    const rows = new Float32Array(indices.length * CLASSES);
    for (const [i, label] of (await stored.rows(indices)).entries()) rows[i * CLASSES + label] = 1;
    return rows;
  },
});
