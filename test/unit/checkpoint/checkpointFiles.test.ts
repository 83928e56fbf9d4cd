import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../server/src/checkpoint/checkpointError';
import { openCheckpointAt } from '../../../server/src/checkpoint/checkpointFiles';
import { memoryFiles } from '../dataset/memoryFiles';
import { fixtureBytes } from './fixtures';
import { safetensors } from './safetensorsWriter';

type Files = Readonly<Record<string, Uint8Array>>;

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const first = 'model-00001-of-00002.safetensors';
const second = 'model-00002-of-00002.safetensors';
const index = (map: Readonly<Record<string, unknown>>, metadata: unknown = { total_size: 32 }): Uint8Array =>
  json({ metadata, weight_map: map });

const sharded: Files = {
  '/m/model.safetensors.index.json': index({ 'a.weight': second, 'a.bias': first, 'b.weight': first }),
  [`/m/${first}`]: safetensors({ 'a.bias': [2], 'b.weight': [1, 2] }, { 'a.bias': [1, 2], 'b.weight': [3, 4] }),
  [`/m/${second}`]: safetensors({ 'a.weight': [2, 2] }, { 'a.weight': [5, 6, 7, 8] }),
};

const open = (files: Files, path: string, shard?: 'alone' | 'whole') =>
  openCheckpointAt(memoryFiles(files), path, shard);

async function refusal(files: Files, path: string): Promise<CheckpointError> {
  try {
    await open(files, path);
  } catch (error) {
    if (error instanceof CheckpointError) return error;
    throw error;
  }
  throw new Error('the checkpoint was accepted');
}

