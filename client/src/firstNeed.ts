/** When the language server is needed: most programs in JavaScript have nothing that it reads, and a process costs memory. */
import * as vscode from 'vscode';
import { usesTensorFlowJs } from '../../server/src/javascript/isJavaScript';

const scripts: ReadonlySet<string> = new Set(['javascript', 'javascriptreact', 'typescript', 'typescriptreact']);

/** A script that does not name TensorFlow.js, the only documents that do not need the server. */
const isOtherScript = (document: vscode.TextDocument): boolean =>
  scripts.has(document.languageId) && !usesTensorFlowJs(document.getText());

/** Settles when a document is open that the server may have something to say about, or when nothing is known of any. */
export function untilNeeded(subscriptions: { dispose(): unknown }[]): Promise<void> {
  const open = vscode.workspace.textDocuments;
  const onlyScripts =
    open.some(isOtherScript) && open.every((document) => isOtherScript(document) || !isSource(document));
  if (!onlyScripts) return nextTurn();
  return new Promise((resolve) => {
    const see = (document: vscode.TextDocument): void => {
      if (!isSource(document) || isOtherScript(document)) return;
      listeners.dispose();
      resolve();
    };
    const listeners = vscode.Disposable.from(
      vscode.workspace.onDidOpenTextDocument(see),
      vscode.workspace.onDidChangeTextDocument(({ document }) => see(document)),
    );
    subscriptions.push(listeners);
  });
}

const isSource = ({ languageId, uri }: vscode.TextDocument): boolean =>
  languageId === 'python' || scripts.has(languageId) || uri.path.endsWith('/model.json');

/** Forking a process takes a while, for which activation does not wait. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
