/** Elements of ONNX's tensors stay in the file, in whatever field they are written. */
import { describe, expect, test } from 'vitest';
import { MemoryByteSource, type ByteSource } from '../../../server/src/checkpoint/byteSource';
import { decodeElements } from '../../../server/src/checkpoint/elementType';
import { newContext } from '../../../server/src/checkpoint/format';
import { onnx } from '../../../server/src/checkpoint/formats/onnx';
import { readOnnxModelFile, type OnnxTensor } from '../../../server/src/checkpoint/onnx/onnxModelFile';
import { elementTypeOf, messageTypes } from '../../../server/src/checkpoint/onnx/schema';
import { VarintSource } from '../../../server/src/checkpoint/onnx/varintSource';
import { readInitializers } from '../../../server/src/frontend/onnx/initializers';

const COUNT = 200_000;
const FLOAT = 1;
const INT32 = 6;
const DOUBLE = 11;

/** Counts what is read: nothing that was not read can be held. */
class CountingSource implements ByteSource {
  readonly size: number;
  total = 0;
  largest = 0;
  constructor(
    private readonly bytes: Uint8Array,
    readonly name = 'model.onnx',
  ) {
    this.size = bytes.length;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    this.total += length;
    this.largest = Math.max(this.largest, length);
    return Promise.resolve(this.bytes.slice(offset, offset + length));
  }
}

/** A field of bytes, as protocol buffers write it. */
function field(number: number, content: Uint8Array): Uint8Array {
  const header = [number * 8 + 2];
  let length = content.length;
  for (; length >= 0x80; length = Math.floor(length / 0x80)) header.push((length % 0x80) + 0x80);
  return Buffer.concat([Uint8Array.from([...header, length]), content]);
}

/** A model of one initialiser; `parts` are messages of which it is the sum. */
function modelOf(...parts: readonly object[]): Uint8Array {
  const tensor = Buffer.concat(parts.map((part) => messageTypes.Tensor.encode(part).finish()));
  const node = messageTypes.Node.encode({ opType: 'Identity', input: ['w'], output: ['y'] }).finish();
  return Buffer.concat([Uint8Array.from([8, 8]), field(7, Buffer.concat([field(1, node), field(5, tensor)]))]);
}

const tensorOf = (dataType: number, elements: object): object => ({ name: 'w', dims: [COUNT], dataType, ...elements });

function only([tensor]: readonly OnnxTensor[]): ByteSource {
  if (tensor?.bytes === undefined) throw new Error('there is no tensor');
  return tensor.bytes;
}

const wave = Array.from({ length: COUNT }, (_, i) => Math.fround(Math.sin(i)));
const whole = (modulus: number): number[] => Array.from({ length: COUNT }, (_, i) => (i * 7_919_993) % modulus);
const signed = (half: number): number[] => whole(2 * half).map((value) => value - half);
const minusOne = 0xbc00;

/** Each field that holds elements, with types that are written there. */
const written: readonly (readonly [string, number, object, ArrayLike<number | bigint>])[] = [
  ['float32', FLOAT, { floatData: wave }, wave],
  ['float64', DOUBLE, { doubleData: wave }, wave],
  ['int32', INT32, { int32Data: signed(2 ** 31) }, signed(2 ** 31)],
  ['int16', 5, { int32Data: signed(2 ** 15) }, signed(2 ** 15)],
  ['int8', 3, { int32Data: signed(2 ** 7) }, signed(2 ** 7)],
  ['uint16', 4, { int32Data: whole(2 ** 16) }, whole(2 ** 16)],
  ['bool', 9, { int32Data: whole(2) }, whole(2)],
  ['float16', 10, { int32Data: wave.map(() => minusOne) }, wave.map(() => -1)],
  ['int64', 7, { int64Data: signed(2 ** 45) }, signed(2 ** 45).map(BigInt)],
  ['uint32', 12, { uint64Data: whole(2 ** 32) }, whole(2 ** 32)],
  ['uint64', 13, { uint64Data: whole(2 ** 50) }, whole(2 ** 50).map(BigInt)],
];

