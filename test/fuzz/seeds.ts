/** Valid files of every format that is read: what the fuzzer damages. */
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { gguf, text as ggufText, textValue, uint32Value, arrayValue } from '../unit/checkpoint/ggufWriter';
import { global, little, pickle, proto, text } from '../unit/checkpoint/pickleWriter';
import { safetensors } from '../unit/checkpoint/safetensorsWriter';
import { zip } from '../unit/checkpoint/zipWriter';
import { npy } from '../unit/dataset/memoryFiles';
import * as recorded from '../unit/dataset/recordedFiles';

export type Kind = 'checkpoint' | 'data';
export type Files = Readonly<Record<string, Uint8Array>>;

/** Files by absolute path, what is opened, and which of them is damaged. */
export interface Seed {
  readonly kind: Kind;
  readonly name: string;
  readonly files: Files;
  /** What is opened: a file or a folder. */
  readonly path: string;
  readonly damaged: string;
}

const utf8 = (content: string): Uint8Array => new TextEncoder().encode(content);
const packed = (content: Uint8Array): Uint8Array => new Uint8Array(gzipSync(content));

const single = (kind: Kind, name: string, content: Uint8Array): Seed => {
  const path = `/one/${name}`;
  return { kind, name, files: { [path]: content }, path, damaged: path };
};

/** A seed for each file of a folder. */
const folder = (kind: Kind, name: string, contents: Files, opened = ''): Seed[] =>
  Object.keys(contents).map((each) => ({
    kind,
    name: `${name}/${each}`,
    files: Object.fromEntries(Object.entries(contents).map(([path, content]) => [`/${name}/${path}`, content])),
    path: opened === '' ? `/${name}` : `/${name}/${opened}`,
    damaged: `/${name}/${each}`,
  }));

const FIXTURES = 'test/fixtures/checkpoints';

const recordedCheckpoints = (): Seed[] =>
  readdirSync(FIXTURES)
    .filter((name) => /\.(pt|ckpt|pkl|npz|safetensors|gguf)$/.test(name))
    .map((name) => single('checkpoint', name, new Uint8Array(readFileSync(`${FIXTURES}/${name}`))));

const KERAS = 'test/fixtures/keras';
const TENSORFLOW = 'test/fixtures/tensorflow';

const bytesAt = (path: string): Uint8Array => new Uint8Array(readFileSync(path));

/** Files of Keras, and an index of TensorFlow with its data. */
const kerasFiles = (): Seed[] => [
  ...['small.keras', 'small.h5', 'small.weights.h5'].map((name) =>
    single('checkpoint', name, bytesAt(`${KERAS}/${name}`)),
  ),
  ...folder(
    'checkpoint',
    'tensorflow',
    Object.fromEntries(
      ['ck-1.index', 'ck-1.data-00000-of-00001'].map((name) => [name, bytesAt(`${TENSORFLOW}/run/${name}`)]),
    ),
    'ck-1.index',
  ),
];

const SAVED = 'examples/tfjs-digits';

/** Models that are files by themselves: a graph of ONNX, and layers of TensorFlow.js with their weights. */
const modelFiles = (): Seed[] => [
  ...[
    'perceptron',
    'convolutional-traced',
    'language',
    'recurrent-traced',
    'decoder-traced',
    'opsets/language-exported-23',
  ].map((name) => single('checkpoint', `${name.replace('/', '-')}.onnx`, bytesAt(`test/fixtures/onnx/${name}.onnx`))),
  ...folder(
    'checkpoint',
    'tfjs',
    Object.fromEntries(['model.json', 'weights.bin'].map((name) => [name, bytesAt(`${SAVED}/${name}`)])),
    'model.json',
  ),
];

const shards = (): Seed[] =>
  folder(
    'checkpoint',
    'sharded',
    {
      'model.safetensors.index.json': utf8(
        JSON.stringify({
          metadata: { total_size: 36 },
          weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' },
        }),
      ),
      'model-00001-of-00002.safetensors': safetensors({ a: [2, 3] }),
      'model-00002-of-00002.safetensors': safetensors({ b: [3] }),
      'config.json': utf8('{"hidden_size": 3, "architectures": ["Net"]}'),
    },
    'model.safetensors.index.json',
  );

const keyedGguf = (): Uint8Array =>
  gguf({
    keys: [
      ['general.architecture', textValue('llama')],
      ['general.alignment', uint32Value(32)],
      ['tokenizer.tokens', arrayValue(8, 2, ggufText('a'), ggufText('b'))],
    ],
    tensors: [{ name: 'w', sizes: [4, 2], type: 0, offset: 0 }],
    data: new Uint8Array(32),
  });

const digits = npy(
  '<f4',
  [4, 1, 3, 3],
  Float32Array.from({ length: 36 }, (_, i) => i),
);
const labels = npy('<i8', [4], BigInt64Array.of(0n, 1n, 2n, 1n));

