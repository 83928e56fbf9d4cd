import { fork, type ChildProcess } from 'node:child_process';
import type { AnalysisResult } from '../curvature/result';
import type {
  AnalyzeRequest,
  Failure,
  FromWorker,
  InputFile,
  Prediction,
  Progress,
  ToWorker,
} from '../protocol/worker';
import { memoryEnvironment } from './memoryEnvironment';

/** What a caller may listen to while an analysis runs. */
export interface AnalysisListener {
  readonly onPrediction?: (prediction: Prediction) => void;
  readonly onProgress?: (progress: Progress) => void;
  /** Which files the analysis uses; once, before the first result. */
  readonly onInputs?: (inputs: readonly InputFile[]) => void;
  /** Results so far; the same shape as the final one. */
  readonly onPartial?: (result: AnalysisResult) => void;
}

export type AnalysisOutcome =
  { readonly ok: true; readonly result: AnalysisResult } | { readonly ok: false; readonly failure: Failure };

/** How long a cancelled worker may take to answer before it is killed. */
const CANCEL_GRACE_MS = 2_000;
const IDLE_SHUTDOWN_MS = 30_000;
/** MiB of one half of the young generation. */
const YOUNG_GENERATION = '--max-semi-space-size=64';

/**
 * Owns the worker process: starts it when first needed, runs one analysis at a time (later ones wait), ends it when
 * idle. A crash or an out-of-memory kill of the worker becomes a `Failure`; the next analysis starts a new process.
 */
export class WorkerClient {
  private child: ChildProcess | undefined;
  private nextId = 1;
  private queue: Promise<unknown> = Promise.resolve();
  private idleTimer: NodeJS.Timeout | undefined;

  /** `workerPath`: the bundled worker program. */
  constructor(private readonly workerPath: string) {}

  analyze(request: AnalyzeRequest, listener: AnalysisListener = {}, signal?: AbortSignal): Promise<AnalysisOutcome> {
    const turn = this.queue.then(() => this.runAnalysis(request, listener, signal));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  /** Ends the process at once. */
  dispose(): void {
    clearTimeout(this.idleTimer);
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }

  private runAnalysis(
    request: AnalyzeRequest,
    listener: AnalysisListener,
    signal: AbortSignal | undefined,
    isSecond = false,
  ): Promise<AnalysisOutcome> {
    if (signal?.aborted) return Promise.resolve({ ok: false, failure: cancelled });
    const child = this.start();
    const id = this.nextId++;
    // A process that just died is told by its `exit`.
    const send = (message: ToWorker): void => void child.send(message, () => undefined);
    return new Promise((resolve) => {
      let killTimer: NodeJS.Timeout | undefined;
      let isTaken = false;
      const finish = (outcome: AnalysisOutcome | Promise<AnalysisOutcome>): void => {
        clearTimeout(killTimer);
        child.off('message', onMessage);
        child.off('exit', onExit);
        child.off('error', onError);
        signal?.removeEventListener('abort', onAbort);
        this.scheduleIdleShutdown();
        resolve(outcome);
      };
      const onMessage = (message: FromWorker): void => {
        if (message.kind === 'ready' || message.id !== id) return;
        isTaken = true;
        if (message.kind === 'prediction') listener.onPrediction?.(message.prediction);
        if (message.kind === 'progress') listener.onProgress?.(message.progress);
        if (message.kind === 'inputs') listener.onInputs?.(message.inputs);
        if (message.kind === 'partial') listener.onPartial?.(message.result);
        if (message.kind === 'result') finish({ ok: true, result: message.result });
        if (message.kind === 'failed') finish({ ok: false, failure: message.failure });
      };
      const onExit = (code: number | null, exitSignal: string | null): void => {
        // It had ended, or was about to, before it saw the request: a new process can take it.
        if (!isTaken && !isSecond && signal?.aborted !== true)
          finish(this.runAnalysis(request, listener, signal, true));
        else finish({ ok: false, failure: signal?.aborted ? cancelled : crash(code, exitSignal) });
      };
      const onError = (error: Error): void =>
        finish({
          ok: false,
          failure: { category: 'internal', message: `The analysis process did not start: ${error.message}` },
        });
      const onAbort = (): void => {
        send({ kind: 'cancel', id });
        killTimer = setTimeout(() => child.kill('SIGKILL'), CANCEL_GRACE_MS);
      };
      child.on('message', onMessage);
      child.on('exit', onExit);
      child.on('error', onError);
      signal?.addEventListener('abort', onAbort);
      send({ kind: 'analyze', id, request });
    });
  }

  private start(): ChildProcess {
    clearTimeout(this.idleTimer);
    if (this.child !== undefined) return this.child;
    // Typed arrays cross the border as such under 'advanced'.
    const child = fork(this.workerPath, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: memoryEnvironment(process.env),
      // Graphs of programs are many small objects that soon are garbage: most of them never need to be moved.
      execArgv: [...process.execArgv, YOUNG_GENERATION],
    });
    // Also when it ends between two analyses: the next one needs a new process.
    const gone = (): void => {
      if (this.child === child) this.child = undefined;
    };
    child.once('exit', gone);
    child.once('disconnect', gone);
    child.on('error', gone);
    this.child = child;
    return child;
  }

  private scheduleIdleShutdown(): void {
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => this.dispose(), IDLE_SHUTDOWN_MS);
    this.idleTimer.unref();
  }
}

const cancelled: Failure = { category: 'cancelled', message: 'The analysis was cancelled.' };

function crash(code: number | null, exitSignal: string | null): Failure {
  // SIGABRT is how V8 and C++ end when there is no memory left.
  const killed = exitSignal === 'SIGKILL' || exitSignal === 'SIGABRT' || code === 137 || code === 134;
  return {
    category: 'internal',
    message: `The analysis process ended unexpectedly (${exitSignal ?? `exit code ${code ?? 'unknown'}`}).`,
    ...(killed ? { hint: 'It probably ran out of memory: try fewer samples or a smaller batch.' } : {}),
  };
}
