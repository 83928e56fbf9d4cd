import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../server/src/checkpoint/checkpointError';
import type { Dataset, DatasetOptions } from '../../../server/src/dataset/dataset';
import { openDataset } from '../../../server/src/dataset/openDataset';
import { memoryFiles } from './memoryFiles';
import { bytesOf, parquet, parquetImages, parquetLists, tarArrays, tarImages, unpackedOf } from './recordedFiles';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

const open = (name: string, content: Uint8Array, options: DatasetOptions = {}): Promise<Dataset> =>
  openDataset(memoryFiles({ [`/d/${name}`]: content }), `/d/${name}`, options);

async function refusal(opening: Promise<unknown>): Promise<CheckpointError> {
  const error: unknown = await opening.catch((reason: unknown) => reason);
  if (error instanceof CheckpointError) return error;
  throw new Error(`no CheckpointError but ${String(error)}`);
}

/** Bytes changed and ends cut off at random: every outcome but a crash or a foreign error is fine. */
async function survivesDamage(name: string, content: Uint8Array, rounds: number): Promise<void> {
  let state = 1;
  const random = (n: number): number => (state = (state * 48271) % 2147483647) % n;
  for (let i = 0; i < rounds; i++) {
    const damaged = Uint8Array.from(content);
    for (let k = 0; k <= random(3); k++) damaged[random(damaged.length)] = random(256);
    const cut = random(4) === 0 ? damaged.subarray(0, random(damaged.length)) : damaged;
    const result: unknown = await open(name, cut, { sequenceLength: 2 })
      .then((dataset) => dataset.batch([0]))
      .catch((error: unknown) => error);
    if (result instanceof Error && !(result instanceof CheckpointError)) throw result;
  }
}

describe('CSV', () => {
  const csv = (text: string): Promise<Dataset> => open('t.csv', utf8(text));

  it('numbers classes that are written as text by their names, with and without a line of names', async () => {
    for (const text of ['a,b,species\n1,2,setosa\n3,4,iris\n5,6,setosa\n', '1,2,setosa\n3,4,iris\n5,6,setosa\n']) {
      const dataset = await csv(text);
      const [inputs, labels] = await dataset.batch([0, 1, 2]);
      expect(inputs?.data).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
      expect(labels?.data).toEqual(Int32Array.of(1, 0, 1));
      expect(dataset.description).toContain('numbered by name: iris, setosa');
    }
  });

  it('leaves out pandas’ index and other text, reads quotes and missing values', async () => {
    const dataset = await csv(',"name, full",x,"y"\n0,"He said ""no""",1,2.5\n1,other,,3\n');
    expect(dataset.arrays).toMatchObject([{ shape: [1] }, { name: 'y', dtype: 'float' }]);
    expect(await dataset.batch([0, 1])).toMatchObject([{ data: { 0: 1, 1: NaN } }, { data: { 0: 2.5, 1: 3 } }]);
    expect(dataset.description).toContain('columns of text left out: name, full');
  });

  it('takes names that are numbers, tabs, packed files', async () => {
    const columns = await csv('0,1,target\n5,6,1\n7,8,0\n');
    expect((await columns.batch([1]))[0]?.data).toEqual(Float32Array.of(7, 8));
    const packed = await open('t.tsv.gz', new Uint8Array(gzipSync('x\ty\n1\t0\n2\t1\n')));
    expect(packed.size).toBe(2);
  });

  it('reads a table that is longer than one piece of the file', async () => {
    const lines = Array.from({ length: 400_000 }, (_, i) => `${i},${i % 2},${i % 3}`);
    const dataset = await csv(lines.join('\n'));
    expect(dataset.size).toBe(400_000);
    expect((await dataset.batch([399_999]))[0]?.data).toEqual(Float32Array.of(399_999, 1));
  });

  it('says the line of what cannot be', async () => {
    expect((await refusal(csv('a,b\n1,2\n3,"4\n'))).where).toBe('line 3');
    expect((await refusal(csv('a,b\n1,2\nx,3\n'))).where).toBe('line 3');
    expect((await refusal(csv('x\n1\n'))).reason).toContain('one column');
    const names = Array.from({ length: 10_002 }, (_, i) => `1,text${i}`).join('\n');
    expect((await refusal(csv(`x,title\n${names}\n`))).reason).toContain('no classes');
  });
});

describe('JSON lines', () => {
  const json = (...rows: readonly unknown[]): Promise<Dataset> =>
    open('t.jsonl', utf8(rows.map((row) => JSON.stringify(row)).join('\n')));

  it('lists with a target', async () => {
    const dataset = await json(
      {
        x: [
          [1, 2],
          [3, 4],
        ],
        y: 0,
      },
      {
        y: 2,
        x: [
          [5, 6],
          [7, 8.5],
        ],
      },
    );
    expect(await dataset.batch([1])).toEqual([
      { shape: [1, 2, 2], dtype: 'float', data: Float32Array.of(5, 6, 7, 8.5) },
      { shape: [1], dtype: 'int', data: Int32Array.of(2) },
    ]);
  });

  it('tokens with tokens, numbers with a class of text', async () => {
    const tokens = await json({ input_ids: [1, 2], attention_mask: [1, 1], labels: [2, 3] });
    expect(tokens.arrays).toMatchObject([{ name: 'input_ids', dtype: 'int', shape: [2] }, { name: 'labels' }]);
    const rows = await json({ age: 3, size: 1.5, label: 'b' }, { age: 4, size: 2.5, label: 'a' });
    expect(await rows.batch([0])).toMatchObject([{ data: Float32Array.of(3, 1.5) }, { data: Int32Array.of(1) }]);
  });

  it('says the line of what differs', async () => {
    expect(await refusal(json({ x: [1, 2], y: 0 }, { x: [1], y: 0 }))).toMatchObject({ where: 'line 2' });
    expect((await refusal(json({ x: [1, 2], y: 0 }, { x: [1, 'a'], y: 0 }))).reason).toContain('no number');
    expect((await refusal(open('t.jsonl', utf8('{"x":1}\n{')))).where).toBe('line 2');
    expect((await refusal(json({ text: 'a' }))).reason).toContain('no column of numbers');
  });
});

