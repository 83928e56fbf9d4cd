import { describe, expect, it } from 'vitest';
import { expected, fixtureNames, openFixture, parsed } from './fixtures';

describe.each(fixtureNames)('%s', (name) => {
  const truth = expected(name);

  it('has the tensors that PyTorch or numpy wrote, to the last bit', async () => {
    const checkpoint = await openFixture(name);
    expect(checkpoint.format).toBe(truth.format);
    expect(checkpoint.container).toBe(truth.container ?? '');
    expect(checkpoint.tensors.map((tensor) => tensor.name).sort()).toEqual(Object.keys(truth.tensors).sort());
    for (const tensor of checkpoint.tensors) {
      const { dtype, shape, values } = truth.tensors[tensor.name] ?? { dtype: '', shape: [], values: [] };
      expect([tensor.name, tensor.dtype, tensor.shape]).toEqual([tensor.name, dtype, shape]);
      const data = await tensor.read();
      expect([...data]).toEqual(parsed(values, data));
    }
    expect(checkpoint.warnings).toEqual([]);
  });

  it('reads the same elements by ranges and in chunks', async () => {
    for (const tensor of (await openFixture(name)).tensors) {
      const whole = [...(await tensor.read())];
      const parts = whole.length / Math.max(1, tensor.elementCount);
      const chunks: (number | bigint)[] = [];
      for await (const chunk of tensor.chunks()) chunks.push(...chunk);
      expect(chunks).toEqual(whole);
      for (let start = 0; start + 2 <= tensor.elementCount; start++)
        expect([...(await tensor.readRange(start, 2))]).toEqual(whole.slice(start * parts, (start + 2) * parts));
    }
  });

  it('says how far training went and what else was saved', async () => {
    const checkpoint = await openFixture(name);
    expect(checkpoint.progress).toEqual(truth.progress ?? {});
    expect(checkpoint.metadata).toMatchObject(truth.metadata ?? {});
  });
});

describe.each(fixtureNames.filter((name) => expected(name).optimizer !== undefined))('the optimizer in %s', (name) => {
  const truth = expected(name).optimizer ?? { groups: [], buffers: [] };

  it('has its options and the state of each parameter', async () => {
    const {
      optimizers: [state],
    } = await openFixture(name);
    expect(state?.groups.length).toBe(truth.groups.length);
    truth.groups.forEach((group, index) => expect(state?.groups[index]).toMatchObject(group));
    expect(state?.parameters.map(({ index }) => index)).toEqual(truth.buffers.map((_, index) => index));
    for (const [index, buffers] of truth.buffers.entries())
      for (const [key, values] of Object.entries(buffers)) {
        const data = (await state?.parameters[index]?.tensors.get(key)?.read()) ?? [
          state?.parameters[index]?.numbers.get(key),
        ];
        expect([...data]).toEqual(values.map(Number));
      }
  });
});

describe('shared storages', () => {
  it('tied weights have one storage key, others differ', async () => {
    const { tensors } = await openFixture('tied.pt');
    const [embedding, decoder] = tensors;
    expect(embedding?.storageKey).toBe(decoder?.storageKey);
    const keys = (await openFixture('ddp.pt')).tensors.map(({ storageKey }) => storageKey);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
