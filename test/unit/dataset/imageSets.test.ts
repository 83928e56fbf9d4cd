import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../server/src/checkpoint/checkpointError';
import type { DataCall, DataValue } from '../../../server/src/dataset/dataCall';
import { openDataset } from '../../../server/src/dataset/openDataset';
import { madeSet } from '../../../server/src/dataset/torchvision/places';
import { memoryFiles } from './memoryFiles';
import { bytesOf, matlabRows, svhn } from './recordedFiles';

const call = (name: string, positional: DataValue[] = [], named: Record<string, DataValue> = {}): DataCall => ({
  name,
  origin: 'library',
  positional,
  named,
});

const ppm = (width: number, height: number, value: (x: number, y: number, c: number) => number): Uint8Array => {
  const pixels: number[] = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) for (let c = 0; c < 3; c++) pixels.push(value(x, y, c));
  return new Uint8Array(
    Buffer.concat([Buffer.from(`P6\n# made by hand\n${width} ${height}\n255\n`), Buffer.from(pixels)]),
  );
};

const idx = (shape: readonly number[], data: readonly number[]): Uint8Array =>
  Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap((size) => [0, 0, size >> 8, size & 255]), ...data]);

async function refusal(opening: Promise<unknown>): Promise<CheckpointError> {
  const error: unknown = await opening.catch((reason: unknown) => reason);
  if (error instanceof CheckpointError) return error;
  throw new Error(`no CheckpointError but ${String(error)}`);
}

describe('folders of images', () => {
  const files = memoryFiles({
    '/d/train/cat/1.ppm': ppm(4, 2, (x) => x),
    '/d/train/cat/2.ppm': ppm(2, 4, (x) => x),
    '/d/train/ant/deep/3.ppm': ppm(2, 2, (_x, y, c) => 100 * c + y),
    '/d/train/readme.txt': new Uint8Array(3),
    '/d/train/cat/4.webp': new Uint8Array(3),
    '/d/val/cat/9.ppm': ppm(2, 2, () => 255),
    '/bad/a/x.png': new Uint8Array(20),
    '/other/a/x.webp': new Uint8Array(20),
  });
  const square = call('Compose', [[call('Resize', [2]), call('CenterCrop', [2]), call('ToTensor')]]);

  it('gives the training part, its classes in the order of their names, and says what is left out', async () => {
    const dataset = await openDataset(files, '/d', { transform: square });
    expect(dataset.arrays).toMatchObject([
      { shape: [3, 2, 2], dtype: 'float' },
      { shape: [], dtype: 'int' },
    ]);
    const [images, labels] = await dataset.batch([0, 2]);
    expect(labels?.data).toEqual(Int32Array.of(0, 1));
    // The middle columns of the 4 × 2 image are those of CenterCrop: (4 − 2) / 2 = 1.
    const first = Float32Array.from([0, 0, 1, 1, 100, 100, 101, 101, 200, 200, 201, 201], (v) => v / 255);
    expect(images?.data.slice(0, 12)).toEqual(first);
    expect(dataset.description).toContain('/d/train (images in 2 classes, 1 images of other kinds left out)');
    expect(dataset.description).toContain('Resize, CenterCrop, ToTensor');
    const validation = await openDataset(files, '/d', { transform: square, split: 'val' });
    expect((await validation.batch([0]))[0]?.data).toEqual(new Float32Array(12).fill(1));
  });

  it('asks for transforms where sizes differ, and names the file', async () => {
    const dataset = await openDataset(files, '/d/train');
    const error = await refusal(dataset.batch([0, 1]));
    expect(error).toMatchObject({ file: '/d/train/cat/1.ppm', where: 'sample 1' });
    expect(error.reason).toContain('becomes [3, 2, 4], the first one [3, 2, 2]');
    expect(error.hint).toContain('Resize');
  });

  it('says which image is damaged and which kinds are read', async () => {
    expect(await refusal(openDataset(files, '/bad'))).toMatchObject({ file: '/bad/a/x.png', where: 'sample 0' });
    expect((await refusal(openDataset(files, '/other'))).hint).toContain('PNG, JPEG');
  });
});

