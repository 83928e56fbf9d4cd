import { describe, expect, it } from 'vitest';
import type { CheckpointCandidate } from '../../../server/src/protocol/reading';
import { readFile, type Reading, type ReadingWorld } from '../../../server/src/reading/readFile';
import { openBytes } from '../checkpoint/fixtures';
import { safetensors } from '../checkpoint/safetensorsWriter';
import { request, worldOf } from './world';

const source = `
import torch.nn as nn

class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 2)
    def forward(self, x):
        return self.fc(x)

class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(5, 4)
        self.out = nn.Linear(4, 5, bias=False)
        self.out.weight = self.embed.weight
    def forward(self, x):
        return self.out(self.embed(x))
`;
const small = { 'fc.weight': [2, 3], 'fc.bias': [2] };

interface File {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly modified?: number;
}

async function read(files: Readonly<Record<string, File>>, text = source, chosen?: string): Promise<Reading> {
  const world: ReadingWorld = {
    ...worldOf({ '/p/model.py': text }),
    locate: (path) => (path in files ? path : undefined),
    openCheckpoint: async (file) => {
      const { shapes = {}, modified = 0 } = files[file] ?? {};
      return { ok: true, checkpoint: await openBytes(safetensors(shapes), file), modified, size: 1 };
    },
  };
  const checkpoints = Object.keys(files).map((file) => ({
    file,
    origin: file === chosen ? ('chosen' as const) : ('found in the workspace' as const),
  }));
  // Large files are read in slices.
  for (;;) {
    const reading = await readFile({ ...request('/p/model.py', text), checkpoints }, world);
    if (reading.reading.unread === 0) return reading;
  }
}

const brief = (candidates: readonly CheckpointCandidate[] | undefined) =>
  candidates?.map(({ file, fit }) => `${file} ${fit.kind}`);

describe('checkpoints of the workspace', () => {
  it('are compared with every model of the file, the best first', async () => {
    const { checkpoints } = await read({
      'tied.safetensors': { shapes: { 'embed.weight': [5, 4] } },
      'small.safetensors': { shapes: small },
      'other.safetensors': { shapes: { 'fc.weight': [2, 3] } },
    });
    expect(brief(checkpoints['Small'])).toEqual([
      'small.safetensors fits',
      'other.safetensors differs',
      'tied.safetensors differs',
    ]);
    expect(brief(checkpoints['Tied'])?.[0]).toBe('tied.safetensors fits');
  });

  it('that fit are ordered by what else they hold, then by age', async () => {
    const { checkpoints } = await read({
      'with-more.safetensors': { shapes: { ...small, 'extra.weight': [9] }, modified: 9 },
      'old.safetensors': { shapes: small, modified: 1 },
      'new.safetensors': { shapes: small, modified: 2 },
      'wrapped.safetensors': { shapes: { 'module.fc.weight': [2, 3], 'module.fc.bias': [2] }, modified: 8 },
    });
    expect(checkpoints['Small']?.map(({ file }) => file)).toEqual([
      'new.safetensors',
      'old.safetensors',
      'wrapped.safetensors',
      'with-more.safetensors',
    ]);
    expect(checkpoints['Small']?.[2]?.fit).toEqual({ kind: 'fits', unused: 0, renaming: "prefix 'module.' removed" });
  });

  it('that were chosen come first for the main model only', async () => {
    const files = { 'a.safetensors': { shapes: small }, 'b.safetensors': { shapes: { x: [1] } } };
    const { checkpoints, reading } = await read(files, source, 'b.safetensors');
    const [main = '', other = ''] = reading.models.map(({ name }) => name);
    expect(checkpoints[main]?.[0]).toMatchObject({ file: 'b.safetensors', origin: 'chosen' });
    expect(checkpoints[other]?.map(({ origin }) => origin)).toEqual([
      'found in the workspace',
      'found in the workspace',
    ]);
  });

  it('of a comment above another model are that model’s', async () => {
    const text = source.replace('class Tied', '# hessian-lens: checkpoint=tied.safetensors\nclass Tied');
    const { checkpoints } = await read({ 'tied.safetensors': { shapes: { 'out.weight': [5, 4] } } }, text);
    expect(checkpoints['Tied']?.[0]).toMatchObject({ origin: 'configured', fit: { kind: 'fits' } });
    expect(checkpoints['Small']?.[0]?.origin).toBe('found in the workspace');
  });

  it('whose shapes agree under other names make a finding that proposes them', async () => {
    const text = `
import torch.nn as nn

# hessian-lens: checkpoint=run.safetensors
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(3, 3)
        self.b = nn.Linear(3, 3)
    def forward(self, x):
        return self.b(self.a(x))
`;
    const shapes = { 'one.weight': [3, 3], 'one.bias': [3], 'two.weight': [3, 3], 'two.bias': [3] };
    const { reading, checkpoints } = await read({ 'run.safetensors': { shapes } }, text);
    const [finding] = reading.findings;
    expect(finding?.code).toBe('HL402');
    expect(finding?.message).toContain('shapes agree if renamed: one.* → a.*, two.* → b.*');
    expect(checkpoints['Net']?.[0]?.fit).toMatchObject({
      renames: [
        { found: 'one.*', wanted: 'a.*' },
        { found: 'two.*', wanted: 'b.*' },
      ],
    });
  });
});
