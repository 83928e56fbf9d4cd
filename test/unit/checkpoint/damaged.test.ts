import { describe, expect, it } from 'vitest';
import { Random } from '../../../server/src/curvature/random';
import { fixtureBytes, fixtureNames, openBytes } from './fixtures';
import { refusal, survive } from './survival';

describe('damaged files', () => {
  it.each(fixtureNames)('%s cut off anywhere is refused or read, never a crash', async (name) => {
    const bytes = fixtureBytes(name);
    for (let length = 0; length < bytes.length; length += 7) await survive(bytes.slice(0, length));
  });

  it('truncated archives, streams and headers are refused with the file and the place', async () => {
    for (const name of ['adamw.pt', 'legacy_views.pt', 'dtypes.safetensors', 'stored.npz', 'scripted.pt']) {
      const bytes = fixtureBytes(name);
      const error = await refusal(bytes.slice(0, Math.floor(bytes.length * 0.7)));
      expect(error.message).toContain('bad.pt');
      expect(error.where).not.toBe('');
      expect(error.hint).toBeTruthy();
    }
  });

  it('changed bytes never crash', async () => {
    const random = new Random(20240607);
    const files = fixtureNames.map(fixtureBytes);
    for (let trial = 0; trial < 2000; trial++) {
      const bytes = (files[trial % files.length] ?? new Uint8Array()).slice();
      for (let flips = 1 + random.integer(3); flips > 0; flips--)
        bytes[random.integer(bytes.length)] = random.integer(256);
      await survive(bytes);
    }
  });

  it('a changed byte in the data of a zip entry is found by its checksum', async () => {
    const bytes = fixtureBytes('ddp.pt');
    const weights = (await openBytes(bytes)).tensors.find(({ name }) => name.endsWith('head.weight'));
    const values = new Uint8Array(((await weights?.read()) ?? new Float32Array()).buffer);
    const at = Buffer.from(bytes).indexOf(Buffer.from(values));
    expect(at).toBeGreaterThan(0);
    const damaged = bytes.slice();
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    expect((await refusal(damaged)).reason).toContain('checksum');
  });

  it.each([
    ['an empty file', new Uint8Array(), /empty/],
    ['a Git LFS pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /LFS/],
    ['an HDF5 file', Buffer.from('\u0089HDF\r\n\u001a\n', 'latin1'), /HDF5/],
    ['a web page', Buffer.from('<!DOCTYPE html>'), /web page/],
    ['text', Buffer.from('hello, world'), /not recognised/],
  ])('%s is named as what it is', async (_, bytes, message) => {
    expect((await refusal(new Uint8Array(bytes))).reason).toMatch(message);
  });
});
