/** The panel of one model: what the server knows and reports goes to the page, what the user does there is done here. */
import * as vscode from 'vscode';
import type { StudyGroup } from '../../../server/src/curvature/studies/groups';
import { clientCommands } from '../../../server/src/protocol/editor';
import type { AnalysisEvent, ResultSummary, StoredResult } from '../../../server/src/protocol/editor';
import type { AnalysisPanelState, FromAnalysisPanel, ToAnalysisPanel } from '../../../server/src/protocol/panels';
import type { Failure } from '../../../server/src/protocol/worker';
import type { Analyses } from '../analyses';
import { ask } from '../requests';
import type { LanguageServer } from '../languageServer';
import { sameUri } from '../target';
import type { Target } from '../target';
import { panelOptions, panelPage } from './panelPage';
import { reveal } from './reveal';
import { saveExport } from './saveExport';

export interface PanelServices {
  readonly context: vscode.ExtensionContext;
  readonly server: LanguageServer;
  readonly analyses: Analyses;
  /** What a running analysis has so far. */
  readonly partialOf: (analysisId: string) => StoredResult | undefined;
}

const VIEW_BUNDLE = 'analysisPanel';

export class AnalysisPanel implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[] = [];
  private state: AnalysisPanelState;
  /** The page listens; before that, messages would be lost. */
  private listening = false;
  /** The list of results that the page was told last. */
  private available: readonly ResultSummary[] = [];
  /** A group of studies to bring up when the page listens. */
  private wantedGroup: StudyGroup | undefined;
  /** Analyses of this model that were seen to start or to go on. */
  private readonly own = new Set<string>();

  constructor(
    readonly panel: vscode.WebviewPanel,
    private readonly services: PanelServices,
    state: AnalysisPanelState,
  ) {
    this.state = state;
    const { context, analyses } = services;
    for (const { id, uri, model } of analyses.running) if (this.isOwn(uri, model)) this.own.add(id);
    const { webview } = panel;
    webview.options = panelOptions(context.extensionUri);
    panel.iconPath = vscode.Uri.joinPath(context.extensionUri, 'docs', 'media', 'icon.svg');
    this.subscriptions.push(
      webview.onDidReceiveMessage((message: FromAnalysisPanel) => void this.guarded(() => this.receive(message))),
      analyses.onEvent((event) => void this.guarded(() => this.forward(event))),
      analyses.onDidChange(() => {
        // Progress changes the list of running analyses alone.
        if (analyses.results !== this.available) this.tellAvailable();
      }),
      vscode.workspace.onDidSaveTextDocument(({ uri }) => {
        if (sameUri(uri.toString(), this.state.uri)) void this.guarded(() => this.tellPlaces());
      }),
    );
    webview.html = panelPage(webview, context.extensionUri, VIEW_BUNDLE, panel.title);
  }

  get target(): Target {
    return { uri: vscode.Uri.parse(this.state.uri), model: this.state.model };
  }

  isOwn(uri: string, model: string): boolean {
    return this.state.model === model && sameUri(this.state.uri, uri);
  }

  /** Shows another stored result beside this model's. */
  async compare(id: string): Promise<void> {
    this.state = { ...this.state, comparedId: id, tab: 'comparison' };
    // A page that does not listen yet hears of it when it says that it is ready.
    if (this.listening) await this.tellAll(null);
  }

  /** Brings a group of studies up. */
  study(group: StudyGroup): void {
    this.state = { ...this.state, tab: 'studies' };
    this.wantedGroup = group;
    if (this.listening) this.tellGroup();
  }

  /** Asks the server again: it may have come back, or know more. */
  async refresh(): Promise<void> {
    if (this.listening) await this.guarded(() => this.tellAll(null));
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  /** What goes wrong is said in the panel, where the user looks. */
  private async guarded(action: () => Promise<void> | void): Promise<void> {
    try {
      await action();
    } catch (error) {
      const failure: Failure = {
        category: 'internal',
        message: error instanceof Error ? error.message : String(error),
        hint: vscode.l10n.t('Try again; the log of Hessian Lens says more.'),
      };
      this.post({ kind: 'failed', failure });
    }
  }

  private post(message: ToAnalysisPanel): void {
    if (this.listening) void this.panel.webview.postMessage(message);
  }

  private async receive(message: FromAnalysisPanel): Promise<void> {
    const { uri, model } = this.state;
    switch (message.kind) {
      case 'ready':
        this.listening = true;
        return this.tellAll(message.state);
      case 'state':
        this.state = message.state;
        return;
      case 'reveal':
        return reveal(message.file, message.line, this.target.uri, this.panel.viewColumn);
      case 'analyze':
        await vscode.commands.executeCommand(clientCommands.analyze, uri, model);
        return;
      case 'study':
        await vscode.commands.executeCommand(clientCommands.study, uri, model, message.group);
        return;
      case 'cancel':
        await Promise.all(this.running().map(({ id }) => ask(this.services.server, 'cancel', { analysisId: id })));
        return;
      case 'compareWith':
        return this.tellCompared(message.id);
      case 'save': {
        const written = await saveExport(message, this.target.uri);
        if (written !== undefined)
          vscode.window.setStatusBarMessage(vscode.l10n.t('Exported {0}', written.path.split('/').pop() ?? ''), 5_000);
        return;
      }
      case 'openDocumentation':
        return this.openDocumentation(message.code);
    }
  }

  private running() {
    return this.services.analyses.running.filter(({ uri, model }) => this.isOwn(uri, model));
  }

  private async openDocumentation(code: string): Promise<void> {
    if (!/^HL\d{3}$/.test(code)) return;
    const page = vscode.Uri.joinPath(this.services.context.extensionUri, 'docs', 'findings', `${code}.md`);
    await vscode.commands.executeCommand('markdown.showPreview', page);
  }

  /** Everything the page shows, in the order in which it can use it. `kept`: what the page remembers of an earlier life. */
  private async tellAll(kept: AnalysisPanelState | null): Promise<void> {
    const { server } = this.services;
    if (kept !== null && this.isOwn(kept.uri, kept.model) && this.state.comparedId === null) this.state = kept;
    const { uri, model, comparedId } = this.state;
    const stored = await ask(server, 'result', { uri, model });
    this.post({ kind: 'show', state: { ...this.state, resultId: stored?.id ?? null }, stored });
    for (const { id, progress, prediction } of this.running()) {
      this.post({ kind: 'running', progress: progress ?? null, prediction: prediction ?? null });
      const partial = this.services.partialOf(id);
      if (partial !== undefined) this.post({ kind: 'result', stored: partial });
    }
    this.tellGroup();
    this.tellAvailable();
    if (comparedId !== null) await this.tellCompared(comparedId);
    await this.tellPlaces();
  }

  private tellGroup(): void {
    if (this.wantedGroup !== undefined) this.post({ kind: 'study', group: this.wantedGroup });
    this.wantedGroup = undefined;
  }

  private async tellCompared(id: string): Promise<void> {
    const stored: StoredResult | null = await ask(this.services.server, 'result', { id });
    if (stored === null)
      throw new Error(vscode.l10n.t('The result to compare with is no longer kept. Choose another one.'));
    this.state = { ...this.state, comparedId: id };
    this.post({ kind: 'compare', stored });
  }

  private tellAvailable(): void {
    this.available = this.services.analyses.results;
    this.post({ kind: 'available', results: this.available });
  }

  private async tellPlaces(): Promise<void> {
    const { uri, model } = this.state;
    const models = await ask(this.services.server, 'models', { uri });
    const layers = models.find(({ name }) => name === model)?.layers ?? [];
    this.post({ kind: 'places', layers });
  }

  private async forward(event: AnalysisEvent): Promise<void> {
    if (event.kind === 'staleness') {
      this.post(event);
      return;
    }
    if (event.kind === 'reevaluated') {
      if (this.isOwn(event.stored.uri, event.stored.model)) this.post({ kind: 'result', stored: event.stored });
      return;
    }
    if (event.kind === 'started') {
      if (!this.isOwn(event.uri, event.model)) return;
      this.own.add(event.analysisId);
      this.post({ kind: 'running', progress: null, prediction: null });
      return;
    }
    if (!this.own.has(event.analysisId)) return;
    const running = this.services.analyses.running.find(({ id }) => id === event.analysisId);
    switch (event.kind) {
      case 'prediction':
        this.post({ kind: 'running', progress: running?.progress ?? null, prediction: event.prediction });
        return;
      case 'progress':
        this.post({ kind: 'running', progress: event.progress, prediction: running?.prediction ?? null });
        return;
      case 'failed':
        this.own.delete(event.analysisId);
        this.post({ kind: 'failed', failure: event.failure });
        return;
      case 'result':
        this.post({ kind: 'result', stored: event.stored });
        if (!event.stored.result.complete) return;
        this.own.delete(event.analysisId);
        return this.tellPlaces();
    }
  }
}