describe('a checkpoint in shards', () => {
  it('is one state dict, by its index', async () => {
    const checkpoint = await open(sharded, '/m/model.safetensors.index.json');
    const values = await Promise.all(
      checkpoint.tensors.map(async (tensor) => [tensor.name, [...(await tensor.read())]]),
    );
    expect(Object.fromEntries(values)).toEqual({ 'a.weight': [5, 6, 7, 8], 'a.bias': [1, 2], 'b.weight': [3, 4] });
    expect(checkpoint.format).toBe('safetensors');
    expect(checkpoint.container).toBe('');
    expect(checkpoint.metadata).toMatchObject({ metadata: { total_size: 32 } });
    expect(checkpoint.notes).toEqual(['2 shards listed by model.safetensors.index.json']);
    expect(checkpoint.size).toBe(Object.values(sharded).reduce((sum, { length }) => sum + length, 0));
  });

  it('has the hash of the index and all shards', async () => {
    const checkpoint = await open(sharded, '/m/model.safetensors.index.json');
    const hash = createHash('sha256');
    for (const file of checkpoint.files) hash.update(sharded[file] ?? '');
    expect(checkpoint.files).toEqual(['/m/model.safetensors.index.json', `/m/${first}`, `/m/${second}`]);
    expect(await checkpoint.hash()).toBe(hash.digest('hex'));
  });

  it('opens a shard by itself and tells of the index, or the whole by the shard', async () => {
    const alone = await open(sharded, `/m/${second}`);
    expect(alone.tensors.map(({ name }) => name)).toEqual(['a.weight']);
    expect(alone.notes).toEqual(['one of several shards; model.safetensors.index.json beside it has all']);
    const whole = await open(sharded, `/m/${second}`, 'whole');
    expect(whole.tensors).toHaveLength(3);
    expect(whole.notes[0]).toBe(`${second} is one of several shards`);
    const lonely = await open(
      { [`/m/${second}`]: sharded[`/m/${second}`] ?? new Uint8Array() },
      `/m/${second}`,
      'whole',
    );
    expect(lonely.notes).toEqual([]);
  });

  it('keeps the storages of torch shards apart, which all begin to count at 0', async () => {
    const files = {
      '/m/pytorch_model.bin.index.json': index({
        weight: 'pytorch_model-00001-of-00002.bin',
        tied_a: 'pytorch_model-00002-of-00002.bin',
      }),
      '/m/pytorch_model-00001-of-00002.bin': fixtureBytes('no_crc32.pt'),
      '/m/pytorch_model-00002-of-00002.bin': fixtureBytes('views.pt'),
    };
    const { tensors, warnings, format } = await open(files, '/m/pytorch_model.bin.index.json');
    expect(format).toBe('torch zip');
    expect(tensors.map(({ name }) => name)).toEqual(['weight', 'tied_a']);
    expect(new Set(tensors.map(({ storageKey }) => storageKey)).size).toBe(2);
    expect([...((await tensors[0]?.read()) ?? [])]).toEqual([0, 1, 2, 3, 4]);
    expect(warnings).toEqual([
      {
        code: 'HL403',
        message: '9 tensors are in this file, but not in the index, and are left out',
        where: 'pytorch_model-00002-of-00002.bin',
      },
    ]);
  });

  it('names missing shards', async () => {
    const rest = Object.fromEntries(Object.entries(sharded).filter(([path]) => path !== `/m/${second}`));
    const error = await refusal(rest, '/m/model.safetensors.index.json');
    expect(error.reason).toBe(`1 of 2 shards are missing: ${second}`);
    expect(error.hint).toContain('beside the index');
  });

  it('names a tensor that a shard lacks', async () => {
    const files = { ...sharded, '/m/model.safetensors.index.json': index({ 'c.weight': first }) };
    const error = await refusal(files, '/m/model.safetensors.index.json');
    expect(error).toMatchObject({ file: `/m/${first}`, where: "tensor 'c.weight'" });
  });

  it('names the shard that is damaged', async () => {
    const files = {
      ...sharded,
      [`/m/${first}`]: new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\n'),
    };
    const error = await refusal(files, '/m/model.safetensors.index.json');
    expect(error.file).toBe(`/m/${first}`);
    expect(error.reason).toContain('Git LFS');
  });

  it.each([
    '../secret.safetensors',
    '/etc/passwd',
    'sub/model.safetensors',
    'sub\\model.safetensors',
    'C:model.safetensors',
    '..',
    '.',
    '',
    'a\u0000.safetensors',
    'x'.repeat(300),
    7,
    null,
    ['a'],
  ])('refuses an index that points to %j', async (target) => {
    const files = { ...sharded, '/m/model.safetensors.index.json': index({ 'a.weight': target }) };
    const error = await refusal(files, '/m/model.safetensors.index.json');
    expect(error.reason).toContain('no name of a file in the same folder');
    expect(error.where).toBe("weight_map 'a.weight'");
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['empty', new Uint8Array(), /not JSON/],
    ['cut off', sharded['/m/model.safetensors.index.json']?.subarray(0, 40) ?? new Uint8Array(), /not JSON/],
    ['a list', json([1]), /weight_map/],
    ['without a map', json({ metadata: {} }), /weight_map/],
    ['with an empty map', index({}), /empty/],
    ['with an overlong name', index({ ['x'.repeat(5000)]: first }), /5000 characters/],
    [
      'with too many files',
      index(Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`t${i}`, `f${i}`]))),
      /1001 files/,
    ],
  ])('refuses an index that is %s', async (_, bytes, reason) => {
    const error = await refusal(
      { ...sharded, '/m/model.safetensors.index.json': bytes },
      '/m/model.safetensors.index.json',
    );
    expect(error.reason).toMatch(reason);
  });

  it('refuses an index too large to be one without reading it', async () => {
    const files = memoryFiles(sharded);
    const source = { name: 'huge', size: 2 ** 40, read: () => Promise.reject(new Error('was read')) };
    await expect(
      openCheckpointAt({ ...files, open: () => Promise.resolve(source) }, '/m/model.safetensors.index.json'),
    ).rejects.toThrow(/too many for this kind of file/);
  });

  it('whose index is cut or changed anywhere is read or refused, never worse', async () => {
    const whole = sharded['/m/model.safetensors.index.json'] ?? new Uint8Array();
    for (let at = 0; at < whole.length; at++)
      for (const bytes of [whole.subarray(0, at), whole.map((byte, i) => (i === at ? byte ^ (1 << (at % 7)) : byte))]) {
        const files = { ...sharded, '/m/model.safetensors.index.json': bytes };
        const outcome = await open(files, '/m/model.safetensors.index.json').catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(CheckpointError);
      }
  });

  it('whose index names itself, or a folder, is refused', async () => {
    for (const target of ['model.safetensors.index.json', 'folder']) {
      const files = {
        ...sharded,
        '/m/folder/x': new Uint8Array(),
        '/m/model.safetensors.index.json': index({ 'a.weight': target }),
      };
      expect(await refusal(files, '/m/model.safetensors.index.json')).toBeInstanceOf(CheckpointError);
    }
  });

  it('summarises metadata that nests without end', async () => {
    const deep = `{"weight_map": {"a.weight": "${second}"}, "metadata": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    const files = { ...sharded, '/m/model.safetensors.index.json': new TextEncoder().encode(deep) };
    const { metadata } = await open(files, '/m/model.safetensors.index.json');
    expect(JSON.stringify(metadata)).toContain('<nested deeper>');
  });
});

describe('a folder', () => {
  const config = { architectures: ['GPT2LMHeadModel'], model_type: 'gpt2', n_layer: 2 };

  it('of Hugging Face means its weights, with what is said beside them', async () => {
    const files = {
      '/h/config.json': json(config),
      '/h/model.safetensors': safetensors({ 'wte.weight': [3, 2] }),
      '/h/optimizer.pt': fixtureBytes('adamw.pt'),
      '/h/trainer_state.json': json({ epoch: 1.5, global_step: 300, log_history: [] }),
      '/h/training_args.bin': new Uint8Array(),
    };
    const checkpoint = await open(files, '/h');
    expect(checkpoint.tensors.map(({ name }) => name)).toEqual(['wte.weight']);
    expect(checkpoint.metadata).toMatchObject({ 'config.json': config });
    expect(checkpoint.progress).toEqual({ epoch: 1.5, step: 300 });
    expect(checkpoint.notes).toEqual(["the folder's weights are in model.safetensors"]);
    expect(checkpoint.file).toBe('/h');
  });

  it('keeps the weights where a config is damaged, and says so', async () => {
    const files = { '/h/config.json': json(config).subarray(0, 9), '/h/model.safetensors': safetensors({ w: [1] }) };
    const checkpoint = await open(files, '/h');
    expect(checkpoint.tensors).toHaveLength(1);
    expect(checkpoint.warnings).toEqual([expect.objectContaining({ code: 'HL403', where: '/h/config.json' })]);
  });

  it('prefers an index whose shards are there', async () => {
    const files = { ...sharded, '/m/pytorch_model.bin.index.json': index({ x: 'pytorch_model-00001-of-00001.bin' }) };
    expect((await open(files, '/m')).tensors).toHaveLength(3);
  });

  it('of DeepSpeed means the save that latest names, if that is a folder of it', async () => {
    const files = {
      '/d/latest': new TextEncoder().encode('global_step10\n'),
      '/d/global_step10/mp_rank_00_model_states.pt': fixtureBytes('no_crc32.pt'),
      '/d/global_step10/bf16_zero_pp_rank_0_mp_rank_00_optim_states.pt': fixtureBytes('sgd.pt'),
    };
    expect((await open(files, '/d')).tensors.map(({ name }) => name)).toEqual(['weight']);
    const outside = { ...files, '/d/latest': new TextEncoder().encode('../m'), ...sharded };
    expect((await refusal(outside, '/d')).reason).toContain('no checkpoint');
  });

  it('with one checkpoint means that one, with several asks which', async () => {
    const one = { '/c/epoch=3.ckpt': fixtureBytes('lightning.ckpt'), '/c/notes.txt': new Uint8Array() };
    expect((await open(one, '/c')).progress).toEqual({ epoch: 3, step: 900 });
    const error = await refusal({ ...one, '/c/last.ckpt': fixtureBytes('lightning.ckpt') }, '/c');
    expect(error.reason).toBe('there are 2 checkpoints in the folder: epoch=3.ckpt, last.ckpt');
    expect(await refusal({ '/c/notes.txt': new Uint8Array() }, '/c')).toMatchObject({
      reason: 'there is no checkpoint in the folder',
    });
  });
});
