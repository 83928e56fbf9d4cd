import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MemoryByteSource } from '../../../server/src/checkpoint/byteSource';
import type { Checkpoint } from '../../../server/src/checkpoint/checkpoint';
import { CheckpointError } from '../../../server/src/checkpoint/checkpointError';
import { openCheckpoint } from '../../../server/src/checkpoint/openCheckpoint';
import { matchStateDict } from '../../../server/src/checkpoint/stateDict';
import { traceModel } from '../../../server/src/frontend/torch/traceModel';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../../fixtures/keras');
const bytesOf = (name: string): Buffer => readFileSync(join(folder, name));
const open = (name: string, bytes: Uint8Array = bytesOf(name)): Promise<Checkpoint> =>
  openCheckpoint(new MemoryByteSource(name, bytes));

/** Path, shape and sum of every variable, as Keras had them when it wrote the files. */
const variables = JSON.parse(readFileSync(join(folder, 'variables.json'), 'utf8')) as [string, number[], number][];

const source = `
import keras
from keras import layers
def build():
    inputs = keras.Input((5,))
    x = layers.Embedding(7, 4)(inputs)
    x = layers.MultiHeadAttention(num_heads=2, key_dim=3)(x, x)
    x = layers.Bidirectional(layers.LSTM(3))(x)
    x = layers.BatchNormalization()(x)
    x = layers.Dense(4, activation="relu", name="hidden")(x)
    return keras.Model(inputs, layers.Dense(2)(x))
`;

describe('files of Keras', () => {
  it.each([
    ['small.keras', 'keras'],
    ['small.weights.h5', 'hdf5'],
    ['small.h5', 'hdf5'],
  ])('%s holds the variables of the same model, though its layers are numbered otherwise', async (name, format) => {
    const checkpoint = await open(name);
    expect(checkpoint.format).toBe(format);
    const { stateKeys, stopped } = traceModel({
      file: 'model.py',
      source,
      sources: { read: () => undefined, resolveModule: () => undefined },
    });
    expect(stopped).toBeNull();
    const match = matchStateDict(
      checkpoint,
      stateKeys.map(({ key, shape }) => ({ name: key, shape })),
    );
    expect([match.missing, match.misshaped]).toEqual([[], []]);
    expect(stateKeys).toHaveLength(variables.length);
    for (const [i, { key, shape }] of stateKeys.entries()) {
      const [, recorded = [], sum = NaN] = variables[i] ?? [];
      expect([...shape]).toEqual(recorded);
      const data = await match.assignments.get(key)?.read();
      const total = Array.from(data ?? [], Number).reduce((all, x) => all + x, 0);
      expect(Math.abs(total - sum)).toBeLessThan(1e-5);
    }
  });

  it('older files keep the names of their variables', async () => {
    const { tensors } = await open('small.h5');
    expect(tensors.map(({ name }) => name)).toEqual(variables.map(([path]) => path));
  });

  it('damage is an error that names the file, and ends', async () => {
    const whole = bytesOf('small.h5');
    for (const length of [9, 100, 2000, whole.length - 4000])
      await expect(open('cut.h5', whole.subarray(0, length)).then(readAll)).rejects.toThrow(CheckpointError);
    // Every address of the file's tables points back to its start.
    for (const at of [24, 40, 56, 64]) {
      const looped = Buffer.from(whole);
      looped.writeBigUInt64LE(0n, at);
      await expect(Promise.resolve(open('looped.h5', looped).then(readAll)).catch(asMessage)).resolves.toBeDefined();
    }
  });
});

const asMessage = (error: unknown): string => {
  expect(error).toBeInstanceOf(CheckpointError);
  return String(error);
};

async function readAll({ tensors }: Checkpoint): Promise<number> {
  for (const tensor of tensors) await tensor.read();
  return tensors.length;
}
