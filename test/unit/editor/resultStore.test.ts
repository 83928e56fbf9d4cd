import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnalysisResult } from '../../../server/src/curvature/result';
import { ResultStore, type StoreLimits } from '../../../server/src/editor/resultStore';
import type { AnalyzeRequest, InputFile } from '../../../server/src/protocol/worker';

let folder: string;
let contents: Record<string, string>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hessian-lens-store-'));
  contents = { '/p/model.py': 'a', '/p/best.pt': 'b' };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const generous: StoreLimits = { perModel: 100, results: 100, bytes: 1e9 };
const storeWith = (limits: Partial<StoreLimits> = {}, chosen = {}): ResultStore =>
  new ResultStore(
    folder,
    ({ path }) => contents[path] ?? 'absent',
    () => chosen,
    { ...generous, ...limits },
  );

const inputs: InputFile[] = [
  { path: '/p/model.py', role: 'source', fingerprint: 'a' },
  { path: '/p/best.pt', role: 'checkpoint', fingerprint: 'b' },
];
const request = (seed: number): AnalyzeRequest => ({
  modelFile: '/p/model.py',
  inputs: [],
  top: 1,
  seed,
  engine: 'auto',
  precision: 'float32',
});
const result = (filling = '') =>
  ({
    provenance: { checkpoint: '/p/best.pt' },
    spectrum: { top: [{ value: 2 }] },
    cost: { seconds: 1, hvps: 1, parts: [], peakMemory: 0 },
    quantities: {},
    stability: { margin: { notComputed: 'no optimizer' } },
    findings: [],
    filling,
  }) as unknown as AnalysisResult;

const add = (store: ResultStore, seed: number, { path = '/p/model.py', model = 'Net', filling = '' } = {}) =>
  store.add({ uri: `file://${path}`, path, model, inputs }, request(seed), result(filling), seed);

describe('results on disk', () => {
  it('are the same for another process', () => {
    const kept = add(storeWith(), 1);
    const later = storeWith();
    expect(later.read(kept.id)).toEqual(kept);
    expect(later.best('/p/model.py', 'Net')?.id).toBe(kept.id);
    expect(later.summaries()).toHaveLength(1);
  });

  it('are found again by what went in: the same request on the same contents is one result', () => {
    const store = storeWith();
    expect(add(store, 1).id).toBe(add(store, 1).id);
    expect(add(store, 2).id).not.toBe(add(store, 1).id);
    expect(store.all()).toHaveLength(2);
  });

  it('say which contents changed, and that nothing did when it is changed back', () => {
    const store = storeWith();
    const { id } = add(store, 1);
    contents['/p/model.py'] = 'other';
    delete contents['/p/best.pt'];
    expect(store.read(id)?.stale).toEqual(['source changed', 'checkpoint changed']);
    contents = { '/p/model.py': 'a', '/p/best.pt': 'b' };
    expect(store.read(id)?.stale).toEqual([]);
  });

  it('for another checkpoint or data than the chosen ones are not fresh', () => {
    add(storeWith(), 1);
    const staleWith = (chosen: object) => storeWith({}, chosen).summaries()[0]?.stale;
    expect(staleWith({ checkpoint: '/p/best.pt' })).toEqual([]);
    expect(staleWith({ checkpoint: '/p/other.pt' })).toEqual(['checkpoint changed']);
    expect(staleWith({ data: '/p/x.npz' })).toEqual(['data changed']);
  });

  it('the newest is shown, but a fresh one before a newer that is not', () => {
    const store = storeWith();
    const first = add(store, 1);
    const moved = inputs.map((input) => ({ ...input, fingerprint: 'later' }));
    const second = store.add({ uri: 'u', path: '/p/model.py', model: 'Net', inputs: moved }, request(2), result(), 2);
    expect(store.best('/p/model.py', 'Net')?.id).toBe(first.id);
    contents = { '/p/model.py': 'neither', '/p/best.pt': 'neither' };
    expect(store.best('/p/model.py', 'Net')?.id).toBe(second.id);
  });

  it('the oldest goes first, by number for each model, in all, and by size', () => {
    const perModel = storeWith({ perModel: 2 });
    for (const seed of [1, 2, 3]) add(perModel, seed);
    add(perModel, 4, { model: 'Other' });
    expect(perModel.all().map(({ createdAt }) => createdAt)).toEqual([4, 3, 2]);
    const inAll = storeWith({ results: 2 });
    add(inAll, 5);
    expect(inAll.all().map(({ createdAt }) => createdAt)).toEqual([5, 4]);
    expect(readdirSync(folder)).toHaveLength(4);
    const bySize = storeWith({ bytes: 25_000 });
    for (const seed of [6, 7, 8]) add(bySize, seed, { filling: 'x'.repeat(10_000) });
    expect(bySize.all().map(({ createdAt }) => createdAt)).toEqual([8, 7]);
    const onDisk = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect(onDisk).toBeLessThan(30_000);
  });

  it('that are damaged are removed and do not hide the others', () => {
    const [first, second] = [add(storeWith(), 1), add(storeWith(), 2)];
    for (const damage of ['', '{', '[]', 'null', '{"version":"0.0.0","kept":{}}', '{"kept":{"inputs":7}}']) {
      writeFileSync(join(folder, 'ffff.index.json'), damage);
      writeFileSync(join(folder, 'eeee.result.json'), damage);
      const store = storeWith();
      expect(store.all().map(({ id }) => id)).toEqual([second.id, first.id]);
      expect(readdirSync(folder)).toHaveLength(4);
    }
    writeFileSync(join(folder, `${first.id}.result.json`), '{"version":');
    const store = storeWith();
    expect(store.read(first.id)).toBeUndefined();
    expect(store.all().map(({ id }) => id)).toEqual([second.id]);
  });

  it('no name leads out of the folder', () => {
    writeFileSync(join(folder, '..', 'outside.result.json'), '{}');
    expect(storeWith().read('../outside')).toBeUndefined();
    expect(statSync(join(folder, '..', 'outside.result.json')).isFile()).toBe(true);
    rmSync(join(folder, '..', 'outside.result.json'));
  });

  it('a folder that cannot be written keeps results until the end', () => {
    writeFileSync(join(folder, 'file'), '');
    const store = new ResultStore(join(folder, 'file', 'results'), () => '');
    const { id } = add(store, 1);
    expect(store.read(id)?.model).toBe('Net');
    expect(store.clear()).toBe(1);
    expect(store.read(id)).toBeUndefined();
  });
});
