/** A quick pick of files with what is known about each; browsing for others and the automatic choice are offered below. */
import { basename } from 'node:path';
import * as vscode from 'vscode';

export interface FileItem extends vscode.QuickPickItem {
  /** Absolute path; null: the automatic choice; `browse`: ask for one. */
  readonly choice: string | null | { readonly browse: vscode.OpenDialogOptions };
}

export interface FilePick {
  readonly title: string;
  readonly placeholder: string;
  readonly items: Promise<readonly (FileItem | vscode.QuickPickItem)[]>;
}

/** The chosen path, null for the automatic choice, undefined when nothing was chosen. Rejects as `items` does. */
export async function pickFile({ title, placeholder, items }: FilePick): Promise<string | null | undefined> {
  const cancel = new vscode.CancellationTokenSource();
  try {
    const shown = vscode.window.showQuickPick(
      // A failure to list is thrown below; the pick itself closes without a word of its own.
      items.catch(() => []),
      { title, placeHolder: placeholder, matchOnDescription: true, matchOnDetail: true },
      cancel.token,
    );
    await items.catch((error: unknown) => {
      cancel.cancel();
      throw error;
    });
    const picked = await shown;
    return picked === undefined || !('choice' in picked) ? undefined : await resolved(picked.choice);
  } finally {
    cancel.dispose();
  }
}

async function resolved(choice: FileItem['choice']): Promise<string | null | undefined> {
  if (typeof choice === 'string' || choice === null) return choice;
  const [file] = (await vscode.window.showOpenDialog(choice.browse)) ?? [];
  return file?.fsPath;
}

export const separator = (label: string): vscode.QuickPickItem => ({
  label,
  kind: vscode.QuickPickItemKind.Separator,
});

/** What is known of an item in one line; of the one in use that comes first. */
export const inUse = (isUsed: boolean, ...known: readonly string[]): string =>
  [...(isUsed ? [vscode.l10n.t('in use')] : []), ...known].filter((part) => part !== '').join(' · ');

/** The name and the folder it is in, relative to the workspace. */
export function placeOf(file: string): { readonly name: string; readonly folder: string } {
  const name = basename(file);
  const relative = vscode.workspace.asRelativePath(file);
  return { name, folder: relative === name ? '' : relative.slice(0, -name.length - 1) };
}
