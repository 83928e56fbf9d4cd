/** The worker process from outside: results, cancellation, and what becomes of a crash. */
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { AnalyzeRequest } from '../../../server/src/protocol/worker';
import { WorkerClient } from '../../../server/src/worker/workerClient';

const root = resolve(__dirname, '../../..');
const example = (name: string): string => join(root, 'examples', 'digits', name);
const request: AnalyzeRequest = {
  modelFile: example('model.py'),
  checkpoint: example('digits.pt'),
  data: example('digits.npz'),
  inputs: [],
  samples: 24,
  top: 2,
  seed: 0,
  engine: 'reference',
  precision: 'float64',
};
const quick: AnalyzeRequest = { ...request, samples: 6, quantities: ['C1'], tolerance: 0.1 };

const client = new WorkerClient(join(root, 'dist', 'worker.js'));
afterAll(() => client.dispose());

describe('worker process', () => {
  it('answers a cancellation, and takes the next request', async () => {
    const control = new AbortController();
    const outcome = await client.analyze(
      request,
      { onProgress: ({ stage }) => stage.includes('eigenvalues') && control.abort() },
      control.signal,
    );
    expect(outcome).toMatchObject({ ok: false, failure: { category: 'cancelled' } });
    const next = await client.analyze({ ...quick, checkpoint: example('absent.pt') });
    expect(next).toMatchObject({ ok: false, failure: { category: 'input', file: example('absent.pt') } });
  });

  it('turns the death of the process into a failure, and starts another', async () => {
    const outcome = await client.analyze(request, {
      onProgress: ({ stage }) => {
        if (stage.includes('eigenvalues'))
          execFileSync('pkill', ['-KILL', '-P', String(process.pid), '-f', 'worker.js']);
      },
    });
    expect(outcome).toMatchObject({ ok: false, failure: { category: 'internal' } });
    const next = await client.analyze({ ...quick, data: example('absent.npz') });
    expect(next).toMatchObject({ ok: false, failure: { category: 'input', file: example('absent.npz') } });
  });

  it('streams what it finds, and repeats it for the same seed', async () => {
    const seen: number[] = [];
    const small = { ...request, samples: 4, quantities: ['A1'], tolerance: 0.05 };
    const first = await client.analyze(small, { onPartial: ({ spectrum }) => seen.push(spectrum.top.length) });
    const second = await client.analyze(small);
    if (!first.ok || !second.ok) throw new Error('the analysis failed');
    expect(Math.max(...seen)).toBe(2);
    expect(second.result.spectrum).toEqual(first.result.spectrum);
    expect(second.result.loss).toEqual(first.result.loss);
  });
});