describe('elements in a field for their type', () => {
  test.each(written)('of %s', async (_, dataType, elements, expected) => {
    const file = modelOf(tensorOf(dataType, elements));
    const source = new CountingSource(file);
    const bytes = only((await readOnnxModelFile(source)).initializers);
    // Floating numbers are elements as they stand; whole ones are counted, in one pass by windows.
    const isFloating = dataType === FLOAT || dataType === DOUBLE;
    expect(source.total).toBeLessThan((isFloating ? 0 : file.length) + 2 ** 18);
    expect(source.largest).toBeLessThanOrEqual(2 ** 16);
    const type = elementTypeOf[dataType] ?? 'bool';
    const values = decodeElements(await bytes.read(0, bytes.size), type, true);
    expect(Array.from<number | bigint>(values)).toEqual(Array.from(expected));
  });

  test('any range is that of the whole', async () => {
    const file = modelOf(tensorOf(INT32, { int32Data: signed(2 ** 31) }));
    const bytes = only((await readOnnxModelFile(new CountingSource(file))).initializers);
    const all = await bytes.read(0, bytes.size);
    const step = 4 * 2 ** 14;
    for (const [offset, length] of [
      [0, 1],
      [step - 1, 7],
      [step, 4],
      [3 * step - 2, step + 5],
      [4 * COUNT - 1, 1],
      [4 * COUNT, 0],
    ] as const)
      expect(await bytes.read(offset, length)).toEqual(all.slice(offset, offset + length));
    await expect(bytes.read(4 * COUNT - 1, 2)).rejects.toThrow('the file ends early');
  });

  test('in parts are joined', async () => {
    for (const [dataType, name, values] of [
      [FLOAT, 'floatData', wave],
      [INT32, 'int32Data', signed(2 ** 31)],
    ] as const) {
      const [first, second] = [values.slice(0, 70_001), values.slice(70_001)];
      const file = modelOf(tensorOf(dataType, { [name]: first }), { [name]: second });
      const bytes = only((await readOnnxModelFile(new CountingSource(file))).initializers);
      const type = elementTypeOf[dataType] ?? 'bool';
      expect(Array.from<number | bigint>(decodeElements(await bytes.read(0, bytes.size), type, true))).toEqual(values);
    }
  });

  test('in numbers that are none are refused', async () => {
    const open = (...bytes: number[]): Promise<VarintSource> =>
      VarintSource.open(new MemoryByteSource('w', Uint8Array.from(bytes)), 8);
    await expect(open(1, 0x80)).rejects.toThrow('end inside a number');
    await expect(open(...new Array<number>(10).fill(0x80), 1)).rejects.toThrow('more than 64 bits');
    const longest = await open(...new Array<number>(9).fill(0xff), 1, 3);
    expect(decodeElements(await longest.read(0, 16), 'int64', true)).toEqual(BigInt64Array.from([-1n, 3n]));
  });

  test('fewer or more than the shape has are refused', async () => {
    for (const count of [COUNT - 1, COUNT + 1])
      for (const elements of [{ floatData: new Array(count).fill(1) }, { rawData: new Uint8Array(4 * count) }])
        await expect(readOnnxModelFile(new CountingSource(modelOf(tensorOf(FLOAT, elements))))).rejects.toThrow(
          `takes ${4 * COUNT} bytes, ${4 * count} are given`,
        );
  });
});

describe('what a reading takes of a file', () => {
  const raw = new Uint8Array(Float32Array.from(wave).buffer);
  const forms = {
    'raw bytes': { rawData: raw },
    'a field of floats': { floatData: wave },
    'another file': { dataLocation: 1, externalData: [{ key: 'location', value: 'w.bin' }] },
  };

  test.each(Object.entries(forms))('of %s', async (_, elements) => {
    const source = new CountingSource(modelOf(tensorOf(FLOAT, elements)));
    const beside = new CountingSource(raw, 'w.bin');
    const openBeside = (): Promise<ByteSource> => Promise.resolve(beside);
    await readInitializers(await readOnnxModelFile(source, openBeside), source.name);
    await onnx.read(source, { ...newContext(), openBeside });
    expect(source.total + beside.total).toBeLessThan(2 ** 19);
  });

  test('a tensor that an exporter made is looked at only as far as it tells something', async () => {
    const product = messageTypes.Node.encode({ opType: 'Add', input: ['x', 'onnx::Add_1'], output: ['y'] }).finish();
    const tensor = { name: 'onnx::Add_1', dims: [2, COUNT / 2], dataType: FLOAT, rawData: raw };
    const content = Buffer.concat([field(1, product), field(5, messageTypes.Tensor.encode(tensor).finish())]);
    const source = new CountingSource(Buffer.concat([Uint8Array.from([8, 8]), field(7, content)]));
    const structure = await readOnnxModelFile(source);
    const found = await readInitializers(structure, source.name);
    expect(found.get('onnx::Add_1')?.kind).toBe('parameter');
    expect(source.total).toBeLessThan(2 ** 19);
  });
});
