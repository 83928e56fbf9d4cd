/** Files that are made to do harm: bombs that unpack to far more, structures that repeat or nest, pickles that run commands. */
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { Random } from '../../server/src/curvature/random';
import { global, little, pickle, proto, text, type Part } from '../unit/checkpoint/pickleWriter';
import { zip, type ZipPart } from '../unit/checkpoint/zipWriter';
import { npy } from '../unit/dataset/memoryFiles';
import type { Files, Kind } from './seeds';
import { onnxAttacks } from './onnxAttacks';

export interface Attack {
  readonly kind: Kind;
  readonly name: string;
  readonly make: (random: Random, canary: string) => { readonly files: Files; readonly path: string };
}

const MIB = 2 ** 20;
const at = (path: string, content: Uint8Array): { files: Files; path: string } => ({
  files: { [path]: content },
  path,
});
const repeated = (count: number, ...parts: readonly Part[]): Uint8Array => {
  const once = pickle(...parts);
  return new Uint8Array(once.length * count).map((_, i) => once[i % once.length] ?? 0);
};

/** Zeros, deflated: once made, used by every bomb. */
const zeros = new Map<string, Uint8Array>();
function packedZeros(kind: 'raw' | 'zlib' | 'gzip', mebibytes: number): Uint8Array {
  const key = `${kind} ${mebibytes}`;
  const known = zeros.get(key);
  if (known !== undefined) return known;
  const plain = new Uint8Array(mebibytes * MIB);
  const pack = { raw: deflateRawSync, zlib: deflateSync, gzip: gzipSync }[kind];
  const made = new Uint8Array(pack(plain, { level: 1 }));
  zeros.set(key, made);
  return made;
}

/** Sizes as an honest archive, a liar and a boaster give them. */
const claimedSize = (size: number, random: Random): number => [size, 100, 2 ** 32 - 1, 4 * MIB][random.integer(4)] ?? 0;

function bombPart(name: string, random: Random): ZipPart {
  return { name, data: packedZeros('raw', 64), inflatedSize: claimedSize(64 * MIB, random) };
}

function nested(depth: number, random: Random): Uint8Array {
  let inner = zip([bombPart('x.npy', random)]);
  for (let level = 0; level < depth; level++) {
    const packed = new Uint8Array(deflateRawSync(inner));
    inner = zip(
      Array.from({ length: 1 + random.integer(8) }, (_, i) => ({
        name: `archive/${i}.zip`,
        data: packed,
        inflatedSize: inner.length,
      })),
    );
  }
  return inner;
}

/** Calls that would leave a file behind, by every way in which a pickle can call. */
function commands(random: Random, canary: string): Uint8Array {
  const [module, name] = ([
    ['os', 'system'],
    ['posix', 'system'],
    ['subprocess', 'check_output'],
    ['builtins', 'exec'],
    ['builtins', 'eval'],
    ['child_process', 'execSync'],
    ['node:child_process', 'execSync'],
    ['__proto__', 'constructor'],
    ['Function', 'constructor'],
  ][random.integer(9)] ?? ['os', 'system']) as [string, string];
  const command = text(
    [
      `touch ${canary}`,
      `open(${JSON.stringify(canary)}, 'w')`,
      `require('fs').writeFileSync(${JSON.stringify(canary)}, '')`,
    ][random.integer(3)] ?? '',
  );
  const call = [
    pickle(global(module, name), command, 'TUPLE1', 'REDUCE'),
    pickle(text(module), text(name), 'STACK_GLOBAL', command, 'TUPLE1', 'REDUCE'),
    pickle('MARK', command, 'INST', `${module}\n${name}\n`),
    pickle('MARK', global(module, name), command, 'OBJ'),
    pickle(global(module, name), command, 'TUPLE1', 'NEWOBJ'),
    pickle(global(module, name), command, 'TUPLE1', 'EMPTY_DICT', 'NEWOBJ_EX'),
    pickle(
      global(module, name),
      'EMPTY_TUPLE',
      'NEWOBJ',
      pickle('EMPTY_DICT', text('__reduce__'), command, 'SETITEM'),
      'BUILD',
    ),
  ][random.integer(7)];
  return pickle(proto, 'EMPTY_DICT', text('model'), call ?? '', 'SETITEM', 'STOP');
}

const inTorchZip = (program: Uint8Array): Uint8Array =>
  zip([
    { name: 'a/data.pkl', data: program },
    { name: 'a/data/0', data: new Uint8Array(64) },
  ]);

/** Programs that grow without end. */
function endless(random: Random): Uint8Array {
  const many = 1 << (10 + random.integer(11));
  const parts: readonly (() => Uint8Array)[] = [
    () => repeated(many, 'EMPTY_LIST'),
    () => repeated(many, 'MARK'),
    () => repeated(many, 'NONE', 'TUPLE1'),
    () => pickle(repeated(many, 'EMPTY_LIST'), repeated(many - 1, 'APPEND')),
    () => pickle('NONE', repeated(many, 'MEMOIZE')),
    () => pickle('NONE', 'BINPUT', 0, repeated(many, 'BINGET', 0), repeated(many, 'TUPLE2')),
    () => repeated(many, 'EMPTY_DICT', 'EMPTY_DICT', 'EMPTY_DICT', 'SETITEM'),
    () => repeated(Math.min(many, 1 << 16), global('a', 'b'), 'EMPTY_TUPLE', 'REDUCE'),
    () => pickle('LONG4', little(Math.min(many, 1 << 17), 4), repeated(Math.min(many, 1 << 17), 0x7f)),
    () => pickle(repeated(Math.min(many, 1 << 18), 'SHORT_BINUNICODE', 1, 'x', 'NONE'), 'EMPTY_DICT', 'MARK'),
  ];
  return pickle(proto, parts[random.integer(parts.length)]?.() ?? '', 'STOP');
}

