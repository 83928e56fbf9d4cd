/** What the manifest's `when` clauses ask for. */
import * as vscode from 'vscode';
import type { Session } from './session';

/** Every context key of the extension and when it holds. */
const keys = {
  /** The extension runs. */
  'hessianLens.active': () => true,
  /** The active editor shows a file that defines a model. */
  'hessianLens.hasModel': ({ models }: Session) => models.models.length > 0,
  /** A result is kept for a model of the active editor or panel. */
  'hessianLens.hasResult': (session: Session) => resultsHere(session) > 0,
  /** There is another result to compare it with. */
  'hessianLens.canCompare': (session: Session) => resultsHere(session) > 0 && session.analyses.results.length > 1,
  'hessianLens.hasStoredResults': ({ analyses }: Session) => analyses.results.length > 0,
  'hessianLens.analysing': ({ analyses }: Session) => analyses.running.length > 0,
} satisfies Record<string, (session: Session) => boolean>;

export const contextKeys: readonly string[] = Object.keys(keys);

function resultsHere({ models, analyses, panels }: Session): number {
  const uri = panels.active?.uri ?? models.document?.uri;
  return uri === undefined ? 0 : analyses.resultsOf(uri.toString()).length;
}

/** Keeps the context keys true to the session. */
export function maintainContextKeys(session: Session): vscode.Disposable {
  const known = new Map<string, boolean>();
  const update = (): void => {
    for (const [key, holds] of Object.entries(keys)) {
      const value = holds(session);
      if (known.get(key) === value) continue;
      known.set(key, value);
      void vscode.commands.executeCommand('setContext', key, value);
    }
  };
  update();
  return vscode.Disposable.from(
    session.models.onDidChange(update),
    session.analyses.onDidChange(update),
    // The active panel may have changed.
    vscode.window.tabGroups.onDidChangeTabs(update),
    vscode.window.tabGroups.onDidChangeTabGroups(update),
  );
}
