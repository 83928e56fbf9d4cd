/** Reads checkpoints in a thread: one task at a time, cancellable, replaced when it ends; ended itself when it has nothing to do. */
import { Worker } from 'node:worker_threads';
import type { CheckpointListing, TensorReport } from '../protocol/editor';
import type { Failure } from '../protocol/worker';
import type {
  CheckpointTask,
  CheckpointThreadData,
  FromCheckpointThread,
  ToCheckpointThread,
} from './checkpointMessages';

/** After this time without work the thread ends: its memory is free and files are closed. */
const IDLE_AFTER_MS = 30_000;
/** MiB: the index of a file with a hundred thousand tensors takes a part of this. Elements are held outside of the heap. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 64, stackSizeMb: 8 };

type Reply = CheckpointListing | TensorReport;

interface Pending {
  readonly id: number;
  readonly task: CheckpointTask;
  readonly settle: (reply: Reply) => void;
  readonly progress: ((fraction: number) => void) | undefined;
}

export class CheckpointClient {
  private worker: Worker | undefined;
  private readonly cancelled = new SharedArrayBuffer(4);
  private nextId = 1;
  private readonly waiting: Pending[] = [];
  private current: Pending | undefined;
  private idle: NodeJS.Timeout | undefined;

  /** `threadPath`: the bundled checkpointThread program. */
  constructor(private readonly threadPath: string) {}

  list(task: CheckpointTask & { kind: 'list' }, signal?: AbortSignal): Promise<CheckpointListing> {
    return this.run(task, signal) as Promise<CheckpointListing>;
  }

  inspect(
    task: Exclude<CheckpointTask, { kind: 'list' }>,
    signal?: AbortSignal,
    progress?: (fraction: number) => void,
  ): Promise<TensorReport> {
    return this.run(task, signal, progress) as Promise<TensorReport>;
  }

  dispose(): void {
    clearTimeout(this.idle);
    const { worker } = this;
    this.worker = undefined;
    void worker?.terminate();
    for (const pending of [this.current, ...this.waiting.splice(0)]) pending?.settle(cancelledReply);
    this.current = undefined;
  }

  /** Never rejects: what goes wrong is the reply. */
  private run(task: CheckpointTask, signal?: AbortSignal, progress?: (fraction: number) => void): Promise<Reply> {
    return new Promise((settle) => {
      if (signal?.aborted === true) {
        settle(cancelledReply);
        return;
      }
      const pending: Pending = { id: this.nextId++, task, settle, progress };
      signal?.addEventListener('abort', () => this.abandon(pending), { once: true });
      this.waiting.push(pending);
      this.next();
    });
  }

  private abandon(pending: Pending): void {
    const index = this.waiting.indexOf(pending);
    if (index >= 0) this.waiting.splice(index, 1);
    else if (this.current === pending) Atomics.store(new Int32Array(this.cancelled), 0, pending.id);
    pending.settle(cancelledReply);
  }

  private next(): void {
    if (this.current !== undefined) return;
    this.current = this.waiting.shift();
    if (this.current === undefined) {
      this.rest();
      return;
    }
    clearTimeout(this.idle);
    const { id, task } = this.current;
    this.start().postMessage({ id, task } satisfies ToCheckpointThread);
  }

  private start(): Worker {
    if (this.worker !== undefined) return this.worker;
    const workerData: CheckpointThreadData = { cancelled: this.cancelled };
    const worker = new Worker(this.threadPath, { workerData, resourceLimits: HEAP_LIMITS });
    worker.unref();
    worker.on('message', (message: FromCheckpointThread) => this.receive(message));
    worker.on('error', (error) => this.replace(worker, error));
    worker.on('exit', () => this.replace(worker, undefined));
    this.worker = worker;
    return worker;
  }

  private receive(message: FromCheckpointThread): void {
    const { current } = this;
    if (current?.id !== message.id) return;
    if (message.kind === 'progress') {
      current.progress?.(message.fraction);
      return;
    }
    this.current = undefined;
    current.settle(message.reply);
    this.next();
  }

  /** The task at hand fails; the next one starts another thread. */
  private replace(worker: Worker, error: Error | undefined): void {
    if (worker !== this.worker) return;
    this.worker = undefined;
    void worker.terminate();
    const { current } = this;
    this.current = undefined;
    current?.settle({ ok: false, failure: endedFailure(current.task.file, error) });
    this.next();
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

const cancelledReply: Reply = { ok: false, failure: { category: 'cancelled', message: 'Cancelled.' } };

function endedFailure(file: string, error: Error | undefined): Failure {
  const isMemory = error !== undefined && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
  return isMemory
    ? {
        category: 'input',
        message: 'Reading the file took more memory than is allowed.',
        file,
        hint: 'It holds too many entries to be listed.',
      }
    : {
        category: 'internal',
        message: `The checkpoint reader ended unexpectedly${error === undefined ? '' : `: ${error.message}`}`,
        file,
        hint: 'Reload the checkpoint; the log of Hessian Lens says more.',
      };
}
