import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../../server/src/checkpoint/checkpoint';
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

  it('says that nothing was found in a checkpoint without tensors', async () => {
    const match = matchStateDict(await madeOf({}), net);
    expect(match.assignments.size).toBe(0);
    expect(match.missing).toEqual(net.map(({ name }) => name));
  });
});
