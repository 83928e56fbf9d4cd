import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../server/src/checkpoint/checkpointError';
import { checkLabels, countNonFinite } from '../../../server/src/dataset/checks';
import type { Dataset } from '../../../server/src/dataset/dataset';
import { openDataset } from '../../../server/src/dataset/openDataset';
import { fixtureBytes } from '../checkpoint/fixtures';
import { global, little, pickle, text } from '../checkpoint/pickleWriter';
import { zip } from '../checkpoint/zipWriter';
import { memoryFiles, npy } from './memoryFiles';

const open = (path: string, files: Readonly<Record<string, Uint8Array>>): Promise<Dataset> =>
  openDataset(memoryFiles(files), path);

const npz = (arrays: Readonly<Record<string, Uint8Array>>): Uint8Array =>
  zip(Object.entries(arrays).map(([name, data]) => ({ name: `${name}.npy`, data })));

const openNpz = (arrays: Readonly<Record<string, Uint8Array>>): Promise<Dataset> =>
  open('/d/data.npz', { '/d/data.npz': npz(arrays) });

const x = npy('<f4', [3, 2], Float32Array.of(0, 1, 2, 3, 4, 5));
const y = npy('<i8', [3], BigInt64Array.of(7n, 8n, 9n));

async function refusal(opening: Promise<unknown>): Promise<CheckpointError> {
  const error: unknown = await opening.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof CheckpointError) return error;
  throw new Error(`no CheckpointError but ${String(error)}`);
}

const names = (dataset: Dataset): string[] => dataset.arrays.map(({ name }) => name);

