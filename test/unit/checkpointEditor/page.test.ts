import { describe, expect, it } from 'vitest';
import type { TensorEntry, TensorReport, TensorStatistics } from '../../../server/src/protocol/editor';
import type { FromCheckpointPanel } from '../../../server/src/protocol/panels';
import { healthOf } from '../../../webview/src/checkpoint/health';
import { Inspections } from '../../../webview/src/checkpoint/inspections';
import { listingCsv, listingJson } from '../../../webview/src/checkpoint/listingExport';
import { bytes, large, percent } from '../../../webview/src/checkpoint/wording';

const entry = (name: string, dtype = 'float32'): TensorEntry => ({
  name,
  shape: [4, 2],
  dtype,
  bytes: 32,
  group: 'model',
});

const healthy: TensorStatistics = {
  count: 8,
  minimum: -1,
  maximum: 2,
  mean: 0.5,
  standardDeviation: 1,
  zeros: 0,
  nan: 0,
  infinite: 0,
  denormal: 0,
  histogram: [4, 4],
};

const labels = (change: Partial<TensorStatistics>, dtype = 'float32') =>
  healthOf(entry('t', dtype), { ...healthy, ...change }).map(({ label }) => label);

describe('health', () => {
  it('names what is wrong, the worst first, and says so when nothing is', () => {
    expect(labels({})).toEqual(['Healthy']);
    expect(labels({ nan: 1, infinite: 2 })).toEqual(['NaN', 'Inf']);
    expect(labels({ zeros: 8, minimum: 0, maximum: 0 })).toEqual(['All zero']);
    expect(labels({ minimum: 1, maximum: 1 })).toEqual(['Constant']);
    expect(labels({ denormal: 1 })).toEqual(['Denormal']);
  });

  it('does not call counters or single numbers unhealthy', () => {
    expect(labels({ zeros: 8, minimum: 0, maximum: 0 }, 'int64')).toEqual(['Healthy']);
    expect(labels({ count: 1, zeros: 1, minimum: 0, maximum: 0 })).toEqual(['Healthy']);
  });

  it('does not call a tensor constant whose other elements are not finite', () => {
    expect(labels({ minimum: 1, maximum: 1, nan: 3 })).toEqual(['NaN']);
  });
});

describe('sizes and counts', () => {
  it('are written in binary and decimal steps', () => {
    expect([0, 1, 1023, 1024, 1536, 12 * 2 ** 30].map(bytes)).toEqual([
      '0 B',
      '1 B',
      '1023 B',
      '1.00 KiB',
      '1.50 KiB',
      '12.0 GiB',
    ]);
    expect([999, 1_234_567, 6.7e9].map(large)).toEqual(['999', '1.23 M', '6.70 B']);
    expect(percent(1e-7)).toBe('< 0.01 %');
    expect(percent(0)).toBe('0 %');
  });
});

const done: TensorReport = { ok: true, want: 'statistics', statistics: healthy };
const failed: TensorReport = { ok: false, failure: { category: 'input', message: 'damaged', hint: 'copy it again' } };
const cancelled: TensorReport = { ok: false, failure: { category: 'cancelled', message: 'Cancelled.' } };

function page() {
  const posted: FromCheckpointPanel[] = [];
  const inspections = new Inspections(
    (message) => void posted.push(message),
    () => undefined,
  );
  const asked = (): string[] => posted.flatMap((message) => (message.kind === 'inspect' ? [message.name] : []));
  return { inspections, posted, asked };
}

