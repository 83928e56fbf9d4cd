/** A file that a panel made, written where the user says. */
import * as vscode from 'vscode';
import type { FromAnalysisPanel } from '../../../server/src/protocol/panels';

type SaveRequest = Pick<FromAnalysisPanel & { kind: 'save' }, 'name' | 'content' | 'encoding'>;

/** `near`: the file whose folder is proposed. Resolves to where it was written; undefined if the user decided otherwise. */
export async function saveExport(
  { name, content, encoding }: SaveRequest,
  near: vscode.Uri,
): Promise<vscode.Uri | undefined> {
  const ending = name.split('.').pop() ?? '';
  const folder = near.scheme === 'file' ? vscode.Uri.joinPath(near, '..') : vscode.workspace.workspaceFolders?.[0]?.uri;
  const target = await vscode.window.showSaveDialog({
    ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder, name) }),
    filters: { [ending.toUpperCase()]: [ending] },
    saveLabel: vscode.l10n.t('Export'),
  });
  if (target === undefined) return undefined;
  await vscode.workspace.fs.writeFile(target, Buffer.from(content, encoding));
  return target;
}
