import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fittingCheckpoint, offeredCheckpoint } from '../../../server/src/worker/offerCheckpoint';
import { safetensors } from '../checkpoint/safetensorsWriter';

describe('a checkpoint that nobody names', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'offer-'));
    write('pyproject.toml', new Uint8Array());
    write('model.py', new Uint8Array());
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(name: string, bytes: Uint8Array, age = 0): void {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    utimesSync(path, new Date(1e12 - 1e6 * age), new Date(1e12 - 1e6 * age));
  }

  const model = () => ({
    name: 'Net',
    file: join(folder, 'model.py'),
    stateKeys: [
      { key: 'fc.weight', kind: 'parameter' as const, storage: 'fc.weight', shape: [2, 3] },
      { key: 'fc.bias', kind: 'parameter' as const, storage: 'fc.bias', shape: [2] },
    ],
  });
  const fitting = { 'fc.weight': [2, 3], 'fc.bias': [2] };

  it('is offered when it fits: the newest of equals, one by an index, none that is damaged', async () => {
    expect(await offeredCheckpoint(model())).toEqual([]);
    write('runs/broken.pt', new Uint8Array([1, 2, 3]));
    write('runs/other.safetensors', safetensors({ 'fc.weight': [2, 4], 'fc.bias': [2] }));
    expect(await fittingCheckpoint(model())).toBeUndefined();
    write('runs/old.safetensors', safetensors(fitting), 5);
    write('runs/deep/new.safetensors', safetensors(fitting), 2);
    expect((await fittingCheckpoint(model()))?.file).toBe(join(folder, 'runs/deep/new.safetensors'));
    const [first, second] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];
    write(`hf/${first}`, safetensors({ 'fc.weight': [2, 3] }));
    write(`hf/${second}`, safetensors({ 'fc.bias': [2] }));
    const map = { weight_map: { 'fc.weight': first, 'fc.bias': second } };
    write('hf/model.safetensors.index.json', new TextEncoder().encode(JSON.stringify(map)));
    expect((await fittingCheckpoint(model()))?.file).toBe(join(folder, 'hf/model.safetensors.index.json'));
  });

  it('is told with the option that uses it and what is done to its names', async () => {
    write('best.safetensors', safetensors({ 'net.fc.weight': [2, 3], 'net.fc.bias': [2] }));
    const [note] = await offeredCheckpoint(model());
    expect(note).toMatch(
      /best\.safetensors fits Net \(prefix 'net\.' removed\); --checkpoint .*best\.safetensors uses it$/,
    );
  });
});
