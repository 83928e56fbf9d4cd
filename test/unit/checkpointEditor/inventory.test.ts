import { describe, expect, it } from 'vitest';
import { listingOf } from '../../../server/src/editor/checkpointListing';
import type { KnownModel } from '../../../server/src/editor/checkpointMessages';
import { expected, fixtureNames, openFixture } from '../checkpoint/fixtures';

const model = (name: string, keys: Readonly<Record<string, readonly number[]>>): KnownModel => ({
  name,
  place: { file: `/project/${name}.py`, line: 1, column: 1, endLine: 1, endColumn: 2 },
  stateKeys: Object.entries(keys).map(([key, shape]) => ({ key, shape })),
});

describe('the inventory of a file', () => {
  it.each(fixtureNames)(
    '%s: has every tensor of the model with PyTorch’s type and shape, and no name twice',
    async (name) => {
      const checkpoint = await openFixture(name);
      const all = checkpoint.inventory();
      expect(new Set(all.map(({ tensor }) => tensor.name)).size).toBe(all.length);
      const weights = all.filter(({ group }) => group === 'model').map(({ tensor }) => tensor);
      for (const [key, { shape, dtype }] of Object.entries(expected(name).tensors)) {
        const found = weights.find((tensor) => tensor.name === key || tensor.name.endsWith(`.${key}`));
        expect({ key, shape: found?.shape, dtype: found?.dtype }).toEqual({ key, shape, dtype });
      }
    },
  );

  it.each(['adamw.pt', 'sgd.pt', 'lightning.ckpt', 'old_legacy_adamw.pt'])(
    '%s: what the optimizer remembers is its own group',
    async (name) => {
      const checkpoint = await openFixture(name);
      const optimizer = checkpoint.inventory().filter(({ group }) => group === 'optimizer');
      const known = checkpoint.optimizers[0]?.parameters.reduce((sum, { tensors }) => sum + tensors.size, 0);
      expect(known).toBeGreaterThan(0);
      expect(optimizer).toHaveLength(known ?? NaN);
    },
  );

  it('reads the same elements as the container of the model', async () => {
    const checkpoint = await openFixture('adamw.pt');
    for (const tensor of checkpoint.tensors) {
      const twin = checkpoint
        .inventory()
        .find(({ tensor: { name } }) => name === `${checkpoint.container}.${tensor.name}`);
      expect(await twin?.tensor.read()).toEqual(await tensor.read());
    }
  });
});

describe('the listing', () => {
  it('says which models the file fits, and only those', async () => {
    const checkpoint = await openFixture('adamw.pt');
    const keys = Object.fromEntries(checkpoint.tensors.map(({ name, shape }) => [name, shape]));
    const fits = listingOf(checkpoint, '', [
      model('Same', keys),
      model('Larger', { ...keys, 'more.weight': [3] }),
      model('Other', { ...keys, [checkpoint.tensors[0]?.name ?? '']: [99] }),
      model('Nothing', {}),
    ]).fits;
    expect(fits).toEqual(['Same (Same.py)']);
  });

  it('tells the bits of quantised weights', async () => {
    const { tensors, format, metadata } = listingOf(await openFixture('quantised.gguf'), '', []);
    expect(format).toBe('gguf');
    expect(tensors.find(({ name }) => name === 'blk.0.q8')).toMatchObject({
      dtype: 'Q8_0',
      bytes: 136,
      bitsPerWeight: 8.5,
    });
    expect(tensors.filter(({ bitsPerWeight }) => bitsPerWeight !== undefined)).toHaveLength(1);
    expect(metadata['metadata.general.name']).toBe('tiny');
  });

  it('counts shared memory once', async () => {
    const { tensors, totalElements } = listingOf(await openFixture('tied.pt'), '', []);
    const shared = tensors.filter(({ sharedWith }) => sharedWith !== undefined);
    expect(shared.length).toBeGreaterThan(0);
    const all = tensors.reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
    expect(totalElements).toBeLessThan(all);
  });

  it('tells epoch, step and the options of the optimizer, and survives the way through JSON', async () => {
    const listing = listingOf(await openFixture('lightning.ckpt'), 'mark', []);
    expect(listing).toMatchObject({ step: 900, epoch: 3, container: 'state_dict', fingerprint: 'mark' });
    expect(listing.metadata['optimizer_states.0.param_groups.0.lr']).toBe('0.001');
    expect(JSON.parse(JSON.stringify(listing))).toEqual(listing);
  });
});
