import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../../server/src/checkpoint/checkpoint';
import { renamedBlocks } from '../../../server/src/checkpoint/proposedRenames';
import { matchStateDict } from '../../../server/src/checkpoint/stateDict';
import type { WantedTensor } from '../../../server/src/checkpoint/wanted';
import { expected, openBytes, openFixture } from './fixtures';
import { safetensors } from './safetensorsWriter';

/** The model's own keys, from PyTorch. */
const wantedOf = (name: string): WantedTensor[] =>
  Object.entries(expected(name).tensors).map(([key, { shape }]) => ({ name: key, shape }));

const net = wantedOf('adamw.pt');

/** A checkpoint with zeros of the given shapes under the given names. */
const madeOf = (tensors: Readonly<Record<string, number[]>>): Promise<Checkpoint> => openBytes(safetensors(tensors));

describe('matchStateDict', () => {
  it.each([
    ['adamw.pt', 'model_state_dict', undefined],
    ['sgd.pt', 'net', undefined],
    ['module.pt', '', undefined],
    ['old_legacy_module.pt', '', undefined],
    ['scripted.pt', '', undefined],
    ['ddp.pt', '', "'module.' removed"],
    ['inner_ddp.pt', 'state_dict', "'module.' removed"],
    ['lightning.ckpt', 'state_dict', /_orig_mod|model/],
  ])('finds every tensor of the model in %s', async (file, container, renaming) => {
    // A scripted module also lists buffers that state_dict() leaves out.
    const match = matchStateDict(await openFixture(file), net);
    expect([...match.assignments.keys()]).toEqual(net.map(({ name }) => name));
    expect({ missing: match.missing, misshaped: match.misshaped }).toEqual({ missing: [], misshaped: [] });
    expect(match.unexpected.filter((name) => name !== 'cache')).toEqual([]);
    expect(match.container).toBe(container);
    if (renaming === undefined) expect(match.renaming).toBeUndefined();
    else expect(match.renaming).toMatch(renaming);
  });

  it('reports missing, unexpected and mis-shaped keys one by one', async () => {
    const checkpoint = await madeOf({ 'a.weight': [2, 3], 'b.weight': [4, 4], extra: [7] });
    const match = matchStateDict(checkpoint, [
      { name: 'a.weight', shape: [2, 3] },
      { name: 'b.weight', shape: [4, 5] },
      { name: 'c.bias', shape: [9] },
    ]);
    expect([...match.assignments.keys()]).toEqual(['a.weight']);
    expect(match.missing).toEqual(['c.bias']);
    expect(match.unexpected).toEqual(['extra']);
    expect(match.misshaped).toEqual([{ name: 'b.weight', expected: [4, 5], found: [4, 4] }]);
    expect(match.renaming).toBeUndefined();
  });

  it('adds a prefix when the model wraps what was saved', async () => {
    const checkpoint = await madeOf({ 'fc.weight': [2, 3], 'fc.bias': [2] });
    const match = matchStateDict(checkpoint, [
      { name: 'encoder.fc.weight', shape: [2, 3] },
      { name: 'encoder.fc.bias', shape: [2] },
      { name: 'head.weight', shape: [1, 2] },
    ]);
    expect([...match.assignments].map(([name, tensor]) => [name, tensor.name])).toEqual([
      ['encoder.fc.weight', 'fc.weight'],
      ['encoder.fc.bias', 'fc.bias'],
    ]);
    expect(match.renaming).toBe("prefix 'encoder.' added");
    expect(match.missing).toEqual(['head.weight']);
  });

  it('removes any prefix that the names share, and none when the names fit', async () => {
    const wanted = [
      { name: 'module.weight', shape: [2, 3] },
      { name: 'module.bias', shape: [2] },
    ];
    const plain = matchStateDict(await madeOf({ 'module.weight': [2, 3], 'module.bias': [2] }), wanted);
    expect(plain.renaming).toBeUndefined();
    const student = matchStateDict(
      await madeOf({ 'student.net.module.weight': [2, 3], 'student.net.module.bias': [2], 'teacher.w': [1] }),
      wanted,
    );
    expect(student.renaming).toBe("prefix 'student.net.' removed");
    expect(student.unexpected).toEqual(['teacher.w']);
  });

  it('proposes renames of equal shape and kind, and does not apply them', async () => {
    const checkpoint = await madeOf({
      'old1.weight': [2, 3],
      'old1.bias': [2],
      'old2.weight': [4, 2],
      'old2.bias': [4],
    });
    const match = matchStateDict(checkpoint, [
      { name: 'fc1.weight', shape: [2, 3] },
      { name: 'fc1.bias', shape: [2] },
      { name: 'fc2.weight', shape: [4, 2] },
      { name: 'fc2.bias', shape: [4] },
    ]);
    expect(match.assignments.size).toBe(0);
    expect(match.proposedRenames).toEqual([
      { wanted: 'fc1.weight', found: 'old1.weight' },
      { wanted: 'fc1.bias', found: 'old1.bias' },
      { wanted: 'fc2.weight', found: 'old2.weight' },
      { wanted: 'fc2.bias', found: 'old2.bias' },
    ]);
  });

  const blocks = (names: (layer: number) => string): Record<string, number[]> =>
    Object.fromEntries(
      [0, 1, 10].flatMap((layer) => [
        [`${names(layer)}.weight`, [4, 4]],
        [`${names(layer)}.bias`, [4]],
      ]),
    );
  const wantedFrom = (shapes: Readonly<Record<string, number[]>>): WantedTensor[] =>
    Object.entries(shapes).map(([name, shape]) => ({ name, shape }));

  it.each<[string, (layer: number) => string, (layer: number) => string, string]>([
    ['another prefix', (i) => `backbone.${i}.fc`, (i) => `encoder.${i}.fc`, "'backbone' read as 'encoder'"],
    ['a longer prefix', (i) => `a.b.${i}.fc`, (i) => `encoder.${i}.fc`, "'a.b' read as 'encoder'"],
    [
      'another part within',
      (i) => `layers.${i}.attn.q`,
      (i) => `layers.${i}.self_attn.q`,
      "'attn' read as 'self_attn'",
    ],
    ['a part too many', (i) => `layers.${i}.inner.q`, (i) => `layers.${i}.q`, "'inner.' removed"],
    ['a part too few', (i) => `layers.${i}.q`, (i) => `layers.${i}.body.q`, "'body.' added"],
  ])('reads names with %s, the same everywhere, and says so', async (_, inFile, inModel, said) => {
    const file = await madeOf({ ...blocks(inFile), 'head.weight': [2, 4], 'loss.weight': [7] });
    const match = matchStateDict(file, wantedFrom({ ...blocks(inModel), 'head.weight': [2, 4] }));
    expect(match.missing).toEqual([]);
    expect(match.unexpected).toEqual(['loss.weight']);
    expect(match.renaming).toBe(said);
    for (const [name, tensor] of match.assignments) if (name.includes('10')) expect(tensor.name).toContain('10');
    expect(match.proposedRenames).toEqual([]);
  });

  it('undoes a wrapper and a renamed part together', async () => {
    const file = await madeOf({ ...blocks((i) => `module.trunk.${i}`), 'module.head.weight': [2, 4] });
    const match = matchStateDict(file, wantedFrom({ ...blocks((i) => `body.${i}`), 'head.weight': [2, 4] }));
    expect(match.missing).toEqual([]);
    expect(match.renaming).toBe("prefix 'module.' removed, 'trunk' read as 'body'");
  });

  it.each<[string, Record<string, number[]>, Record<string, number[]>]>([
    ['two may be meant', { 'a.w': [4, 4], 'a.b': [4], 'c.w': [4, 4], 'c.b': [4] }, { 'x.w': [4, 4], 'x.b': [4] }],
    ['a shape differs', { 'a.w': [4, 4], 'a.b': [5] }, { 'x.w': [4, 4], 'x.b': [4] }],
    ['a tensor lacks', { 'a.w': [4, 4] }, { 'x.w': [4, 4], 'x.b': [4] }],
    ['one resembles one of many', { 'a.b': [4], 'other.c': [9] }, { 'x.b': [4] }],
  ])('does not rename where %s', async (_, file, model) => {
    const match = matchStateDict(await madeOf(file), wantedFrom(model));
    expect(match.assignments.size).toBe(0);
    expect(match.renaming).toBeUndefined();
  });

  it('does not fill a shape that differs by another name', async () => {
    const match = matchStateDict(
      await madeOf({ 'a.w': [4, 4], 'a.b': [4], head: [3] }),
      wantedFrom({ 'x.w': [4, 4], 'x.b': [4], head: [5] }),
    );
    expect(match.misshaped).toHaveLength(1);
    expect(match.missing).toEqual(['x.w', 'x.b']);
  });

  it('looks for no counters where an old file has none', async () => {
    const model = { 'bn.weight': [4], 'bn.running_var': [4], 'bn.num_batches_tracked': [] };
    const match = matchStateDict(await madeOf({ 'norm.weight': [4], 'norm.running_var': [4] }), wantedFrom(model));
    expect(match.renaming).toBe("'norm' read as 'bn'");
    expect(match.missing).toEqual(['bn.num_batches_tracked']);
  });

  it('proposes whole blocks, in natural order where the file sorts its names', async () => {
    const file = await madeOf({
      'old.1.bias': [4],
      'old.1.weight': [4, 4],
      'old.10.bias': [4],
      'old.10.weight': [4, 4],
      'old.2.bias': [4],
      'old.2.weight': [4, 4],
    });
    const model = wantedFrom({
      'a.weight': [4, 4],
      'a.bias': [4],
      'b.weight': [4, 4],
      'b.bias': [4],
      'c.weight': [4, 4],
      'c.bias': [4],
    });
    const match = matchStateDict(file, model);
    expect(match.assignments.size).toBe(0);
    expect(renamedBlocks(match.proposedRenames)).toEqual([
      { found: 'old.1.*', wanted: 'a.*' },
      { found: 'old.2.*', wanted: 'b.*' },
      { found: 'old.10.*', wanted: 'c.*' },
    ]);
  });

  it('says that nothing was found in a checkpoint without tensors', async () => {
    const match = matchStateDict(await madeOf({}), net);
    expect(match.assignments.size).toBe(0);
    expect(match.missing).toEqual(net.map(({ name }) => name));
  });
});