describe('npz', () => {
  it('gives the samples that are asked for, in that order', async () => {
    const dataset = await openNpz({ x, y });
    expect(dataset.size).toBe(3);
    expect(dataset.arrays).toMatchObject([
      { name: 'x', shape: [2], dtype: 'float', storedType: 'float32' },
      { name: 'y', shape: [], dtype: 'int', storedType: 'int64' },
    ]);
    expect(await dataset.batch([2, 0])).toEqual([
      { shape: [2, 2], dtype: 'float', data: Float32Array.of(4, 5, 0, 1) },
      { shape: [2], dtype: 'int', data: Int32Array.of(9, 7) },
    ]);
    expect(await dataset.column(1, [2, 0])).toEqual({ shape: [2], dtype: 'int', data: Int32Array.of(9, 7) });
    expect(dataset.synthetic).toBe(false);
    expect(dataset.description).toContain('3 samples');
    await expect(dataset.batch([3])).rejects.toThrow(RangeError);
  });

  it.each([
    [
      ['x', 'y'],
      ['y', 'x'],
    ],
    [
      ['X', 'Y'],
      ['X', 'Y'],
    ],
    [
      ['images', 'labels'],
      ['labels', 'images'],
    ],
    [
      ['x_train', 'y_train'],
      ['x_test', 'y_test', 'y_train', 'x_train'],
    ],
    [
      ['x1', 'x2', 'y'],
      ['y', 'x1', 'x2'],
    ],
    [
      ['first', 'second'],
      ['first', 'second', 'third'],
    ],
    [['only'], ['only']],
  ])('takes %j from arrays %j', async (chosen, given) => {
    const dataset = await openNpz(Object.fromEntries(given.map((name) => [name, x])));
    expect(names(dataset)).toEqual(chosen);
  });

  it('reads Fortran order, big-endian numbers, half precision and booleans as numpy does', async () => {
    const view = new DataView(new ArrayBuffer(32));
    // Columns first: the matrix is [[1.5, 3], [-2, 4]].
    [1.5, -2, 3, 4].forEach((value, index) => view.setFloat64(8 * index, value, false));
    const dataset = await openNpz({ x: npy('>f8', [2, 2], view, true), y: npy('|b1', [2], Uint8Array.of(1, 0)) });
    expect(await dataset.batch([1, 0])).toEqual([
      { shape: [2, 2], dtype: 'float', data: Float64Array.of(-2, 4, 1.5, 3) },
      { shape: [2], dtype: 'bool', data: Uint8Array.of(0, 1) },
    ]);
    // binary16: 0x3c00 is 1, 0xc000 is −2.
    const half = await openNpz({ x: npy('<f2', [2], Uint16Array.of(0x3c00, 0xc000)) });
    expect(await half.batch([0, 1])).toMatchObject([{ data: Float32Array.of(1, -2) }]);
  });

  it('different lengths, no samples, scalars and text are refused with the array named', async () => {
    expect((await refusal(openNpz({ x, y: npy('<i8', [2], BigInt64Array.of(1n, 2n)) }))).message).toContain(
      "'x' has 3 samples, 'y' 2",
    );
    expect(
      (await refusal(openNpz({ x: npy('<f4', [0, 2], new Float32Array()), y: npy('<i8', [0], new BigInt64Array()) })))
        .reason,
    ).toContain('no samples');
    expect((await refusal(openNpz({ x: npy('|O', [3], new Uint8Array(24)) }))).reason).toMatch(/Python objects/);
    expect((await refusal(openNpz({ x: npy('<U5', [3], new Uint8Array(60)) }))).reason).toMatch(/text/);
    expect((await refusal(openNpz({ x: npy('<f4', [3, 1000000], new Float32Array(4)) }))).reason).toMatch(
      /takes 12000000 bytes/,
    );
    expect((await refusal(openNpz({ x: npy('<c8', [1], Float32Array.of(1, 2)) }))).reason).toMatch(/complex/);
  });

  it('headers that are not the literal numpy writes are refused', async () => {
    const withHeader = (header: string): Uint8Array =>
      new Uint8Array(
        Buffer.concat([
          Buffer.from('\u0093NUMPY\u0001\u0000', 'latin1'),
          little(header.length, 2),
          Buffer.from(header),
          new Uint8Array(64),
        ]),
      );
    for (const header of [
      "{'descr': __import__('os').system('x'), 'fortran_order': False, 'shape': (1,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2**3,), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }",
      "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (1,), }",
      "{'descr': '<f4', 'shape': (1,), }",
      'nonsense',
    ])
      expect((await refusal(openNpz({ x: withHeader(header) }))).reason).toMatch(/header cannot be read/);
    expect(
      (
        await refusal(
          openNpz({ x: withHeader(`{'descr': '<f4', 'fortran_order': False, 'shape': (${'9'.repeat(16)},), }`) }),
        )
      ).reason,
    ).toMatch(/header cannot be read|bytes/);
  });

  it('integers beyond 32 bits are refused at their sample', async () => {
    const dataset = await openNpz({
      x: npy('<i8', [2], BigInt64Array.of(1n, 2n ** 40n)),
      y: npy('<i8', [2], BigInt64Array.of(0n, 0n)),
    });
    await expect(dataset.batch([0])).resolves.toBeDefined();
    expect((await refusal(dataset.batch([1]))).where).toContain('sample 1');
  });

  it('compressed archives of real data are read', async () => {
    const path = new URL('../../../examples/digits/digits.npz', import.meta.url);
    const dataset = await open('/digits.npz', { '/digits.npz': new Uint8Array(readFileSync(path)) });
    const [images, labels] = await dataset.batch([0, 1, 2]);
    expect(images?.shape[0]).toBe(3);
    checkLabels(labels ?? { shape: [], dtype: 'int', data: new Int32Array() }, 10, { file: 'digits.npz', array: 'y' });
  });
});

describe('other containers of arrays', () => {
  it('npy files beside each other are a pair, named by either', async () => {
    const files = { '/d/x.npy': x, '/d/y.npy': y };
    for (const path of ['/d', '/d/x.npy', '/d/y.npy']) expect(names(await open(path, files))).toEqual(['x', 'y']);
    expect(names(await open('/d/other.npy', { ...files, '/d/other.npy': x }))).toEqual(['other']);
  });

  it('torch files of a dict, and safetensors', async () => {
    const dataset = await open('/t.pt', { '/t.pt': fixtureBytes('deflated.pt') });
    expect(names(dataset)).toEqual(['weight']);
    const header = Buffer.from(
      JSON.stringify({
        x: { dtype: 'F32', shape: [2, 1], data_offsets: [0, 8] },
        y: { dtype: 'U8', shape: [2], data_offsets: [8, 10] },
      }),
    );
    const tensors = Buffer.concat([
      little(header.length, 8),
      header,
      Buffer.from(Float32Array.of(1, 2).buffer),
      Uint8Array.of(3, 4),
    ]);
    const safe = await open('/s.safetensors', { '/s.safetensors': new Uint8Array(tensors) });
    expect(await safe.batch([1])).toMatchObject([{ data: Float32Array.of(2) }, { data: Int32Array.of(4) }]);
  });

  it('the hash follows the content', async () => {
    const one = await (await openNpz({ x, y })).hash();
    const again = await (await openNpz({ x, y })).hash();
    const other = await (await openNpz({ x: npy('<f4', [3, 2], Float32Array.of(0, 1, 2, 3, 4, 6)), y })).hash();
    expect(one).toBe(again);
    expect(other).not.toBe(one);
  });
});

