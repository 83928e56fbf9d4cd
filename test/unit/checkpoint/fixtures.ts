import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MemoryByteSource } from '../../../server/src/checkpoint/byteSource';
import type { Checkpoint } from '../../../server/src/checkpoint/checkpoint';
import type { TensorData } from '../../../server/src/checkpoint/elementType';
import { openCheckpoint } from '../../../server/src/checkpoint/openCheckpoint';

const folder = fileURLToPath(new URL('../../fixtures/checkpoints/', import.meta.url));

/** What generate.py wrote: the truth of PyTorch or numpy. */
export interface Expected {
  readonly format: string;
  readonly tensors: Readonly<
    Record<string, { readonly dtype: string; readonly shape: number[]; readonly values: string[] }>
  >;
  readonly container?: string;
  readonly progress?: { readonly epoch?: number; readonly step?: number };
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly optimizer?: {
    readonly groups: readonly Readonly<Record<string, unknown>>[];
    readonly buffers: readonly Readonly<Record<string, string[]>>[];
  };
}

export const fixtureNames = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => name.slice(0, -'.json'.length));

export const fixtureBytes = (name: string): Uint8Array => new Uint8Array(readFileSync(folder + name));

export const expected = (name: string): Expected =>
  JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')) as Expected;

export const openBytes = (bytes: Uint8Array, name = 'file'): Promise<Checkpoint> =>
  openCheckpoint(new MemoryByteSource(name, bytes));

export const openFixture = (name: string): Promise<Checkpoint> => openBytes(fixtureBytes(name), name);

/** Decoded elements as numbers or bigints equal to the texts of generate.py. */
export const parsed = (texts: readonly string[], data: TensorData): (number | bigint)[] =>
  texts.map((text) => {
    if (data instanceof BigInt64Array || data instanceof BigUint64Array) return BigInt(text);
    return text === 'inf' ? Infinity : text === '-inf' ? -Infinity : Number(text === 'nan' ? NaN : text);
  });
