/** All analysis panels: one for each model, reopened by VS Code after a reload. */
import * as vscode from 'vscode';
import type { StudyGroup } from '../../../server/src/curvature/studies/groups';
import type { AnalysisEvent, StoredResult } from '../../../server/src/protocol/editor';
import type { AnalysisPanelState } from '../../../server/src/protocol/panels';
import type { Panels } from '../session';
import type { Target } from '../target';
import { AnalysisPanel } from './analysisPanel';
import type { PanelServices } from './analysisPanel';
import { panelOptions } from './panelPage';

/** Named in the manifest's activation events. */
export const analysisViewType = 'hessianLens.analysis';

const stateFor = (uri: string, model: string): AnalysisPanelState => ({
  uri,
  model,
  resultId: null,
  comparedId: null,
  tab: 'spectrum',
});

export class AnalysisPanels implements Panels, vscode.WebviewPanelSerializer<AnalysisPanelState>, vscode.Disposable {
  private readonly open = new Set<AnalysisPanel>();
  /** What running analyses have so far, by their id: a panel that opens meanwhile shows it. */
  private readonly partials = new Map<string, StoredResult>();
  private readonly services: PanelServices;
  private readonly subscriptions: { dispose(): unknown }[] = [];

  constructor(services: Omit<PanelServices, 'partialOf'>) {
    this.services = { ...services, partialOf: (id) => this.partials.get(id) };
    this.subscriptions.push(
      vscode.window.registerWebviewPanelSerializer(analysisViewType, this),
      services.analyses.onEvent((event) => {
        this.remember(event);
      }),
      services.server.client.onDidChangeState(() => {
        this.partials.clear();
        if (services.server.running) for (const panel of this.open) void panel.refresh();
      }),
    );
  }

  /** The model whose panel has the focus. */
  get active(): Target | undefined {
    return [...this.open].find(({ panel }) => panel.active)?.target;
  }

  show(uri: string, model: string, preserveFocus = false, group?: StudyGroup): Promise<void> {
    const open = this.find(uri, model);
    open?.panel.reveal(undefined, preserveFocus);
    const shown = open ?? this.create(stateFor(uri, model), preserveFocus);
    if (group !== undefined) shown.study(group);
    return Promise.resolve();
  }

  async compare(uri: string, model: string, otherId: string): Promise<void> {
    const shown = this.find(uri, model);
    if (shown === undefined) this.create({ ...stateFor(uri, model), comparedId: otherId, tab: 'comparison' }, false);
    else {
      shown.panel.reveal();
      await shown.compare(otherId);
    }
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: AnalysisPanelState | undefined): Promise<void> {
    if (state === undefined || typeof state.uri !== 'string' || typeof state.model !== 'string') panel.dispose();
    else this.adopt(panel, state);
    return Promise.resolve();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    for (const { panel } of this.open) panel.dispose();
  }

  private remember(event: AnalysisEvent): void {
    if (event.kind === 'failed') this.partials.delete(event.analysisId);
    if (event.kind !== 'result') return;
    if (event.stored.result.complete) this.partials.delete(event.analysisId);
    else this.partials.set(event.analysisId, event.stored);
  }

  private find(uri: string, model: string): AnalysisPanel | undefined {
    return [...this.open].find((panel) => panel.isOwn(uri, model));
  }

  private create(state: AnalysisPanelState, preserveFocus: boolean): AnalysisPanel {
    const panel = vscode.window.createWebviewPanel(
      analysisViewType,
      vscode.l10n.t('Hessian Lens: {0}', state.model),
      { viewColumn: vscode.ViewColumn.Beside, preserveFocus },
      { ...panelOptions(this.services.context.extensionUri), enableFindWidget: true },
    );
    return this.adopt(panel, state);
  }

  private adopt(panel: vscode.WebviewPanel, state: AnalysisPanelState): AnalysisPanel {
    const adopted = new AnalysisPanel(panel, this.services, state);
    this.open.add(adopted);
    panel.onDidDispose(() => {
      this.open.delete(adopted);
      adopted.dispose();
    });
    return adopted;
  }
}
