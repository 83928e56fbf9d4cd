/** The thread that reads checkpoints for the checkpoint editor: the server's own stays free for the keyboard. */
import { parentPort, workerData } from 'node:worker_threads';
import type { CheckpointListing, TensorReport } from '../protocol/editor';
import type { Failure } from '../protocol/worker';
import { failureOf } from '../worker/inputError';
import { listingOf } from './checkpointListing';
import type {
  CheckpointTask,
  CheckpointThreadData,
  FromCheckpointThread,
  ToCheckpointThread,
} from './checkpointMessages';
import { namedTensor, singularValuesReport, statisticsReport } from './checkpointTensor';
import { OpenedCheckpoints } from './openedCheckpoints';

/** Milliseconds between two messages about progress. */
const TELL_EVERY = 100;

const cancelledId = new Int32Array((workerData as CheckpointThreadData).cancelled);
const send = (message: FromCheckpointThread): void => parentPort?.postMessage(message);
let currentId = 0;

function checkCancelled(): void {
  if (Atomics.load(cancelledId, 0) !== currentId) return;
  const error = new Error('cancelled');
  error.name = 'AbortError';
  throw error;
}

const opened = new OpenedCheckpoints(checkCancelled);

async function run(id: number, task: CheckpointTask): Promise<CheckpointListing | TensorReport> {
  if (task.kind === 'list') {
    const { checkpoint, fingerprint } = await opened.open(task.file);
    return listingOf(checkpoint, fingerprint, task.models);
  }
  const { tensors, fingerprint } = await opened.openSame(task.file, task.fingerprint);
  const tensor = namedTensor(tensors, task.name, task.file);
  const report =
    task.kind === 'statistics'
      ? await statisticsReport(tensor)
      : await singularValuesReport(tensor, task.file, (fraction) => tell(id, fraction));
  // Written over while it was read, the elements may be of two files.
  await opened.openSame(task.file, task.fingerprint ?? fingerprint);
  return report;
}

let toldAt = 0;

function tell(id: number, fraction: number): void {
  checkCancelled();
  const now = performance.now();
  if (now - toldAt < TELL_EVERY) return;
  toldAt = now;
  send({ id, kind: 'progress', fraction });
}

const cancelledFailure: Failure = { category: 'cancelled', message: 'Cancelled.' };

async function answer({ id, task }: ToCheckpointThread): Promise<void> {
  currentId = id;
  try {
    checkCancelled();
    send({ id, kind: 'done', reply: await run(id, task) });
  } catch (error) {
    const failure = failureOf(error);
    send({
      id,
      kind: 'done',
      reply: { ok: false, failure: failure.category === 'cancelled' ? cancelledFailure : failure },
    });
  }
}

let turn: Promise<void> = Promise.resolve();
parentPort?.on('message', (message: ToCheckpointThread) => {
  turn = turn.then(() => answer(message));
});
