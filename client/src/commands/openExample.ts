/** Open Example Workspace: copies the example that is shipped to a folder of the user's and opens it. */
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
    await vscode.commands.executeCommand('vscode.openFolder', target, { forceNewWindow: isSomethingOpen() });
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
    })) ?? [];
  return folder;
}

const isSomethingOpen = (): boolean => vscode.workspace.workspaceFolders !== undefined;

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
