import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { bitsPerWeight } from '../../../server/src/checkpoint/quantisedType';
import { fixtureBytes, openBytes, openFixture } from './fixtures';
import { arrayValue, gguf, text, textValue, uint32Value, type GgufTensor } from './ggufWriter';
import { refusal, survive } from './survival';

const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const tensor = (change: Partial<GgufTensor> = {}): GgufTensor => ({
  name: 'w',
  sizes: [3, 2],
  type: 0,
  offset: 0,
  ...change,
});

describe('GGUF', () => {
  it('written by the package gguf is listed with its metadata, and floats are read', async () => {
    const checkpoint = await openFixture('quantised.gguf');
    expect(checkpoint.format).toBe('gguf');
    expect(checkpoint.tensors.map(({ name, shape, dtype, byteLength }) => [name, shape, dtype, byteLength])).toEqual([
      ['token_embd.weight', [2, 3], 'float32', 24],
      ['blk.0.half', [3], 'float16', 6],
      ['blk.0.q8', [2, 64], 'Q8_0', 136],
      ['blk.0.brain', [1, 2], 'bfloat16', 4],
    ]);
    const [embedding, half, quantised, brain] = checkpoint.tensors;
    const sevenths = [0, 1, 2, 3, 4, 5].map((i) => Math.fround(Math.fround(i) / 7));
    expect([...((await embedding?.read()) ?? [])]).toEqual(sevenths);
    expect([...((await half?.read()) ?? [])]).toEqual([0.5, Math.fround(0.333251953125), -2]);
    expect([...((await brain?.read()) ?? [])]).toEqual([1.5, -2.25]);
    await expect(quantised?.read()).rejects.toThrow(/quantised tensors \(Q8_0\) are listed, not read/);
    await expect(quantised?.statistics()).rejects.toThrow(/listed, not read/);
    const { metadata } = checkpoint.metadata as { metadata: Record<string, unknown> };
    expect(metadata).toMatchObject({
      'general.name': 'tiny',
      'test.flag': true,
      'test.double': 0.1,
      'test.negative': -5,
    });
    expect(metadata['tokenizer.ggml.tokens']).toHaveLength(65);
    expect((metadata['tokenizer.ggml.tokens'] as unknown[]).slice(-2)).toEqual(['t63', '<236 more>']);
    expect((metadata['test.scores'] as unknown[]).slice(0, 3)).toEqual([0, 0.5, 1]);
  });

  it('says the bits of a weight, scales included', () => {
    expect(['Q8_0', 'Q4_0', 'Q4_K', 'Q6_K', 'IQ2_XXS'].map((type) => bitsPerWeight(type as 'Q8_0'))).toEqual([
      8.5, 4.5, 4.5, 6.5625, 2.0625,
    ]);
  });

  it.each([2, 3])('of version %i is read', async (version) => {
    const { tensors } = await openBytes(gguf({ version, tensors: [tensor()], data: floats(1, 2, 3, 4, 5, 6) }));
    expect(tensors[0]?.shape).toEqual([2, 3]);
    expect([...((await tensors[0]?.read()) ?? [])]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('keeps other alignments', async () => {
    const keys = [['general.alignment', uint32Value(64)]] as const;
    const made = gguf({ keys, tensors: [tensor({ sizes: [1] })] });
    const padded = new Uint8Array(Math.ceil(made.length / 64) * 64 + 4);
    padded.set(made);
    padded.set(floats(7), padded.length - 4);
    expect([...((await (await openBytes(padded)).tensors[0]?.read()) ?? [])]).toEqual([7]);
  });

  it('lists types that are not known as such', async () => {
    const { tensors, warnings } = await openBytes(gguf({ tensors: [tensor({ type: 99 })] }));
    expect(tensors).toEqual([]);
    expect(warnings).toEqual([{ code: 'HL403', message: 'elements of type 99 are not known', where: "tensor 'w'" }]);
  });
});

describe('a hostile GGUF', () => {
  const data = floats(1, 2, 3, 4, 5, 6);

  it.each<[string, Uint8Array, RegExp]>([
    ['an old version', gguf({ version: 1 }), /version 1/],
    ['no version', gguf({}).subarray(0, 6), /ends early/],
    ['more tensors than fit', gguf({ tensorCount: 90_000 }), /too short/],
    ['countless tensors', gguf({ tensorCount: 2n ** 63n }), /up to 100000 are read/],
    ['countless keys', gguf({ keyCount: 2n ** 40n }), /up to 65536 are read/],
    ['a countless array', gguf({ keys: [['a', arrayValue(4, 2n ** 60n)]] }), /up to \d+ are read/],
    ['an array longer than the file', gguf({ keys: [['a', arrayValue(4, 100_000)]] }), /too short/],
    ['an endless key', gguf({ keyCount: 1, data }).fill(0xff, 24, 32), /up to 65535 are read/],
    ['an endless text', gguf({ keys: [['a', textValue('')]], data }).fill(0xff, 37, 45), /bytes; up to/],
    ['an unknown kind of value', gguf({ keys: [['a', uint32Value(0).fill(0xee, 0, 4)]] }), /values of type/],
    [
      'arrays in arrays',
      gguf({ keys: [['a', arrayValue(9, 1, ...Array.from({ length: 6 }, () => arrayValue(9, 1).subarray(4)))]], data }),
      /nested deeper/,
    ],
    ['an impossible alignment', gguf({ keys: [['general.alignment', uint32Value(0)]] }), /alignment 0/],
    ['a hundred axes', gguf({ tensors: [tensor({ sizes: new Array<number>(100).fill(1) })], data }), /100 axes/],
    ['an impossible shape', gguf({ tensors: [tensor({ sizes: [2n ** 62n, 8] })], data }), /impossible shape/],
    ['data that is not there', gguf({ tensors: [tensor({ sizes: [1 << 20] })], data }), /ends early/],
    ['an offset outside', gguf({ tensors: [tensor({ offset: 2n ** 50n })], data }), /ends early/],
    ['an offset between', gguf({ tensors: [tensor({ offset: 4, sizes: [1] })], data }), /multiple of 32/],
    ['two tensors in one place', gguf({ tensors: [tensor(), tensor({ name: 'v' })], data }), /overlap/],
    [
      'two tensors of one name',
      gguf({ tensors: [tensor(), tensor({ offset: 32 })], data: new Uint8Array(64) }),
      /two tensors/,
    ],
    ['broken blocks', gguf({ tensors: [tensor({ type: 12, sizes: [100, 2] })], data }), /no whole blocks of Q4_K/],
  ])('with %s is refused', async (_, bytes, reason) => {
    expect((await refusal(bytes)).reason).toMatch(reason);
  });

  it('with millions of texts ends quickly', async () => {
    const texts = 4_000_000;
    const bytes = gguf({ keys: [['a', arrayValue(8, texts, new Uint8Array(8 * texts))]] });
    const start = performance.now();
    expect(await survive(bytes)).toBe('read');
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it('cut or changed anywhere is read or refused, never worse', async () => {
    const whole = fixtureBytes('quantised.gguf');
    for (let length = 0; length < whole.length; length += 193) await survive(whole.subarray(0, length));
    for (let at = 0; at < 900; at += 2) {
      // The test runner is answered meanwhile.
      if (at % 100 === 0) await setImmediate();
      const changed = whole.slice();
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      await survive(changed);
    }
  });

  it('with a name of megabytes is refused', async () => {
    const bytes = gguf({ tensorCount: 1, data: text('x'.repeat(100_000)) });
    expect(await survive(bytes)).toBe('refused');
  });
});