describe('text by characters', () => {
  it('numbers characters as sorted(set(text)) does', async () => {
    // sorted(set('hello\n😀z')) is ['\n', 'e', 'h', 'l', 'o', 'z', '😀'].
    const dataset = await open('t.txt', utf8('hello\r\n😀z'), { sequenceLength: 3 });
    expect(await dataset.batch([0, 1])).toEqual([
      { shape: [2, 3], dtype: 'int', data: Int32Array.of(2, 1, 3, 3, 4, 0) },
      { shape: [2, 3], dtype: 'int', data: Int32Array.of(1, 3, 3, 4, 0, 6) },
    ]);
    expect(dataset.description).toContain('by its 7 characters');
    expect((await refusal(open('t.txt', utf8('abc')))).hint).toContain('--input');
  });

  it('skips the header of llm.c’s token files', async () => {
    const header = new Uint8Array(Int32Array.from({ length: 256 }, (_, i) => (i === 0 ? 20240520 : 1)).buffer);
    const tokens = new Uint8Array(Uint16Array.of(7, 8, 9).buffer);
    const dataset = await open('t.bin', new Uint8Array([...header, ...tokens]), { sequenceLength: 2 });
    expect((await dataset.batch([0]))[0]?.data).toEqual(Int32Array.of(7, 8));
  });
});

describe('Parquet', () => {
  it.each(['none', 'snappy', 'gzip', 'brotli'])('numbers packed with %s', async (codec) => {
    const dataset = await open('t.parquet', bytesOf(parquet[codec] ?? ''));
    expect(dataset.arrays).toMatchObject([{ shape: [2] }, { name: 'label', dtype: 'int' }]);
    expect(await dataset.batch([3, 0])).toMatchObject([
      { data: Float32Array.of(4.5, 4, 1.5, 1) },
      { data: Int32Array.of(0, 0) },
    ]);
  });

  it('packed with zstd is read where Node can, else refused with what to do', async () => {
    const result: unknown = await open('t.parquet', bytesOf(parquet['zstd'] ?? '')).catch((error: unknown) => error);
    if (result instanceof CheckpointError) expect(result.hint).toContain("compression='snappy'");
    else expect(result).toMatchObject({ size: 4 });
  });

  it('lists with classes, images with labels', async () => {
    const lists = await open('t.parquet', bytesOf(parquetLists));
    expect(await lists.batch([1, 2])).toMatchObject([
      { shape: [2, 2], data: Float32Array.of(3, 4, 5, 6) },
      { data: Int32Array.of(0, 1) },
    ]);
    const images = await open('t.parquet', bytesOf(parquetImages));
    const [pictures, labels] = await images.batch([3, 1]);
    expect(pictures?.shape).toEqual([2, 3, 2, 3]);
    expect(pictures?.data).toEqual(Float32Array.from({ length: 36 }, (_, i) => (i < 18 ? 153 : 51) / 255));
    expect(labels?.data).toEqual(Int32Array.of(0, 2));
  });

  it('damaged files give CheckpointErrors', async () => {
    expect((await refusal(open('t.parquet', utf8('PAR1....PAR1')))).reason).toContain('cannot be read as Parquet');
    await survivesDamage('t.parquet', bytesOf(parquet['snappy'] ?? ''), 300);
    await survivesDamage('t.parquet', bytesOf(parquetImages), 150);
  });
});

describe('WebDataset', () => {
  it('images with their classes', async () => {
    const dataset = await open('t.tar', unpackedOf(tarImages));
    const [pictures, labels] = await dataset.batch([0, 2]);
    expect(labels?.data).toEqual(Int32Array.of(5, 3));
    expect(pictures?.shape).toEqual([2, 3, 2, 3]);
    expect(pictures?.data[18]).toBe(Math.fround(102 / 255));
  });

  it.each(tarArrays.map((content, i) => [i === 0 ? 'GNU' : 'pax', content]))(
    'arrays under long names, %s',
    async (_, content) => {
      const dataset = await open('t.tar', unpackedOf(content));
      expect(await dataset.batch([1])).toMatchObject([
        { shape: [1, 2], data: Float32Array.of(1, 1.5) },
        { shape: [1, 1], data: Int32Array.of(8) },
      ]);
    },
  );

  it('shards of a folder follow each other; damaged ones are refused', async () => {
    const shard = unpackedOf(tarImages);
    const both = await openDataset(memoryFiles({ '/s/0.tar': shard, '/s/1.tar': shard }), '/s');
    expect(both.size).toBe(6);
    expect(await refusal(open('t.tar', shard.subarray(0, 540)))).toMatchObject({ reason: 'the archive ends early' });
    await survivesDamage('t.tar', shard, 200);
  });
});
