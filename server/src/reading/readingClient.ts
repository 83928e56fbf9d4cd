/** Reads files in a thread: one at a time, cancellable, replaced when it hangs or ends. */
import { Worker } from 'node:worker_threads';
import type { Reading } from './readFile';
import type { FromReadingThread, ReadingThreadData, ToReadingThread } from './readingMessages';
import type { ReadingRequest } from './readingRequest';

/** A reading that its caller no longer wants. */
export class ReadingAbandoned extends Error {
  override readonly name = 'ReadingAbandoned';
}

/** Longer than any reading may take by its own limits: the thread hangs. */
const HANGING_AFTER_MS = 20_000;
/** After this time without work the thread ends, and its memory is free. */
const IDLE_AFTER_MS = 60_000;
/** MiB: a model file of any size is read in a part of this. A larger young generation was not measurably faster and stays resident. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 768, maxYoungGenerationSizeMb: 8, stackSizeMb: 8 };

interface Pending {
  readonly id: number;
  readonly request: ReadingRequest;
  readonly resolve: (reading: Reading) => void;
  readonly reject: (error: Error) => void;
  readonly signal: AbortSignal | undefined;
}

export class ReadingClient {
  private worker: Worker | undefined;
  private readonly cancelledUpTo = new SharedArrayBuffer(4);
  private nextId = 1;
  private readonly waiting: Pending[] = [];
  private current: Pending | undefined;
  private watchdog: NodeJS.Timeout | undefined;
  private idle: NodeJS.Timeout | undefined;

  /** `threadPath`: the bundled readingThread program. */
  constructor(private readonly threadPath: string) {}

  /** Rejects with `ReadingAbandoned` when `signal` aborts, with an error when the reader failed. */
  read(request: ReadingRequest, signal?: AbortSignal): Promise<Reading> {
    return new Promise((resolve, reject) => {
      const pending: Pending = { id: 0, request, resolve, reject, signal };
      signal?.addEventListener('abort', () => this.abandon(pending), { once: true });
      if (signal?.aborted === true) {
        reject(new ReadingAbandoned('not wanted any more'));
        return;
      }
      this.waiting.push(pending);
      this.next();
    });
  }

  dispose(): void {
    clearTimeout(this.watchdog);
    clearTimeout(this.idle);
    void this.worker?.terminate();
    this.worker = undefined;
    for (const pending of [this.current, ...this.waiting.splice(0)])
      pending?.reject(new ReadingAbandoned('the reader ends'));
    this.current = undefined;
  }

  private abandon(pending: Pending): void {
    const index = this.waiting.indexOf(pending);
    if (index >= 0) this.waiting.splice(index, 1);
    else if (this.current?.resolve === pending.resolve)
      Atomics.store(new Int32Array(this.cancelledUpTo), 0, this.current.id);
    pending.reject(new ReadingAbandoned('not wanted any more'));
  }

  private next(): void {
    if (this.current !== undefined) return;
    const pending = this.waiting.shift();
    if (pending === undefined) {
      this.rest();
      return;
    }
    clearTimeout(this.idle);
    const id = this.nextId++;
    this.current = { ...pending, id };
    this.watchdog = setTimeout(() => this.replace('reading took too long and was ended'), HANGING_AFTER_MS);
    this.start().postMessage({ id, request: pending.request } satisfies ToReadingThread);
  }

  private start(): Worker {
    if (this.worker !== undefined) return this.worker;
    const workerData: ReadingThreadData = { cancelledUpTo: this.cancelledUpTo };
    const worker = new Worker(this.threadPath, { workerData, resourceLimits: HEAP_LIMITS });
    worker.unref();
    worker.on('message', (message: FromReadingThread) => this.answer(message));
    // Out of memory and the like: the request at hand fails, the next starts a new thread.
    worker.on('error', (error) => worker === this.worker && this.replace(error.message));
    worker.on('exit', () => worker === this.worker && this.replace('the reader ended unexpectedly'));
    this.worker = worker;
    return worker;
  }

  private answer(message: FromReadingThread): void {
    const { current } = this;
    if (current?.id !== message.id) return;
    this.settle();
    if (message.kind === 'read') current.resolve(message.result);
    else if (message.kind === 'failed') current.reject(new Error(message.message));
    else current.reject(new ReadingAbandoned('not wanted any more'));
    this.next();
  }

  private replace(reason: string): void {
    const { current, worker } = this;
    this.worker = undefined;
    this.settle();
    void worker?.terminate();
    current?.reject(new Error(reason));
    this.next();
  }

  private settle(): void {
    clearTimeout(this.watchdog);
    this.current = undefined;
  }

  private rest(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      const { worker } = this;
      this.worker = undefined;
      void worker?.terminate();
    }, IDLE_AFTER_MS);
    this.idle.unref();
  }
}