const chunk = (type: string, content: Uint8Array): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, Buffer.from(type), content, Buffer.alloc(4)]);
};

/** An image of 64 MiB of zeros, declared as large or as small. */
function pngBomb(random: Random): Uint8Array {
  const size = Buffer.alloc(8);
  const sides = [1, 100, 4096, 65_535, 2 ** 31 - 1];
  size.writeUInt32BE(sides[random.integer(5)] ?? 1, 0);
  size.writeUInt32BE(sides[random.integer(5)] ?? 1, 4);
  const kind = [
    [8, 2, 0, 0, 0],
    [16, 6, 0, 0, 1],
    [1, 0, 0, 0, 0],
  ][random.integer(3)];
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
      chunk('IHDR', Buffer.concat([size, Buffer.from(kind ?? [])])),
      chunk('IDAT', packedZeros('zlib', 64)),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  );
}

const deepJson = (random: Random): string => {
  const depth = 1 << (4 + random.integer(14));
  const [open, close] = [
    ['[', ']'],
    ['{"a":', '}'],
  ][random.integer(2)] ?? ['[', ']'];
  return `{"x": ${(open ?? '').repeat(depth)}1${(close ?? '').repeat(depth)}, "y": 0}`;
};

export const attacks: readonly Attack[] = [
  ...Object.entries(onnxAttacks).map(([name, make]): Attack => ({
    kind: 'checkpoint',
    name: `onnx: ${name}`,
    make: (random) => at('/a/m.onnx', make(random)),
  })),
  { kind: 'checkpoint', name: 'pickle that calls', make: (random, canary) => at('/a/m.pt', commands(random, canary)) },
  {
    kind: 'checkpoint',
    name: 'pickle in a zip that calls',
    make: (random, canary) => at('/a/m.pt', inTorchZip(commands(random, canary))),
  },
  {
    kind: 'data',
    name: 'CIFAR pickle that calls',
    make: (random, canary) => ({
      files: { '/a/data_batch_1': commands(random, canary), '/a/batches.meta': new Uint8Array(1) },
      path: '/a',
    }),
  },
  { kind: 'data', name: 'tensor file that calls', make: (random, canary) => at('/a/x.pt', commands(random, canary)) },
  { kind: 'checkpoint', name: 'endless pickle', make: (random) => at('/a/m.pt', endless(random)) },
  { kind: 'checkpoint', name: 'endless pickle in a zip', make: (random) => at('/a/m.pt', inTorchZip(endless(random))) },
  { kind: 'checkpoint', name: 'zip bomb', make: (random) => at('/a/m.npz', zip([bombPart('x.npy', random)])) },
  {
    kind: 'checkpoint',
    name: 'zip bomb as a pickle',
    make: (random) => at('/a/m.pt', zip([bombPart('a/data.pkl', random), bombPart('a/data/0', random)])),
  },
  { kind: 'checkpoint', name: 'nested zips', make: (random) => at('/a/m.pt', nested(1 + random.integer(4), random)) },
  {
    kind: 'data',
    name: 'nested zips as data',
    make: (random) => at('/a/x.npz', nested(1 + random.integer(4), random)),
  },
  { kind: 'data', name: 'zip bomb as data', make: (random) => at('/a/x.npz', zip([bombPart('x.npy', random)])) },
  { kind: 'data', name: 'gzip bomb as a table', make: () => at('/a/t.csv.gz', packedZeros('gzip', 300)) },
  { kind: 'data', name: 'gzip bomb as lines', make: () => at('/a/t.jsonl.gz', packedZeros('gzip', 64)) },
  {
    kind: 'data',
    name: 'gzip bomb as images',
    make: () => ({
      files: {
        '/a/train-images-idx3-ubyte.gz': packedZeros('gzip', 300),
        '/a/train-labels-idx1-ubyte.gz': packedZeros('gzip', 64),
      },
      path: '/a',
    }),
  },
  {
    kind: 'data',
    name: 'PNG bomb',
    make: (random) => ({ files: { '/a/class/1.png': pngBomb(random) }, path: '/a' }),
  },
  { kind: 'data', name: 'deep JSON', make: (random) => at('/a/t.jsonl', new TextEncoder().encode(deepJson(random))) },
  {
    kind: 'checkpoint',
    name: 'deep JSON as a header',
    make: (random) => {
      const header = new TextEncoder().encode(deepJson(random));
      return at('/a/m.safetensors', new Uint8Array(Buffer.concat([little(header.length, 8), header])));
    },
  },
  {
    kind: 'data',
    name: 'array that repeats itself by lying about its shape',
    make: (random) =>
      at('/a/x.npy', npy('<f4', [2 ** random.integer(40), 2 ** random.integer(40)], new Float32Array(4))),
  },
];