describe('questions about tensors', () => {
  it('are asked once, whatever the page does, until they failed or were cancelled', () => {
    const { inspections, asked } = page();
    inspections.ask('a', 'statistics');
    inspections.ask('a', 'statistics');
    inspections.receive('a', 'statistics', done);
    inspections.ask('a', 'statistics');
    expect(asked()).toEqual(['a']);
    expect(inspections.statistics('a')).toBe(healthy);
    inspections.ask('b', 'statistics');
    inspections.receive('b', 'statistics', failed);
    expect(inspections.of('b', 'statistics')).toEqual({ kind: 'failed', message: 'damaged', hint: 'copy it again' });
    inspections.ask('b', 'statistics');
    inspections.receive('b', 'statistics', cancelled);
    expect(inspections.of('b', 'statistics').kind).toBe('none');
    expect(asked()).toEqual(['a', 'b', 'b']);
  });

  it('are not asked of quantised tensors when a whole file is looked at', () => {
    const { inspections, asked } = page();
    inspections.startSweep([entry('a'), { ...entry('q', 'Q4_K'), bitsPerWeight: 4.5 }]);
    expect(asked()).toEqual(['a']);
  });

  it('of a whole file are answered completely, also when some fail or were known', () => {
    const { inspections, asked } = page();
    const entries = Array.from({ length: 50 }, (_, i) => entry(`t${i}`));
    inspections.ask('t3', 'statistics');
    inspections.receive('t3', 'statistics', done);
    inspections.startSweep(entries);
    expect(inspections.sweep).toMatchObject({ done: 0, bytes: 49 * 32 });
    for (let i = 0; i < 200 && inspections.sweep !== undefined; i++) {
      const next = asked().find((name) => inspections.of(name, 'statistics').kind === 'running');
      inspections.receive(next ?? '', 'statistics', i % 7 === 0 ? failed : done);
    }
    expect(inspections.sweep).toBeUndefined();
    expect(new Set(asked()).size).toBe(50);
    expect(entries.every(({ name }) => ['done', 'failed'].includes(inspections.of(name, 'statistics').kind))).toBe(
      true,
    );
  });

  it('that were stopped are taken back, and a late answer is kept', () => {
    const { inspections, posted, asked } = page();
    inspections.startSweep(Array.from({ length: 50 }, (_, i) => entry(`t${i}`)));
    const underWay = asked();
    inspections.stopSweep();
    expect(posted.filter(({ kind }) => kind === 'abandon')).toHaveLength(underWay.length);
    inspections.receive('t0', 'statistics', done);
    expect(inspections.statistics('t0')).toBe(healthy);
    expect(asked()).toEqual(underWay);
    expect(inspections.sweep).toBeUndefined();
  });

  it('about an earlier file are forgotten with it', () => {
    const { inspections } = page();
    inspections.ask('a', 'statistics');
    inspections.receive('a', 'statistics', done);
    inspections.clear();
    expect(inspections.statistics('a')).toBeUndefined();
  });
});

describe('exports of the listing', () => {
  const listing = {
    ok: true as const,
    file: '/runs/a,b.pt',
    format: 'torch zip',
    size: 10,
    fingerprint: '',
    tensors: [entry('w'), entry('odd "name", here')],
    totalElements: 16,
    metadata: { epoch: '3' },
    step: null,
    epoch: 3,
    container: '',
    notes: [],
    warnings: [],
    fits: [],
    model: null,
  };

  it('as CSV have a field for every heading, known statistics, and empty fields for what is not known', () => {
    const rows = listingCsv(listing.tensors, (name) => (name === 'w' ? healthy : undefined))
      .trimEnd()
      .split('\r\n');
    expect(rows).toHaveLength(3);
    expect(rows[1]).toBe('w,model,4x2,float32,8,32,,-1,2,0.5,1,0,0,0,0');
    expect(rows[2]).toBe('"odd ""name"", here",model,4x2,float32,8,32,,,,,,,,,');
    expect(rows[0]?.split(',')).toHaveLength(15);
  });

  it('as JSON say the same', () => {
    const parsed = JSON.parse(listingJson(listing, (name) => (name === 'w' ? healthy : undefined))) as typeof listing;
    expect(parsed).toMatchObject({ file: listing.file, epoch: 3, metadata: { epoch: '3' } });
    expect(parsed.tensors[0]).toMatchObject({ name: 'w', statistics: healthy });
    expect(parsed.tensors[1]).toEqual(listing.tensors[1]);
  });
});
