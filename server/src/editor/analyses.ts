/** Analyses that users start: one request per model at a time, events for everybody who looks, results into the store. */
import { randomUUID } from 'node:crypto';
import type { AnalysisResult } from '../curvature/result';
import type { AnalysisEvent, StoredResult } from '../protocol/editor';
import type { AnalyzeRequest, Failure, InputFile, Progress } from '../protocol/worker';
import type { WorkerClient } from '../worker/workerClient';
import type { ResultStore } from './resultStore';

export interface Target {
  readonly uri: string;
  readonly path: string;
  readonly model: string;
}

export interface RunListener {
  readonly onProgress?: (progress: Progress) => void;
  readonly onPartial?: (stored: StoredResult) => void;
}

export type Outcome =
  { readonly ok: true; readonly stored: StoredResult } | { readonly ok: false; readonly failure: Failure };

interface Running {
  readonly id: string;
  readonly target: Target;
  readonly control: AbortController;
  progress: Progress;
  readonly outcome: Promise<Outcome>;
}

const cancelled: Failure = { category: 'cancelled', message: 'The analysis was cancelled.' };

export class Analyses {
  private readonly running = new Map<string, Running>();

  constructor(
    private readonly worker: WorkerClient,
    private readonly store: ResultStore,
    private readonly tell: (event: AnalysisEvent) => void,
  ) {}

  /** The analysis of a model that is under way. */
  of(path: string, model: string): Pick<Running, 'id' | 'progress'> | undefined {
    return [...this.running.values()].find(({ target }) => target.path === path && target.model === model);
  }

  get active(): readonly Pick<Running, 'id' | 'progress' | 'target'>[] {
    return [...this.running.values()];
  }

  /** Answers as soon as `signal` aborts; the worker then ends its work by itself or is ended. */
  async run(target: Target, request: AnalyzeRequest, listener: RunListener, signal: AbortSignal): Promise<Outcome> {
    const under = [...this.running.values()].find(
      (each) => each.target.path === target.path && each.target.model === target.model,
    );
    if (under !== undefined) return under.outcome;
    const control = new AbortController();
    const id = randomUUID();
    const abandoned = new Promise<Outcome>((resolve) => {
      control.signal.addEventListener('abort', () => resolve({ ok: false, failure: cancelled }), { once: true });
    });
    if (signal.aborted) return { ok: false, failure: cancelled };
    signal.addEventListener('abort', () => control.abort(), { once: true });
    const outcome = Promise.race([this.compute(id, target, request, listener, control.signal), abandoned]);
    const entry: Running = { id, target, control, progress: { fraction: 0, stage: 'starting' }, outcome };
    this.running.set(id, entry);
    this.tell({ kind: 'started', analysisId: id, uri: target.uri, model: target.model });
    try {
      const found = await outcome;
      this.running.delete(id);
      this.tell(
        found.ok
          ? { kind: 'result', analysisId: id, stored: found.stored }
          : { kind: 'failed', analysisId: id, failure: found.failure },
      );
      return found;
    } finally {
      this.running.delete(id);
    }
  }

  /** Whether there was something to cancel. */
  cancel(id: string | undefined): boolean {
    const chosen = [...this.running.values()].filter((each) => id === undefined || each.id === id);
    for (const { control } of chosen) control.abort();
    return chosen.length > 0;
  }

  dispose(): void {
    this.cancel(undefined);
    this.worker.dispose();
  }

  private async compute(
    id: string,
    target: Target,
    request: AnalyzeRequest,
    listener: RunListener,
    signal: AbortSignal,
  ): Promise<Outcome> {
    let inputs: readonly InputFile[] = [];
    const partial = (result: AnalysisResult): void => {
      const stored: StoredResult = {
        id: `${id}-partial`,
        uri: target.uri,
        model: target.model,
        createdAt: Date.now(),
        request,
        result,
        stale: [],
      };
      listener.onPartial?.(stored);
      this.tell({ kind: 'result', analysisId: id, stored });
    };
    const answer = await this.worker.analyze(
      request,
      {
        onPrediction: (prediction) => this.tell({ kind: 'prediction', analysisId: id, prediction }),
        onProgress: (progress) => {
          const entry = this.running.get(id);
          if (entry === undefined) return;
          entry.progress = progress;
          listener.onProgress?.(progress);
          this.tell({ kind: 'progress', analysisId: id, progress });
        },
        onInputs: (files) => (inputs = files),
        onPartial: (result) => {
          if (this.running.has(id)) partial(result);
        },
      },
      signal,
    );
    if (!answer.ok) return answer;
    return { ok: true, stored: this.store.add({ ...target, inputs }, request, answer.result) };
  }
}
