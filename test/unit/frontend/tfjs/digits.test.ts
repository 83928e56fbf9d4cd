/** MNIST by the class `MnistData` of TensorFlow.js's examples: from its own two files, or from what Keras keeps. */
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openPrepared } from '../../../../server/src/dataset/preparation/openPrepared';
import { readTrainingFacts } from '../../../../server/src/frontend/torch/trainingFacts';
import { zip } from '../../checkpoint/zipWriter';
import { memoryFiles, npy } from '../../dataset/memoryFiles';

const ROWS = 65_000;
const pixel = (digit: number, at: number): number => (digit * 31 + at * 7) % 256;

/** A chunk of a PNG; checksums are not looked at. */
const chunk = (type: string, content: Uint8Array): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(content.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, content, Buffer.alloc(4)]);
};

function sprite(rows: number): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(784);
  header.writeUInt32BE(rows, 4);
  header[8] = 8;
  const raw = Buffer.alloc(rows * 785);
  // Enough of them to tell one digit from the next; the others are black.
  for (let digit = 0; digit < rows; digit++)
    for (let at = 0; at < 4; at++) raw[digit * 785 + 1 + at] = pixel(digit, at);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(raw, { level: 1 })), chunk('IEND', Buffer.alloc(0))];
  return new Uint8Array(Buffer.concat([signature, ...parts]));
}

const label = (digit: number): number => (digit * 3) % 10;
const labels = (): Uint8Array => {
  const bytes = new Uint8Array(ROWS * 10);
  for (let digit = 0; digit < ROWS; digit++) bytes[digit * 10 + label(digit)] = 1;
  return bytes;
};

const program = (use: string, methods: string): string => `import * as tf from '@tensorflow/tfjs';
const NUM_DATASET_ELEMENTS = 65000;
const NUM_TRAIN_ELEMENTS = 55000;
const MNIST_IMAGES_SPRITE_PATH = 'https://storage.googleapis.com/learnjs-data/model-builder/mnist_images.png';
class MnistData {
  async load() {
    const img = new Image();
    img.src = MNIST_IMAGES_SPRITE_PATH;
    this.datasetLabels = new Uint8Array(await (await fetch('mnist_labels_uint8')).arrayBuffer());
  }
  ${methods}
}
async function run() {
  const data = new MnistData();
  await data.load();
  const model = tf.sequential({layers: [tf.layers.flatten({inputShape: [28, 28, 1]}), tf.layers.dense({units: 10, activation: 'softmax'})]});
  model.compile({optimizer: 'adam', loss: 'categoricalCrossentropy'});
  ${use}
}
run();
`;

const batches = program(
  `const [xs, ys] = tf.tidy(() => {
    const d = data.nextTrainBatch(500);
    return [d.xs.reshape([500, 28, 28, 1]), d.labels];
  });
  await model.fit(xs, ys, {batchSize: 64});`,
  'nextTrainBatch(size) { return this.nextBatch(size, [this.trainImages, this.trainLabels]); }',
);
const whole = program(
  'const train = data.getTrainData(); await model.fit(train.xs, train.labels, {validationSplit: 0.2});',
  'getTrainData() { const xs = tf.tensor4d(this.trainImages, [this.trainImages.length / 784, 28, 28, 1]); return {xs}; }',
);

function read(source: string): ReturnType<typeof prepared> {
  return prepared(
    readTrainingFacts({
      file: '/p/train.js',
      source,
      sources: { read: () => undefined, resolveModule: () => undefined },
    }),
  );
}
function prepared({ fitted, stopped }: ReturnType<typeof readTrainingFacts>) {
  expect(stopped).toBeNull();
  const value = fitted?.value;
  if (value === undefined || 'unfollowed' in value) throw new Error(value?.unfollowed ?? 'nothing');
  return value;
}

const homes = { keras: ['/home/.keras'], bases: ['/p'], program: '/p/train.js' };

describe('MnistData', () => {
  it('reads the image and the labels beside the code', async () => {
    const files = memoryFiles({ '/p/data/mnist_images.png': sprite(ROWS), '/p/data/mnist_labels_uint8': labels() });
    const some = await openPrepared(files, read(batches), homes);
    expect(some.arrays.map(({ shape }) => shape)).toEqual([[28, 28, 1], [10]]);
    expect(some.size).toBe(500);
    const all = await openPrepared(files, read(whole), homes);
    expect(all.size).toBe(44_000);
    for (const dataset of [some, all])
      for (const digit of [0, 1, 499]) {
        const [image, classes] = await dataset.batch([digit]);
        const pixels = Array.from(image?.data ?? [], Number);
        expect(pixels.slice(0, 4)).toEqual([0, 1, 2, 3].map((at) => Math.fround(pixel(digit, at) / 255)));
        expect(Array.from(classes?.data ?? [], Number).indexOf(1)).toBe(label(digit));
      }
  }, 60_000);

  it('says what is wrong with an image of another size', async () => {
    const files = memoryFiles({ '/p/mnist_images.png': sprite(100), '/p/mnist_labels_uint8': labels() });
    await expect(openPrepared(files, read(batches), homes)).rejects.toThrow('784 × 100 pixels instead of 784 × 65000');
  });

  it('takes the digits that Keras keeps where there is no image', async () => {
    const images = new Uint8Array(60_000 * 784);
    for (let i = 0; i < 100 * 784; i++) images[i] = i % 251;
    const classes = Uint8Array.from({ length: 60_000 }, (_, i) => i % 10);
    const archive = zip([
      { name: 'x_train.npy', data: npy('|u1', [60_000, 28, 28], images) },
      { name: 'y_train.npy', data: npy('|u1', [60_000], classes) },
    ]);
    const files = memoryFiles({ '/home/.keras/datasets/mnist.npz': archive });
    const dataset = await openPrepared(files, read(batches), homes);
    expect(dataset.name).toBe('/home/.keras/datasets/mnist.npz');
    const [image, oneHot] = await dataset.batch([17]);
    expect(image?.data[5]).toBe(Math.fround(((17 * 784 + 5) % 251) / 255));
    expect(Array.from(oneHot?.data ?? [], Number)).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 0, 0]);
  });

  it('says what is missing where there is neither', async () => {
    await expect(openPrepared(memoryFiles({}), read(whole), homes)).rejects.toThrow(
      "MNIST is not there: looked for /p/mnist_images.png and for Keras's mnist.npz",
    );
  });
});
