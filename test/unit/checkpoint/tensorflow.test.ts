/** Checkpoints and SavedModels of TensorFlow: names, values, weights of a model of Keras, and damage. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { crc32c } from '../../../server/src/checkpoint/archive/crc32';
import { MemoryByteSource, type ByteSource } from '../../../server/src/checkpoint/byteSource';
import type { Checkpoint } from '../../../server/src/checkpoint/checkpoint';
import { CheckpointError } from '../../../server/src/checkpoint/checkpointError';
import { openCheckpointAt, type CheckpointFiles } from '../../../server/src/checkpoint/checkpointFiles';
import { traceModel } from '../../../server/src/frontend/torch/traceModel';
import { DiskDataFiles } from '../../../server/src/project/diskDataFiles';
import { loadState } from '../../../server/src/worker/loadParameters';

const folder = fileURLToPath(new URL('../../fixtures/tensorflow', import.meta.url));
const files = new DiskDataFiles();
afterEach(() => files.close());
const open = (path: string): Promise<Checkpoint> => openCheckpointAt(files, join(folder, path));

const variables = JSON.parse(readFileSync(join(folder, 'variables.json'), 'utf8')) as [string, number[]][];
const wave = (i: number, k: number): number => Math.fround(Math.sin(0.7 * i + 1.3 * k));

/** Every variable has the values that save.py gave it. */
async function expectVariables({ tensors }: Checkpoint): Promise<void> {
  expect(tensors).toHaveLength(variables.length);
  for (const [k, [path, shape]] of variables.entries()) {
    const tensor = tensors.find(({ name }) => name === path);
    expect([path, tensor?.shape, tensor?.dtype]).toEqual([path, shape, 'float32']);
    const values = Array.from((await tensor?.read()) ?? [], Number);
    values.forEach((value, i) => expect(Math.abs(value - wave(i, k))).toBeLessThan(1e-6));
  }
}

const source = `
import keras
from keras import layers
def build():
    inputs = keras.Input((5,))
    x = layers.BatchNormalization()(layers.Dense(4, activation="relu", name="hidden")(inputs))
    return keras.Model(inputs, layers.Dense(2)(x))
`;

describe('checkpoints of TensorFlow', () => {
  it.each([
    ['an index', 'run/ck-1.index'],
    ['a data file', 'run/ck-1.data-00000-of-00001'],
    ['the prefix that TensorFlow takes', 'run/ck-1'],
    ['the folder of a run', 'run'],
    ['a SavedModel', 'saved'],
    ['an exported model', 'exported'],
  ])('%s has the variables under the names of Keras', async (_, path) => {
    const checkpoint = await open(path);
    expect(checkpoint.format).toBe('tensorflow');
    await expectVariables(checkpoint);
  });

  it('the optimizer keeps its own', async () => {
    const groups = (await open('run')).inventory().map(({ tensor: { name }, group }) => [group, name] as const);
    expect(groups.filter(([group]) => group !== 'model').map(([, name]) => name)).toContain(
      'optimizer.adam/hidden_kernel_momentum',
    );
  });

  it.each(['run/ck-1.index', 'saved', 'exported'])('%s holds the weights of its model', async (path) => {
    const traced = traceModel({
      file: 'model.py',
      source,
      sources: { read: () => undefined, resolveModule: () => undefined },
    });
    const { parameters, unexpected } = await loadState(traced, join(folder, path));
    expect(unexpected).toEqual([]);
    expect(parameters.get('dense/kernel')?.[3]).toBeCloseTo(wave(3, 6), 6);
  });

  it('other element types are decoded, text is listed', async () => {
    const { tensors, metadata } = await open('kinds.index');
    const read = async (name: string): Promise<unknown[]> =>
      Array.from((await tensors.find((tensor) => tensor.name === name)?.read()) ?? [], Number);
    expect([await read('half'), await read('count')]).toEqual([[1.5, -2.5], [7]]);
    expect(JSON.stringify(metadata)).toContain('no numbers');
  });

  it('files of TensorFlow 1 keep the names of their variables', async () => {
    const { tensors } = await open('older.ckpt');
    expect(tensors.map(({ name }) => name)).toEqual(['dense/kernel']);
  });
});

/** A folder in memory. */
function inMemory(contents: Readonly<Record<string, Uint8Array>>): CheckpointFiles {
  const open = (path: string): Promise<ByteSource> => {
    const bytes = contents[path.split('/').pop() ?? ''];
    return bytes === undefined
      ? Promise.reject(new CheckpointError('there is no such file', path, 'path'))
      : Promise.resolve(new MemoryByteSource(path, bytes));
  };
  return {
    isFolder: () => Promise.resolve(false),
    list: () => Promise.resolve(Object.keys(contents)),
    open,
    openBeside: (_, path) => open(path),
  };
}

const index = readFileSync(join(folder, 'run/ck-1.index'));
const data = readFileSync(join(folder, 'run/ck-1.data-00000-of-00001'));
const opened = async (changed: Uint8Array, shard: Uint8Array = data): Promise<number> => {
  const contents = { 'ck-1.index': changed, 'ck-1.data-00000-of-00001': shard };
  const { tensors } = await openCheckpointAt(inMemory(contents), 'ck-1.index');
  for (const tensor of tensors) await tensor.read();
  return tensors.length;
};

describe('damaged checkpoints of TensorFlow', () => {
  it('every changed byte of the index is noticed or harmless', async () => {
    for (let at = 0; at < index.length; at += 7) {
      const changed = Uint8Array.from(index);
      changed[at] = (changed[at] ?? 0) ^ 0x55;
      await opened(changed).catch((error: unknown) => expect(error).toBeInstanceOf(CheckpointError));
    }
  });

  it('a block with a wrong checksum is an error', async () => {
    const changed = Uint8Array.from(index);
    changed[60] = (changed[60] ?? 0) ^ 1;
    await expect(opened(changed)).rejects.toThrow('the checksum of a block is wrong');
  });

  it('a cut or missing data file is an error that says which', async () => {
    await expect(opened(index, data.subarray(0, 100))).rejects.toThrow('ends early');
    await expect(openCheckpointAt(inMemory({ 'ck-1.index': index }), 'ck-1.index')).rejects.toThrow(
      'ck-1.data-00000-of-00001',
    );
  });

  it('compressed blocks are refused by name', async () => {
    const changed = Uint8Array.from(index);
    const view = new DataView(changed.buffer);
    // The footer begins with the handle of the empty block of meta data.
    const offset = ((changed[index.length - 48] ?? 0) % 128) + 128 * (changed[index.length - 47] ?? 0);
    const handle = index.length - 48 + 3;
    const start = ((changed[handle] ?? 0) % 128) + 128 * (changed[handle + 1] ?? 0);
    expect(start).toBeGreaterThan(offset);
    const size = changed[handle + 2] ?? 0;
    changed[start + size] = 1;
    view.setUint32(start + size + 1, masked(crc32c(changed.subarray(start, start + size + 1))), true);
    await expect(opened(changed)).rejects.toThrow('Snappy');
  });
});

const masked = (crc: number): number => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