describe('MNIST', () => {
  const idx = (type: number, shape: readonly number[], data: readonly number[]): Uint8Array =>
    Uint8Array.from([0, 0, type, shape.length, ...shape.flatMap((size) => [0, 0, size >> 8, size & 255]), ...data]);
  const images = idx(8, [2, 2, 2], [0, 51, 102, 255, 255, 0, 0, 0]);
  const labels = idx(8, [2], [4, 9]);

  it.each([
    ['plain', '', (bytes: Uint8Array) => bytes],
    ['gzipped', '.gz', (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes))],
  ])('%s idx files become channels-first images in 0 … 1', async (_, suffix, pack) => {
    const files = {
      [`/m/train-images-idx3-ubyte${suffix}`]: pack(images),
      [`/m/train-labels-idx1-ubyte${suffix}`]: pack(labels),
    };
    for (const path of ['/m', `/m/train-images-idx3-ubyte${suffix}`]) {
      const dataset = await open(path, files);
      expect(await dataset.batch([0, 1])).toEqual([
        {
          shape: [2, 1, 2, 2],
          dtype: 'float',
          data: Float32Array.from([0, 51, 102, 255, 255, 0, 0, 0], (value) => value / 255),
        },
        { shape: [2], dtype: 'int', data: Int32Array.of(4, 9) },
      ]);
    }
  });

  it('missing labels and damaged gzip are said', async () => {
    expect((await refusal(open('/m', { '/m/train-images-idx3-ubyte': images }))).reason).toContain('labels');
    const cut = new Uint8Array(gzipSync(images)).slice(0, 20);
    const files = { '/m/t10k-images-idx3-ubyte.gz': cut, '/m/t10k-labels-idx1-ubyte': labels };
    expect((await refusal(open('/m', files))).reason).toContain('gzip');
  });
});

describe('CIFAR', () => {
  const pixels = (seed: number): number[] => Array.from({ length: 3072 }, (_, index) => (index * 7 + seed) % 256);
  const scaled = (seed: number): Float32Array => Float32Array.from(pixels(seed), (value) => value / 255);

  it('binary records of CIFAR-10 in several files', async () => {
    const files = {
      '/c/data_batch_1.bin': Uint8Array.from([3, ...pixels(1), 5, ...pixels(2)]),
      '/c/data_batch_2.bin': Uint8Array.from([9, ...pixels(3)]),
      '/c/batches.meta.txt': Buffer.from('airplane\n'),
    };
    const dataset = await open('/c', files);
    expect(dataset.size).toBe(3);
    const [images, labels] = await dataset.batch([2, 0]);
    expect(labels?.data).toEqual(Int32Array.of(9, 3));
    expect(images?.shape).toEqual([2, 3, 32, 32]);
    expect(images?.data.slice(0, 3072)).toEqual(scaled(3));
    expect(images?.data.slice(3072)).toEqual(scaled(1));
  });

  it('Python pickles, also those of Python 2', async () => {
    const array = pickle(
      global('numpy.core.multiarray', '_reconstruct'),
      pickle(global('numpy', 'ndarray'), 'BININT1', 0, 'TUPLE1', 'SHORT_BINSTRING', 1, 'b', 'TUPLE3', 'REDUCE'),
      pickle('MARK', 'BININT1', 1, 'BININT1', 2, 'BININT2', little(3072, 2), 'TUPLE2'),
      pickle(global('numpy', 'dtype'), 'SHORT_BINSTRING', 2, 'u1', 'BININT1', 0, 'BININT1', 1, 'TUPLE3', 'REDUCE'),
      pickle(
        'NEWFALSE',
        'BINSTRING',
        little(2 * 3072, 4),
        Uint8Array.from([...pixels(1), ...pixels(2)]),
        'TUPLE',
        'BUILD',
      ),
    );
    const labels = pickle('EMPTY_LIST', 'MARK', 'BININT1', 6, 'BININT1', 8, 'APPENDS');
    const batch = pickle(
      'PROTO',
      2,
      'EMPTY_DICT',
      'MARK',
      'SHORT_BINSTRING',
      4,
      'data',
      array,
      text('labels'),
      labels,
      'SETITEMS',
      'STOP',
    );
    const dataset = await open('/c', { '/c/data_batch_1': batch, '/c/batches.meta': new Uint8Array(1) });
    const [images, classes] = await dataset.batch([1]);
    expect(classes?.data).toEqual(Int32Array.of(8));
    expect(images?.data).toEqual(scaled(2));
  });

  it('a file that is no whole number of records is refused', async () => {
    expect((await refusal(open('/c', { '/c/data_batch_1.bin': new Uint8Array(3074) }))).reason).toContain('records');
  });
});

