/** Export Report: a kept result as a file. */
import * as vscode from 'vscode';
import { clientCommands } from '../../../server/src/protocol/editor';
import type { ExportParams, ResultSummary } from '../../../server/src/protocol/editor';
import { ask } from '../requests';
import { pickResult } from '../resultPick';
import type { Command, Session } from '../session';
import { chooseTarget } from '../target';

interface Format extends vscode.QuickPickItem {
  readonly format: ExportParams['format'];
  readonly ending: string;
}

const formats = (): readonly Format[] => [
  { label: 'HTML', description: vscode.l10n.t('a page with pictures, for reading'), format: 'html', ending: 'html' },
  {
    label: 'JSON',
    description: vscode.l10n.t('every quantity with its interval and source'),
    format: 'json',
    ending: 'json',
  },
  { label: 'CSV', description: vscode.l10n.t('quantities as a table'), format: 'csv', ending: 'csv' },
  { label: 'SARIF', description: vscode.l10n.t('findings, for code scanning'), format: 'sarif', ending: 'sarif' },
  {
    label: vscode.l10n.t('Text'),
    description: vscode.l10n.t('as the command line prints it'),
    format: 'text',
    ending: 'txt',
  },
];

export const exportReport: Command = {
  id: clientCommands.exportReport,
  async run(session, ...args) {
    const result = await chooseResult(session, args);
    if (result === undefined) return undefined;
    const picked = await vscode.window.showQuickPick(formats(), {
      title: vscode.l10n.t('Export the result of {0} as', result.model),
    });
    if (picked === undefined) return undefined;
    const file = await vscode.window.showSaveDialog({
      defaultUri: proposedFile(result, picked.ending),
      filters: { [picked.label]: [picked.ending] },
      title: vscode.l10n.t('Export Report'),
    });
    if (file === undefined) return undefined;
    const content = await ask(session.server, 'export', { id: result.id, format: picked.format });
    if (content === '') throw new Error(vscode.l10n.t('The result is no longer kept. Analyze again.'));
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(content));
    void offerToOpen(file, picked.format);
    return file;
  },
};

async function chooseResult(session: Session, args: readonly unknown[]): Promise<ResultSummary | undefined> {
  const target = await chooseTarget(session, args);
  if (target === undefined) return undefined;
  const results = session.analyses.resultsOf(target.uri.toString(), target.model);
  if (results.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('{0} has not been analysed yet.', target.model));
    return undefined;
  }
  return results.length === 1 ? results[0] : pickResult(vscode.l10n.t('Export which result?'), results);
}

function proposedFile({ uri, model }: ResultSummary, ending: string): vscode.Uri {
  const name = `${model}-hessian.${ending}`;
  const source = vscode.Uri.parse(uri);
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (source.scheme === 'file') return vscode.Uri.joinPath(source, '..', name);
  return folder === undefined ? vscode.Uri.file(name) : vscode.Uri.joinPath(folder.uri, name);
}

async function offerToOpen(file: vscode.Uri, format: ExportParams['format']): Promise<void> {
  const open = vscode.l10n.t('Open');
  const name = file.path.split('/').at(-1) ?? file.path;
  if ((await vscode.window.showInformationMessage(vscode.l10n.t('Saved {0}.', name), open)) !== open) return;
  if (format === 'html') await vscode.env.openExternal(file);
  else await vscode.window.showTextDocument(file);
}
