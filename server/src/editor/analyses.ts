/** Analyses that users start: one computes, the others wait; events for everybody who looks, results into the store. */
import { randomUUID } from 'node:crypto';
import type { AnalysisResult } from '../curvature/result';
import type { AnalysisEvent, StoredResult } from '../protocol/editor';
import type { AnalyzeRequest, Failure, InputFile, Progress } from '../protocol/worker';
import type { WorkerClient } from '../worker/workerClient';
import { mergeResults } from './mergeResults';
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
  readonly request: AnalyzeRequest;
  readonly control: AbortController;
  readonly listeners: RunListener[];
  progress: Progress;
  inputs: readonly InputFile[];
  /** What it has found; undefined before its first number. */
  found: StoredResult | undefined;
  /** What studies are added to; its request is that of the sum. */
  readonly base: StoredResult | undefined;
}

export const cancelled: Failure = { category: 'cancelled', message: 'The analysis was cancelled.' };

export class Analyses {
  private readonly running = new Map<string, Running & { readonly outcome: Promise<Outcome> }>();

  constructor(
    private readonly worker: WorkerClient,
    private readonly store: ResultStore,
    private readonly tell: (event: AnalysisEvent) => void,
  ) {}

  /** The analysis of a model that is under way. */
  of(path: string, model: string): Pick<Running, 'id' | 'progress'> | undefined {
    return [...this.running.values()].find(({ target }) => target.path === path && target.model === model);
  }

  /** What analyses under way have found so far. */
  get growing(): readonly (Pick<Running, 'target' | 'inputs'> & { readonly found: StoredResult })[] {
    return [...this.running.values()].flatMap(({ target, inputs, found }) =>
      found === undefined
        ? []
        : { target, inputs, found: { ...found, stale: this.store.staleness({ ...target, inputs }) } },
    );
  }

  /** In the order in which they were asked for. */
  get active(): readonly Pick<Running, 'id' | 'progress' | 'target'>[] {
    return [...this.running.values()];
  }

  /**
   * Answers as soon as `signal` aborts; the worker then ends its work by itself or is ended. Whoever asks for what is computed
   * already gets that one's outcome; any of them cancels it for all. Never rejects.
   */
  run(
    target: Target,
    request: AnalyzeRequest,
    listener: RunListener,
    signal: AbortSignal,
    base?: StoredResult,
  ): Promise<Outcome> {
    if (signal.aborted) return Promise.resolve({ ok: false, failure: cancelled });
    const entry = this.same(target, request) ?? this.begin(target, request, base);
    entry.listeners.push(listener);
    signal.addEventListener('abort', () => entry.control.abort(), { once: true });
    return entry.outcome;
  }

  private same(
    target: Target,
    request: AnalyzeRequest,
  ): (Running & { readonly outcome: Promise<Outcome> }) | undefined {
    const asked = JSON.stringify(request);
    return [...this.running.values()].find(
      (each) =>
        each.target.path === target.path &&
        each.target.model === target.model &&
        !each.control.signal.aborted &&
        JSON.stringify(each.request) === asked,
    );
  }

  private begin(
    target: Target,
    request: AnalyzeRequest,
    base: StoredResult | undefined,
  ): Running & { readonly outcome: Promise<Outcome> } {
    const stage = this.running.size === 0 ? 'starting' : 'waiting for the analysis before';
    const running: Running = {
      id: randomUUID(),
      target,
      request,
      control: new AbortController(),
      listeners: [],
      progress: { fraction: 0, stage },
      inputs: [],
      found: undefined,
      base,
    };
    const { signal } = running.control;
    const abandoned = new Promise<Outcome>((resolve) =>
      signal.addEventListener('abort', () => resolve({ ok: false, failure: cancelled }), { once: true }),
    );
    const outcome = Promise.race([this.compute(running), abandoned])
      .catch((error: unknown): Outcome => ({ ok: false, failure: internal(error) }))
      .then((found) => this.end(running, found));
    const entry = Object.assign(running, { outcome });
    this.running.set(running.id, entry);
    this.tell({ kind: 'started', analysisId: running.id, uri: target.uri, model: target.model });
    return entry;
  }

  private end({ id }: Running, found: Outcome): Outcome {
    this.running.delete(id);
    this.tell(
      found.ok
        ? { kind: 'result', analysisId: id, stored: found.stored }
        : { kind: 'failed', analysisId: id, failure: found.failure },
    );
    return found;
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

  private async compute(running: Running): Promise<Outcome> {
    const { id, target, request } = running;
    const { signal } = running.control;
    const answer = await this.worker.analyze(
      request,
      {
        onPrediction: (prediction) => {
          if (this.running.has(id)) this.tell({ kind: 'prediction', analysisId: id, prediction });
        },
        onProgress: (progress) => this.progressed(id, progress),
        onInputs: (files) => (running.inputs = files),
        onPartial: (result) => this.grown(id, result),
      },
      signal,
    );
    // A result that nobody waits for any more was cancelled: it is not kept.
    if (!answer.ok || signal.aborted) return answer.ok ? { ok: false, failure: cancelled } : answer;
    const { base } = running;
    const whole = base === undefined ? answer.result : mergeResults(base.result, answer.result);
    const kept = base === undefined ? request : { ...base.request, overlay: request.overlay ?? {} };
    return { ok: true, stored: this.store.add({ ...target, inputs: running.inputs }, kept, whole) };
  }

  private progressed(id: string, progress: Progress): void {
    const entry = this.running.get(id);
    if (entry === undefined) return;
    entry.progress = progress;
    for (const { onProgress } of entry.listeners) onProgress?.(progress);
    this.tell({ kind: 'progress', analysisId: id, progress });
  }

  private grown(id: string, result: AnalysisResult): void {
    const entry = this.running.get(id);
    if (entry === undefined) return;
    const { uri, path, model } = entry.target;
    const stale = this.store.staleness({ path, model, inputs: entry.inputs });
    const request = { ...entry.request, overlay: {} };
    const { base } = entry;
    const whole = base === undefined ? result : mergeResults(base.result, result);
    const stored = { id: `${id}-partial`, uri, model, createdAt: Date.now(), request, result: whole, stale };
    entry.found = stored;
    for (const { onPartial } of entry.listeners) onPartial?.(stored);
    this.tell({ kind: 'result', analysisId: id, stored });
  }
}

const internal = (error: unknown): Failure => ({
  category: 'internal',
  message: `The analysis failed: ${error instanceof Error ? error.message : String(error)}`,
});
