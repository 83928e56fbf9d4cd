/** The worker process: takes one analysis at a time over IPC, streams what it finds, stops when told. */
import { join } from 'node:path';
import type { FromWorker, ToWorker } from '../protocol/worker';
import { failureOf } from './inputError';
import { runAnalysis } from './runAnalysis';

const send = (message: FromWorker): void => void process.send?.(message);

const running = new Map<number, AbortController>();

async function analyze({ id, request }: Extract<ToWorker, { kind: 'analyze' }>): Promise<void> {
  const control = new AbortController();
  running.set(id, control);
  try {
    const result = await runAnalysis(
      request,
      {
        onPrediction: (prediction) => send({ kind: 'prediction', id, prediction }),
        onProgress: (progress) => send({ kind: 'progress', id, progress }),
        onInputs: (inputs) => send({ kind: 'inputs', id, inputs }),
        onPartial: (partial) => send({ kind: 'partial', id, result: partial }),
      },
      control.signal,
      join(__dirname, 'laneThread.js'),
    );
    send({ kind: 'result', id, result });
  } catch (error) {
    send({ kind: 'failed', id, failure: failureOf(error) });
  } finally {
    running.delete(id);
  }
}

process.on('message', (message: ToWorker) => {
  if (message.kind === 'analyze') void analyze(message);
  if (message.kind === 'cancel') running.get(message.id)?.abort();
  if (message.kind === 'ping') send({ kind: 'pong', id: message.id });
});

// The parent is gone: nobody wants the result.
process.on('disconnect', () => process.exit(0));

send({ kind: 'ready' });
