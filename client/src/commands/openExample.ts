/** Open Example Workspace: copies the example that is shipped to a folder of the user's and opens it. */
import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { Command } from '../session';

export const openExample: Command = {
  id: 'hessianLens.openExample',
  async run({ context }) {
    const folder = await chooseFolder();
    if (folder === undefined) return undefined;
    const target = vscode.Uri.joinPath(folder, 'hessian-lens-digits');
    if (!(await exists(target)))
      await vscode.workspace.fs.copy(vscode.Uri.joinPath(context.extensionUri, 'examples', 'digits'), target);
    await open(target);
    return target;
  },
};

async function chooseFolder(): Promise<vscode.Uri | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Where shall the example be copied to?'),
      openLabel: vscode.l10n.t('Copy Here'),
      canSelectFiles: false,
      canSelectFolders: true,
      defaultUri: vscode.Uri.file(homedir()),
    })) ?? [];
  return folder;
}

/** Where something is open already, the user says what becomes of it. */
async function open(folder: vscode.Uri): Promise<void> {
  const here = { title: vscode.l10n.t('Open'), forceNewWindow: false };
  const anew = { title: vscode.l10n.t('Open in New Window'), forceNewWindow: true };
  const chosen =
    vscode.workspace.workspaceFolders === undefined
      ? here
      : await vscode.window.showInformationMessage(vscode.l10n.t('The example is in {0}.', folder.fsPath), here, anew);
  if (chosen !== undefined)
    await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: chosen.forceNewWindow });
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