describe('torchvision’s folders', () => {
  const images = idx([2, 2, 2], [0, 51, 102, 255, 255, 0, 0, 0]);
  const test = idx([1, 2, 2], [255, 255, 255, 255]);
  const stl = new Uint8Array(3 * 96 * 96);
  // Channel 1, column 2, row 5: channels hold their columns one after the other.
  stl[96 * 96 + 2 * 96 + 5] = 255;
  const files = memoryFiles({
    '/data/FashionMNIST/raw/train-images-idx3-ubyte': images,
    '/data/FashionMNIST/raw/train-labels-idx1-ubyte': idx([2], [4, 9]),
    '/data/FashionMNIST/raw/t10k-images-idx3-ubyte': test,
    '/data/FashionMNIST/raw/t10k-labels-idx1-ubyte': idx([1], [7]),
    '/stl/stl10_binary/train_X.bin': stl,
    '/stl/stl10_binary/train_y.bin': Uint8Array.of(10),
    '/two/MNIST/raw/train-images-idx3-ubyte': images,
    '/two/stl10_binary/train_X.bin': stl,
  });

  it('are found below the folder that the script names, by part', async () => {
    const made = madeSet(
      call('FashionMNIST', ['data', false], {
        transform: call('Compose', [[call('ToTensor'), call('Normalize', [[0.5], [0.5]])]]),
      }),
    );
    expect(made).toMatchObject({ root: 'data', places: ['FashionMNIST/raw', 'raw', ''], options: { split: 'test' } });
    const dataset = await openDataset(files, '/data', made?.options);
    expect(await dataset.batch([0])).toEqual([
      { shape: [1, 1, 2, 2], dtype: 'float', data: Float32Array.of(1, 1, 1, 1) },
      { shape: [1], dtype: 'int', data: Int32Array.of(7) },
    ]);
    expect((await openDataset(files, '/data/FashionMNIST/raw')).size).toBe(2);
    expect((await refusal(openDataset(files, '/two'))).reason).toContain('several data sets: /two/MNIST/raw');
  });

  it('STL-10 stands upright and counts classes from 0', async () => {
    const [pictures, labels] = await (await openDataset(files, '/stl')).batch([0]);
    expect(pictures?.shape).toEqual([1, 3, 96, 96]);
    expect(pictures?.data[96 * 96 + 5 * 96 + 2]).toBe(1);
    expect(Array.from(pictures?.data ?? []).filter((value) => value !== 0)).toHaveLength(1);
    expect(labels?.data).toEqual(Int32Array.of(9));
    const cut = memoryFiles({ '/s/train_X.bin': new Uint8Array(1000) });
    expect((await refusal(openDataset(cut, '/s'))).reason).toContain('27648');
  });
});

describe('MATLAB files', () => {
  it('SVHN: images along the last axis, the digit 0 stored as 10', async () => {
    const dataset = await openDataset(memoryFiles({ '/s/train_32x32.mat': bytesOf(svhn) }), '/s');
    const [images, labels] = await dataset.batch([0, 1, 2]);
    expect(images?.shape).toEqual([3, 3, 32, 32]);
    const at = (n: number, c: number, y: number, x: number): number =>
      images?.data[((n * 3 + c) * 32 + y) * 32 + x] ?? 0;
    expect([at(0, 0, 1, 2), at(1, 2, 3, 4), at(2, 1, 31, 0)]).toEqual([
      Math.fround(51 / 255),
      1,
      Math.fround(102 / 255),
    ]);
    expect(labels?.data).toEqual(Int32Array.of(0, 3, 1));
  });

  it('arrays whose rows are samples', async () => {
    const dataset = await openDataset(memoryFiles({ '/m.mat': bytesOf(matlabRows) }), '/m.mat');
    expect(await dataset.batch([2, 0])).toMatchObject([
      { shape: [2, 2], dtype: 'float', data: { 0: 5, 1: 6, 2: 1.5, 3: 2 } },
      { shape: [2], data: { 0: 2, 1: 0 } },
    ]);
  });

  it('damaged files give CheckpointErrors', async () => {
    let state = 1;
    const random = (n: number): number => (state = (state * 48271) % 2147483647) % n;
    for (const base64 of [svhn, matlabRows])
      for (let i = 0; i < 100; i++) {
        const damaged = bytesOf(base64);
        damaged[128 + random(damaged.length - 128)] = random(256);
        const cut = random(3) === 0 ? damaged.subarray(0, 128 + random(damaged.length - 128)) : damaged;
        const result: unknown = await openDataset(memoryFiles({ '/m.mat': cut }), '/m.mat').catch(
          (error: unknown) => error,
        );
        if (result instanceof Error) expect(result).toBeInstanceOf(CheckpointError);
      }
  });
});