const tables = (): Seed[] => {
  const csv = utf8('a,b,"c, d",species\n1,2,3,setosa\n4,,6,"iris ""x"""\n7,8e3,-9,setosa\n');
  const lines = utf8('{"x": [[1, 2], [3, 4.5]], "y": 0}\n{"x": [[5, 6], [7, 8]], "y": 2}\n');
  return [
    single('data', 't.csv', csv),
    single('data', 't.tsv', utf8('x\ty\n1\t0\n2\t1\n')),
    single('data', 't.csv.gz', packed(csv)),
    single('data', 't.jsonl', lines),
    single('data', 't.jsonl.gz', packed(lines)),
    single('data', 't.txt', utf8('To be, or not to be, that is the question: hélas 😀\n')),
    ...Object.entries(recorded.parquet).map(([codec, content]) =>
      single('data', `${codec}.parquet`, recorded.bytesOf(content)),
    ),
    single('data', 'lists.parquet', recorded.bytesOf(recorded.parquetLists)),
    single('data', 'images.parquet', recorded.bytesOf(recorded.parquetImages)),
  ];
};

const arrays = (): Seed[] => [
  single(
    'data',
    't.npz',
    zip([
      { name: 'x.npy', data: digits },
      { name: 'y.npy', data: labels },
    ]),
  ),
  ...folder('data', 'pair', { 'x.npy': digits, 'y.npy': labels }),
  single('data', 't.safetensors', safetensors({ x: [4, 3], y: [4] })),
  single('data', 't.bin', new Uint8Array(Uint16Array.from({ length: 64 }, (_, i) => 257 * i).buffer)),
  single('data', 'svhn.mat', recorded.bytesOf(recorded.svhn)),
  single('data', 'rows.mat', recorded.bytesOf(recorded.matlabRows)),
  single('data', 'images.tar', recorded.unpackedOf(recorded.tarImages)),
  ...recorded.tarArrays.map((content, i) => single('data', `arrays${i}.tar`, recorded.unpackedOf(content))),
];

const idx = (shape: readonly number[], data: readonly number[]): Uint8Array =>
  Uint8Array.from([0, 0, 8, shape.length, ...shape.flatMap((size) => [0, 0, size >> 8, size & 255]), ...data]);

const CIFAR_PIXELS = 3072;

/** A batch of CIFAR-10 as Python pickles it: `{'data': uint8 [2, 3072], 'labels': [0, 1]}`. */
const cifarPickle = (): Uint8Array => {
  const shape = pickle('BININT1', 2, 'BININT', little(CIFAR_PIXELS, 4), 'TUPLE2');
  const type = pickle(
    global('numpy', 'dtype'),
    text('u1'),
    'BININT1',
    0,
    'BININT1',
    1,
    'TUPLE3',
    'REDUCE',
    pickle(
      'MARK',
      'BININT1',
      3,
      text('|'),
      'NONE',
      'NONE',
      'NONE',
      'BININT',
      little(0xffffffff, 4),
      'BININT',
      little(0xffffffff, 4),
      'BININT1',
      0,
      'TUPLE',
    ),
    'BUILD',
  );
  const pixels = new Uint8Array(2 * CIFAR_PIXELS).map((_, i) => i);
  const array = pickle(
    pickle(
      global('numpy.core.multiarray', '_reconstruct'),
      global('numpy', 'ndarray'),
      'BININT1',
      0,
      'TUPLE1',
      text('b'),
      'TUPLE3',
      'REDUCE',
    ),
    pickle(
      'MARK',
      'BININT1',
      1,
      shape,
      type,
      'NEWFALSE',
      'BINBYTES',
      little(pixels.length, 4),
      pixels,
      'TUPLE',
      'BUILD',
    ),
  );
  return pickle(
    proto,
    'EMPTY_DICT',
    text('data'),
    array,
    'SETITEM',
    text('labels'),
    pickle('EMPTY_LIST', 'MARK', 'BININT1', 0, 'BININT1', 1, 'APPENDS'),
    'SETITEM',
    'STOP',
  );
};

const imageSets = (): Seed[] => {
  const images = idx(
    [3, 4, 4],
    Array.from({ length: 48 }, (_, i) => 5 * i),
  );
  const classes = idx([3], [4, 9, 0]);
  return [
    ...folder('data', 'mnist', { 'train-images-idx3-ubyte': images, 'train-labels-idx1-ubyte': classes }),
    ...folder('data', 'mnist-gz', {
      'train-images-idx3-ubyte.gz': packed(images),
      'train-labels-idx1-ubyte.gz': packed(classes),
    }),
    ...folder('data', 'cifar', { data_batch_1: cifarPickle(), 'batches.meta': new Uint8Array(4) }).slice(0, 1),
    ...folder('data', 'cifar-binary', {
      'data_batch_1.bin': new Uint8Array(2 * (1 + CIFAR_PIXELS)).map((_, i) => i),
      'batches.meta.txt': utf8('cat\n'),
    }).slice(0, 1),
    ...folder('data', 'stl', { 'train_X.bin': new Uint8Array(3 * 96 * 96), 'train_y.bin': Uint8Array.of(10) }),
    ...recorded.pictures.map(([name, content], i): Seed => {
      const path = `/pictures${i}/class/1.${name.startsWith('PNG') ? 'png' : name.startsWith('JPEG') ? 'jpg' : 'ppm'}`;
      return { kind: 'data', name, files: { [path]: recorded.bytesOf(content) }, path: `/pictures${i}`, damaged: path };
    }),
  ];
};

export const seeds = (): readonly Seed[] => [
  ...recordedCheckpoints(),
  ...shards(),
  ...kerasFiles(),
  ...modelFiles(),
  single('checkpoint', 'keyed.gguf', keyedGguf()),
  single('checkpoint', 'small.safetensors', safetensors({ 'a.weight': [3, 4], 'a.bias': [3] })),
  ...arrays(),
  ...tables(),
  ...imageSets(),
];