describe('CSV', () => {
  const csv = (content: string): Promise<Dataset> => open('/t.csv', { '/t.csv': new TextEncoder().encode(content) });

  it('the last column, or the one with a usual name, is the target', async () => {
    expect(await (await csv('1.5,2,0\n3,4,1\n')).batch([0, 1])).toEqual([
      { shape: [2, 2], dtype: 'float', data: Float32Array.of(1.5, 2, 3, 4) },
      { shape: [2], dtype: 'int', data: Int32Array.of(0, 1) },
    ]);
    const named = await csv('label;a;b\r\n1;0.5;-2e3\r\n0;nan;7\r\n');
    expect(await named.batch([0])).toMatchObject([{ data: Float32Array.of(0.5, -2000) }, { data: Int32Array.of(1) }]);
    expect(named.arrays[1]?.name).toBe('label');
    const [second] = await named.batch([1]);
    expect(second && countNonFinite(second)).toBe(1);
    expect((await csv('1,2.5\n')).arrays[1]?.dtype).toBe('float');
  });

  it('text and ragged lines are refused by line', async () => {
    expect((await refusal(csv('1,2\n3,four\n'))).where).toBe('line 2');
    expect((await refusal(csv('a,b\n1,2\n3\n'))).where).toBe('line 3');
    expect((await refusal(csv('a,b\n'))).reason).toContain('no samples');
  });
});

describe('token files', () => {
  const files = memoryFiles({
    '/t.bin': new Uint8Array(Uint16Array.of(10, 11, 12, 13, 14, 65535, 16).buffer),
    '/odd.bin': new Uint8Array(5),
  });

  it('are windows of tokens with their successors as targets', async () => {
    const dataset = await openDataset(files, '/t.bin', { sequenceLength: 3 });
    expect(dataset.size).toBe(2);
    expect(await dataset.batch([1, 0])).toEqual([
      { shape: [2, 3], dtype: 'int', data: Int32Array.of(13, 14, 65535, 10, 11, 12) },
      { shape: [2, 3], dtype: 'int', data: Int32Array.of(14, 65535, 16, 11, 12, 13) },
    ]);
  });

  it('need the length of a sequence, whole tokens and at least one sample', async () => {
    expect((await refusal(openDataset(files, '/t.bin'))).hint).toContain('--input');
    expect((await refusal(openDataset(files, '/odd.bin', { sequenceLength: 1 }))).reason).toContain('16-bit');
    expect((await refusal(openDataset(files, '/t.bin', { sequenceLength: 7 }))).reason).toContain('no samples');
  });
});

describe('checks', () => {
  const place = { file: 'data.npz', array: 'y' };
  const labels = (...data: number[]) => ({ shape: [data.length], dtype: 'int' as const, data: Int32Array.from(data) });

  it('labels outside the classes are named with their sample', () => {
    expect(() => checkLabels(labels(0, 9, -100), 10, place)).not.toThrow();
    expect(() => checkLabels(labels(0, 10), 10, place)).toThrow(/label 10 is outside 0 … 9.*sample 1/);
    expect(() => checkLabels(labels(0, -1), 10, place)).toThrow(/label -1/);
    expect(() => checkLabels({ shape: [2, 2], dtype: 'int', data: Int32Array.of(0, 1, 2, 9) }, 5, place)).toThrow(
      /sample 1/,
    );
    expect(() => checkLabels({ shape: [1], dtype: 'float', data: Float32Array.of(1) }, 5, place)).toThrow(/integers/);
  });
});

describe('paths', () => {
  it('folders without data and missing files are refused', async () => {
    expect((await refusal(open('/e', { '/e/readme.txt': new Uint8Array(1) }))).hint).toContain('.npz');
    expect((await refusal(open('/none.npz', {}))).reason).toContain('no such file');
  });
});
