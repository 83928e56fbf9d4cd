/** The extension: starts the language server and puts its parts together. */
import * as vscode from 'vscode';
import { ActiveModels } from './activeModels';
import { Analyses } from './analyses';
import { registerCheckpointEditor } from './checkpointEditor';
import { offerCheckpoints } from './checkpointOffers';
import { registerCommands } from './commands/all';
import { maintainContextKeys } from './contextKeys';
import { untilNeeded } from './firstNeed';
import { LanguageServer } from './languageServer';
import { tellGivenUp, tellIfNotStarted } from './serverMessages';
import { AnalysisPanels } from './panels/analysisPanels';
import type { Session } from './session';
import { createStatusItem } from './status';
import { extensionApi } from './testing';
import type { ExtensionApi } from './testing';

let server: LanguageServer | undefined;

export function activate(context: vscode.ExtensionContext): ExtensionApi {
  const startedAt = performance.now();
  const log = vscode.window.createOutputChannel('Hessian Lens', { log: true });
  server = new LanguageServer(context, log);
  const analyses = new Analyses(server);
  const models = new ActiveModels(server);
  const panels = new AnalysisPanels({ context, server, analyses });
  const session: Session = { context, log, server, analyses, models, panels };
  context.subscriptions.push(
    log,
    analyses,
    models,
    panels,
    registerCommands(session),
    maintainContextKeys(session),
    createStatusItem(session),
    offerCheckpoints(session),
    registerCheckpointEditor(session),
    server.onDidGiveUp(() => void tellGivenUp(session)),
    // The server learns of trust when it starts.
    vscode.workspace.onDidGrantWorkspaceTrust(() => tellIfNotStarted(session, session.server.restart())),
  );
  // A question to the server starts it, too.
  const ready = untilNeeded(context.subscriptions).then(() => session.server.start());
  tellIfNotStarted(session, ready);
  return extensionApi(session, ready, startedAt);
}

export const deactivate = (): Promise<void> | undefined => server?.stop();
