import { join } from 'node:path';
import * as vscode from 'vscode';

/** The extension under test, from its folder or installed from its package. */
export function extension(): vscode.Extension<unknown> {
  const found = vscode.extensions.getExtension('hessian-lens.hessian-lens');
  if (found === undefined) throw new Error('the extension is not in this VS Code');
  return found;
}

export function workspaceFile(path: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (folder === undefined) throw new Error('no folder is open');
  return vscode.Uri.file(join(folder.uri.fsPath, path));
}

/** Opens a file of the workspace in an editor. */
export async function openDocument(path: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument(workspaceFile(path));
  await vscode.window.showTextDocument(document);
  return document;
}

/** Asks again until there is an answer; the test's own time limit ends a wait that has none. */
export async function until<T>(ask: () => T | undefined | PromiseLike<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
