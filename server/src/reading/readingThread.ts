/** The thread that reads files: the server's own thread stays free for the keyboard. */
import { parentPort, workerData } from 'node:worker_threads';
import { ReadingCancelled } from '../python/errors';
import { collectAtRest } from './collectAtRest';
import { DiskWorlds } from './diskWorld';
import { readFile } from './readFile';
import type { FromReadingThread, ReadingThreadData, ToReadingThread } from './readingMessages';

const worlds = new DiskWorlds();
const cancelledId = new Int32Array((workerData as ReadingThreadData).cancelledUpTo);
const send = (message: FromReadingThread): void => parentPort?.postMessage(message);

async function read({ id, request }: ToReadingThread): Promise<void> {
  const cancelled = (): boolean => Atomics.load(cancelledId, 0) >= id;
  try {
    if (cancelled()) throw new ReadingCancelled();
    send({ id, kind: 'read', result: await readFile(request, worlds.worldFor(request, cancelled)) });
  } catch (error) {
    if (error instanceof ReadingCancelled) send({ id, kind: 'cancelled' });
    else send({ id, kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

const working = collectAtRest();
let turn: Promise<void> = Promise.resolve();
parentPort?.on('message', (message: ToReadingThread) => {
  working();
  turn = turn.then(() => read(message));
});
