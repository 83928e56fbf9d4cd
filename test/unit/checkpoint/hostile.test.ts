import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { CheckpointError } from '../../../server/src/checkpoint/checkpointError';
import type { Checkpoint } from '../../../server/src/checkpoint/checkpoint';
import { openBytes } from './fixtures';
import { global, little, pickle, proto, text, type Part } from './pickleWriter';
import { refusal, survive } from './survival';
import { zip } from './zipWriter';

const openPickle = (...parts: Part[]): Promise<Checkpoint> => openBytes(pickle(proto, ...parts, 'STOP'));
const refusedPickle = (...parts: Part[]): Promise<CheckpointError> => refusal(pickle(proto, ...parts, 'STOP'));

/** Growth of the memory in use from before `run` to its end, when what it made is still there; bytes. */
async function growth(run: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage();
  await run();
  const after = process.memoryUsage();
  return after.heapUsed + after.external - before.heapUsed - before.external;
}

const repeat = (count: number, ...parts: Part[]): Uint8Array => {
  const once = pickle(...parts);
  const all = new Uint8Array(once.length * count);
  for (let i = 0; i < count; i++) all.set(once, i * once.length);
  return all;
};

describe('pickles that would run code', () => {
  it('os.system is named and never called', async () => {
    const checkpoint = await openPickle(
      'EMPTY_DICT',
      text('model'),
      global('os', 'system'),
      text('touch /pwned'),
      'TUPLE1',
      'REDUCE',
      'SETITEM',
    );
    expect(checkpoint.warnings).toEqual([
      expect.objectContaining({
        code: 'HL404',
        message: expect.stringContaining("'os.system'") as string,
        where: expect.stringMatching(/byte \d+/) as string,
      }),
    ]);
  });

  it.each([
    ['builtins', 'eval'],
    ['__builtin__', 'exec'],
    ['builtins', '__import__'],
    ['builtins', 'getattr'],
    ['posix', 'system'],
    ['nt', 'system'],
    ['subprocess', 'Popen'],
    ['importlib', 'import_module'],
    ['runpy', '_run_code'],
    ['operator', 'attrgetter'],
    ['torch.hub', 'load'],
    ['asyncio.unix_events', '_UnixSubprocessTransport'],
    ['pickle', 'loads'],
    ['numpy.testing._private.utils', 'runstring'],
    ['pip._internal', 'main'],
  ])('%s.%s is reported once, by every kind of call', async (module, name) => {
    const reduce = await openPickle(
      global(module, name),
      'EMPTY_TUPLE',
      'REDUCE',
      'POP',
      global(module, name),
      'EMPTY_TUPLE',
      'NEWOBJ',
    );
    const stackGlobal = await openPickle(
      text(module),
      text(name),
      'STACK_GLOBAL',
      'EMPTY_TUPLE',
      'EMPTY_DICT',
      'NEWOBJ_EX',
    );
    const inst = await openPickle('MARK', 'INST', `${module}\n${name}\n`);
    const object = await openPickle('MARK', global(module, name), 'NONE', 'OBJ');
    for (const { warnings } of [reduce, stackGlobal, inst, object])
      expect(warnings.map(({ message }) => message)).toEqual([expect.stringContaining(`'${module}.${name}'`)]);
  });

  it('unknown classes are kept as descriptions with readable attributes', async () => {
    const checkpoint = await openPickle(
      global('mycode', 'Config'),
      'EMPTY_TUPLE',
      'NEWOBJ',
      pickle('EMPTY_DICT', text('width'), 'BININT1', 7, 'SETITEM'),
      'BUILD',
    );
    expect(checkpoint.metadata).toEqual({ __class__: 'mycode.Config', width: 7 });
    expect(checkpoint.warnings).toEqual([]);
  });

  it('keys such as __proto__ are data', async () => {
    const { metadata } = await openPickle(
      'EMPTY_DICT',
      text('__proto__'),
      pickle('EMPTY_DICT', text('polluted'), 'NEWTRUE', 'SETITEM'),
      'SETITEM',
    );
    expect(Object.hasOwn(metadata as object, '__proto__')).toBe(true);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('pickles that would exhaust memory or time', () => {
  it('announced lengths beyond the file are refused before anything is allocated', async () => {
    for (const part of [
      pickle('BINUNICODE8', little(2n ** 60n, 8)),
      pickle('BINBYTES8', little(2n ** 60n, 8)),
      pickle('BYTEARRAY8', little(2n ** 63n, 8)),
      pickle('BINUNICODE', little(2 ** 31, 4)),
      pickle('BINBYTES', little(2 ** 32 - 1, 4)),
      pickle('LONG4', little(2 ** 31 - 1, 4)),
      pickle('BINSTRING', little(2 ** 31 - 1, 4)),
    ])
      expect((await refusedPickle(part)).where).toMatch(/byte/);
  });

  it('a frame of any length is skipped', async () => {
    expect((await openPickle('FRAME', little(2n ** 60n, 8), 'BININT1', 5)).metadata).toBe(5);
  });

  it('recursive structures end', async () => {
    const own = pickle('EMPTY_DICT', 'BINPUT', 0, text('self'), 'BINGET', 0, 'SETITEM');
    expect((await openPickle(own)).metadata).toEqual({ self: '<cycle>' });
    const list = pickle('EMPTY_LIST', 'BINPUT', 0, 'BINGET', 0, 'APPEND');
    expect((await openPickle(list)).metadata).toEqual(['<cycle>']);
  });

  it('lists of lists that double at every level are refused quickly', async () => {
    const levels = Array.from({ length: 60 }, (_, level) =>
      pickle('MARK', 'BINGET', level, 'BINGET', level, 'LIST', 'BINPUT', level + 1, 'POP'),
    );
    const laughs = pickle(
      proto,
      'EMPTY_LIST',
      'BINPUT',
      0,
      'NONE',
      'APPEND',
      'EMPTY_DICT',
      'BINPUT',
      0,
      'POP',
      ...levels,
      'BINGET',
      60,
      'STOP',
    );
    const bytes = await growth(async () => expect((await refusal(laughs)).reason).toMatch(/repeats itself/));
    expect(bytes).toBeLessThan(300 * 2 ** 20);
  });

  it('deep nesting is refused', async () => {
    const deep = pickle(proto, repeat(100_000, 'EMPTY_LIST'), repeat(99_999, 'APPEND'), 'STOP');
    expect((await refusal(deep)).reason).toMatch(/deeper/);
    expect((await refusal(pickle(proto, repeat(2_000_000, 'NONE', 'TUPLE1'), 'STOP'))).reason).toBeTruthy();
  });

  it('memo bombs, endless containers and long programs stop within the bounds', async () => {
    const bombs = [
      pickle(proto, 'NONE', repeat(3_000_000, 'MEMOIZE'), 'STOP'),
      pickle(proto, repeat(1_000_000, 'EMPTY_DICT'), 'STOP'),
      pickle(proto, repeat(3_000_000, 'EMPTY_LIST'), 'STOP'),
      pickle(proto, repeat(6_000_000, 'NONE', 'POP'), 'NONE', 'STOP'),
      pickle(proto, repeat(6_000_000, 'MARK'), 'STOP'),
      pickle(proto, 'NONE', 'BINPUT', 0, repeat(6_000_000, 'BINGET', 0), 'STOP'),
      pickle(proto, repeat(2_000_000, 'SHORT_BINUNICODE', 0), 'STOP'),
      pickle(proto, repeat(500_000, global('a', 'b')), 'STOP'),
    ];
    for (const bomb of bombs) {
      const bytes = await growth(() => survive(bomb));
      expect(bytes).toBeLessThan(300 * 2 ** 20);
    }
  });

  it('copying calls are charged: a doubling chain of list(list) stops', async () => {
    const grow = pickle('MARK', ...Array.from({ length: 200 }, () => 'NONE' as const), 'LIST', 'BINPUT', 0);
    const copies = repeat(400_000, global('builtins', 'list'), 'BINGET', 0, 'TUPLE1', 'REDUCE');
    expect((await refusal(pickle(proto, grow, copies, 'STOP'))).reason).toMatch(/memory/);
  });

  it('wrong stacks are refused', async () => {
    for (const parts of [
      ['POP'],
      ['REDUCE'],
      ['BUILD'],
      ['APPENDS'],
      ['MARK', 'APPEND'],
      ['NONE', 'NONE', 'APPEND'],
      ['BINGET', 3],
      ['TUPLE3'],
      ['NONE', 'NONE', 'NONE', 'SETITEM'],
      ['MARK', 'NONE', 'DICT'],
      ['NEXT_BUFFER'],
      [0xff],
      ['PROTO', 9],
    ] as Part[][])
      expect((await refusedPickle(...parts)).where).toMatch(/byte/);
  });
});

describe('tensors that lie about their layout', () => {
  const storage = (count: number): Uint8Array =>
    pickle(
      'MARK',
      text('storage'),
      global('torch', 'FloatStorage'),
      text('0'),
      text('cpu'),
      'BININT',
      little(count, 4),
      'TUPLE',
      'BINPERSID',
    );
  const integers = (...values: number[]): Uint8Array =>
    pickle('MARK', ...values.map((value) => pickle('LONG1', 8, little(BigInt.asUintN(64, BigInt(value)), 8))), 'TUPLE');
  const tensor = (count: number, offset: number, shape: number[], strides: number[]): Uint8Array =>
    pickle(
      global('torch._utils', '_rebuild_tensor_v2'),
      'MARK',
      storage(count),
      'LONG1',
      8,
      little(BigInt.asUintN(64, BigInt(offset)), 8),
      integers(...shape),
      integers(...strides),
      'NEWFALSE',
      'NONE',
      'TUPLE',
      'REDUCE',
    );
  const archive = (program: Uint8Array, floats = 4): Uint8Array =>
    zip([
      { name: 'a/data.pkl', data: pickle(proto, 'EMPTY_DICT', text('w'), program, 'SETITEM', 'STOP') },
      { name: 'a/data/0', data: new Uint8Array(new Float32Array(floats).fill(1).buffer) },
    ]);

  it('an honest one is read', async () => {
    expect(await survive(archive(tensor(4, 0, [2, 2], [2, 1])))).toBe('read');
  });

  it.each([
    ['more elements than its storage', archive(tensor(4, 0, [5], [1]))],
    ['2^50 elements', archive(tensor(4, 0, [2 ** 50], [1]))],
    ['2^30 copies of one element', archive(tensor(4, 0, [2 ** 30], [0]))],
    ['a size whose product overflows', archive(tensor(4, 0, [2 ** 40, 2 ** 40], [1, 1]))],
    ['a negative size', archive(tensor(4, 0, [-1], [1]))],
    ['a negative stride', archive(tensor(4, 3, [2], [-1]))],
    ['an offset past the end', archive(tensor(4, 4, [1], [1]))],
    ['a storage longer than its entry', archive(tensor(2 ** 30, 0, [4], [1]))],
    ['strides of another rank', archive(tensor(4, 0, [2, 2], [1]))],
  ])('%s is refused', async (_, bytes) => {
    expect((await refusal(bytes)).message).toContain('bad.pt');
  });

  it('a storage that is missing from the archive is said', async () => {
    const bytes = zip([
      { name: 'a/data.pkl', data: pickle(proto, 'EMPTY_DICT', text('w'), tensor(4, 0, [4], [1]), 'SETITEM', 'STOP') },
    ]);
    const { warnings, tensors } = await openBytes(bytes);
    expect(tensors).toEqual([]);
    expect(warnings[0]?.message).toContain('storage is not in the file');
  });
});

describe('zip bombs', () => {
  it('an entry that inflates far beyond its size is refused without inflating', async () => {
    const data = deflateRawSync(new Uint8Array(100 * 2 ** 20));
    const error = await refusal(zip([{ name: 'x.npy', data, inflatedSize: 100 * 2 ** 20 }]));
    expect(error.reason).toMatch(/would inflate/);
  });

  it('an entry that inflates to more than it says is refused', async () => {
    const data = deflateRawSync(new Uint8Array(50 * 2 ** 20));
    const bytes = await growth(async () =>
      expect((await refusal(zip([{ name: 'x.npy', data, inflatedSize: 1000 }]))).reason).toMatch(/zip/),
    );
    expect(bytes).toBeLessThan(20 * 2 ** 20);
  });

  it('two entries of one name are refused', async () => {
    const part = { name: 'a/data.pkl', data: pickle(proto, 'NONE', 'STOP') };
    expect((await refusal(zip([part, part]))).reason).toMatch(/two entries/);
  });
});

describe('safetensors that mislead', () => {
  const file = (header: unknown, dataBytes: number): Uint8Array => {
    const body = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
    return new Uint8Array(Buffer.concat([little(body.length, 8), body, new Uint8Array(dataBytes)]));
  };
  const floats = (begin: number, end: number): unknown => ({
    dtype: 'F32',
    shape: [(end - begin) / 4],
    data_offsets: [begin, end],
  });

  it.each([
    ['overlap', file({ a: floats(0, 8), b: floats(4, 12) }, 12), /overlap/],
    ['hole', file({ a: floats(0, 4), b: floats(8, 12) }, 12), /hole/],
    ['offset past the end', file({ a: floats(0, 400) }, 12), /end at/],
    ['unused bytes at the end', file({ a: floats(0, 4) }, 12), /belong to none/],
    [
      'shape that disagrees with the bytes',
      file({ a: { dtype: 'F32', shape: [7], data_offsets: [0, 4] } }, 4),
      /takes 28 bytes/,
    ],
    ['negative shape', file({ a: { dtype: 'F32', shape: [-1], data_offsets: [0, 4] } }, 4), /needs dtype/],
    ['reversed offsets', file({ a: { dtype: 'F32', shape: [], data_offsets: [4, 0] } }, 4), /needs dtype/],
    ['broken JSON', file('{"a": {', 4), /not a JSON object/],
    [
      'a header of 2^60 bytes',
      new Uint8Array(Buffer.concat([little(2n ** 60n, 8), Buffer.from('{}      ')])),
      /header claims/,
    ],
    ['an enormous shape', file({ a: { dtype: 'F32', shape: [2 ** 52, 2 ** 52], data_offsets: [0, 4] } }, 4), /takes/],
  ])('%s is refused', async (_, bytes, message) => {
    expect((await refusal(bytes)).reason).toMatch(message);
  });

  it('an element type that is not read is named, the other tensors are there', async () => {
    const { warnings, tensors } = await openBytes(
      file({ a: { dtype: 'F4', shape: [8], data_offsets: [0, 4] }, b: floats(4, 8) }, 8),
    );
    expect(warnings[0]?.message).toContain('F4');
    expect(tensors.map(({ name }) => name)).toEqual(['b']);
  });
});
