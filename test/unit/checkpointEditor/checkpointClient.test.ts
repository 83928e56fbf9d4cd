import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointClient } from '../../../server/src/editor/checkpointClient';
import type { CheckpointListing, TensorReport } from '../../../server/src/protocol/editor';
import { fixtureBytes } from '../checkpoint/fixtures';
import { global, pickle, proto, text } from '../checkpoint/pickleWriter';
import { sparseSafetensors, sparseTorchZip } from './largeFiles';

const thread = join(import.meta.dirname, '../../../dist/checkpointThread.js');
const MiB = 2 ** 20;

/** A 12 GB file of 100 matrices and a matrix of 10 GB. */
const shape = [14336, 4096] as const;
const [rows, columns] = [1 << 17, 20_000];

describe('the thread that reads checkpoints', () => {
  let folder: string;
  let client: CheckpointClient;
  const path = (name: string): string => join(folder, name);
  const list = (name: string): Promise<CheckpointListing> =>
    client.list({ kind: 'list', file: path(name), models: [] });
  const statistics = (
    name: string,
    tensor: string,
    fingerprint?: string,
    signal?: AbortSignal,
  ): Promise<TensorReport> =>
    client.inspect({ kind: 'statistics', file: path(name), name: tensor, fingerprint }, signal);
  const failureOf = (reply: CheckpointListing | TensorReport) => (reply.ok ? undefined : reply.failure);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hessian-lens-checkpoints-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  afterEach(() => client.dispose());
  const start = (): void => {
    client = new CheckpointClient(thread);
  };

  it('lists files of more than 10 GB, a safetensors and a zip64 of torch, within little memory', async () => {
    start();
    const sizes = [
      sparseSafetensors(path('large.safetensors'), 100, shape),
      sparseTorchZip(path('large.pt'), rows, columns),
    ];
    expect(Math.min(...sizes)).toBeGreaterThan(10e9);
    const before = process.memoryUsage().rss;
    expect(await list('large.safetensors')).toMatchObject({
      ok: true,
      format: 'safetensors',
      size: sizes[0],
      totalElements: 100 * shape[0] * shape[1],
    });
    expect(await list('large.pt')).toMatchObject({
      ok: true,
      format: 'torch zip',
      tensors: [{ name: 'w', shape: [rows, columns], dtype: 'float32', bytes: 4 * rows * columns, group: 'model' }],
    });
    const last = await statistics('large.safetensors', 'layers.99.weight');
    expect(last).toMatchObject({
      ok: true,
      statistics: { count: shape[0] * shape[1], maximum: 2.5, zeros: shape[0] * shape[1] - 1 },
    });
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * MiB);
  });

  it('a cancelled computation ends, and the next task is answered by the same thread', async () => {
    start();
    sparseTorchZip(path('large.pt'), rows, columns);
    const control = new AbortController();
    const running = statistics('large.pt', 'w', undefined, control.signal);
    writeFileSync(path('small.pt'), fixtureBytes('adamw.pt'));
    const waiting = list('small.pt');
    control.abort();
    expect(failureOf(await running)?.category).toBe('cancelled');
    // Ten gigabytes take longer than this test may.
    expect(await waiting).toMatchObject({ ok: true });
  });

  it('what is cancelled before its turn never runs', async () => {
    start();
    writeFileSync(path('small.pt'), fixtureBytes('adamw.pt'));
    const control = new AbortController();
    const first = list('small.pt');
    const second = statistics('small.pt', 'nothing', undefined, control.signal);
    control.abort();
    expect(failureOf(await second)?.category).toBe('cancelled');
    expect(await first).toMatchObject({ ok: true });
  });

  it('a report is of the file that was listed, or there is none', async () => {
    start();
    writeFileSync(path('changing.pt'), fixtureBytes('adamw.pt'));
    const listing = await list('changing.pt');
    if (!listing.ok) throw new Error(listing.failure.message);
    const name = listing.tensors[0]?.name ?? '';
    expect(await statistics('changing.pt', name, listing.fingerprint)).toMatchObject({ ok: true });
    writeFileSync(path('changing.pt'), fixtureBytes('sgd.pt'));
    expect(failureOf(await statistics('changing.pt', name, listing.fingerprint))).toMatchObject({
      category: 'input',
      message: 'the file changed since it was listed',
    });
    const again = await list('changing.pt');
    expect(again).toMatchObject({ ok: true });
    expect(again.ok && again.fingerprint).not.toBe(listing.fingerprint);
  });

  it.each(['dtypes.safetensors', 'adamw.pt', 'deflated.npz'])(
    '%s cut off is refused with the file, the place and what to do',
    async (name) => {
      start();
      writeFileSync(path(name), fixtureBytes(name));
      truncateSync(path(name), Math.floor(fixtureBytes(name).length * 0.7));
      const failure = failureOf(await list(name));
      expect(failure).toMatchObject({ category: 'input', file: path(name) });
      expect(failure?.message).toMatch(/\(.+\)/);
      expect(failure?.hint).toBeTruthy();
    },
  );

  it('a file that is gone, a tensor that is not there and a vector’s singular values are refused in words', async () => {
    start();
    expect(failureOf(await list('absent.pt'))?.message).toContain('no such file');
    writeFileSync(path('small.pt'), fixtureBytes('adamw.pt'));
    expect(failureOf(await statistics('small.pt', 'absent'))?.message).toContain("tensor 'absent'");
    const listing = await list('small.pt');
    const vector = listing.ok ? listing.tensors.find(({ shape: axes }) => axes.length === 1) : undefined;
    const task = {
      kind: 'singularValues',
      file: path('small.pt'),
      name: vector?.name ?? '',
      fingerprint: undefined,
    } as const;
    expect(failureOf(await client.inspect(task))?.message).toContain('is not a matrix');
  });

  it('tells what a hostile pickle would run, and runs nothing', async () => {
    start();
    const mark = path('executed');
    const command = `touch ${mark}`;
    writeFileSync(
      path('hostile.pt'),
      pickle(
        proto,
        'EMPTY_DICT',
        text('x'),
        global('posix', 'system'),
        text(command),
        'TUPLE1',
        'REDUCE',
        'SETITEM',
        'STOP',
      ),
    );
    const listing = await list('hostile.pt');
    expect(listing.ok && listing.warnings).toMatchObject([
      { code: 'HL404', message: expect.stringContaining('posix.system') as unknown },
    ]);
    expect(() => truncateSync(mark)).toThrow();
  });

  it('a thread that cannot start or ends is a failure, not an exception, and does not block what follows', async () => {
    start();
    client.dispose();
    client = new CheckpointClient(join(folder, 'no-such-thread.js'));
    for (let time = 0; time < 2; time++) expect(failureOf(await list('small.pt'))?.category).toBe('internal');
  });

  it('ends when it is disposed of, answering what waits', async () => {
    start();
    const waiting = [list('small.pt'), list('small.pt')];
    client.dispose();
    for (const reply of await Promise.all(waiting)) expect(failureOf(reply)?.category).toBe('cancelled');
  });
});
