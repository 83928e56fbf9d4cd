/** What the server tells about analyses: those that run, and those whose results are kept. */
import * as vscode from 'vscode';
import { State } from './lspValues';
import { methods } from '../../server/src/protocol/editor';
import type { AnalysisEvent, ResultSummary } from '../../server/src/protocol/editor';
import type { Prediction, Progress } from '../../server/src/protocol/worker';
import type { LanguageServer } from './languageServer';
import { ask } from './requests';
import { sameUri } from './target';

export interface RunningAnalysis {
  readonly id: string;
  readonly uri: string;
  readonly model: string;
  readonly progress?: Progress;
  readonly prediction?: Prediction;
}

export class Analyses implements vscode.Disposable {
  private readonly subscriptions: { dispose(): unknown }[] = [];
  private readonly events = new vscode.EventEmitter<AnalysisEvent>();
  private readonly changes = new vscode.EventEmitter<void>();
  private readonly runningById = new Map<string, RunningAnalysis>();
  private kept: readonly ResultSummary[] = [];
  /** Counts questions for the list of results, so that an answer overtaken by a later question is dropped. */
  private asked = 0;

  /** Everything the server reports, in order. */
  readonly onEvent = this.events.event;
  /** The list of running analyses or of results changed. */
  readonly onDidChange = this.changes.event;

  constructor(private readonly server: LanguageServer) {
    this.subscriptions.push(
      this.events,
      this.changes,
      server.client.onNotification(methods.analysisEvent, (event: AnalysisEvent) => this.receive(event)),
      server.client.onDidChangeState(({ newState }) => this.serverChanged(newState)),
    );
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  get running(): readonly RunningAnalysis[] {
    return [...this.runningById.values()];
  }

  /** Newest first. */
  get results(): readonly ResultSummary[] {
    return this.kept;
  }

  /** Results of one file, newest first; of one of its models, if it is named. */
  resultsOf(uri: string, model?: string): readonly ResultSummary[] {
    return this.kept.filter((each) => sameUri(each.uri, uri) && (model === undefined || each.model === model));
  }

  /** Asks the server for the list of results. */
  async refresh(): Promise<void> {
    const question = ++this.asked;
    const answer = this.server.running ? await ask(this.server, 'results', {}).catch(() => []) : [];
    if (question !== this.asked) return;
    this.kept = answer;
    this.changes.fire();
  }

  private receive(event: AnalysisEvent): void {
    if (event.kind === 'staleness' || event.kind === 'reevaluated') void this.refresh();
    else if (event.kind === 'started')
      this.runningById.set(event.analysisId, { id: event.analysisId, uri: event.uri, model: event.model });
    else if (event.kind === 'failed') this.runningById.delete(event.analysisId);
    else if (event.kind === 'result') this.receiveResult(event);
    else this.update(event);
    this.events.fire(event);
    this.changes.fire();
  }

  private receiveResult({ analysisId, stored }: AnalysisEvent & { kind: 'result' }): void {
    if (!stored.result.complete) return;
    this.runningById.delete(analysisId);
    void this.refresh();
  }

  private update(event: AnalysisEvent & { kind: 'progress' | 'prediction' }): void {
    const known = this.runningById.get(event.analysisId);
    if (known === undefined) return;
    const news = event.kind === 'progress' ? { progress: event.progress } : { prediction: event.prediction };
    this.runningById.set(event.analysisId, { ...known, ...news });
  }

  /** What ran in a server that ended does not run any more. */
  private serverChanged(state: State): void {
    if (state !== State.Running) this.runningById.clear();
    void this.refresh();
  }
}
