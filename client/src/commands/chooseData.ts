/** Choose Data: what the workspace has, what the training script reads by default. */
import * as vscode from 'vscode';
import { clientCommands } from '../../../server/src/protocol/editor';
import type { Candidates } from '../../../server/src/protocol/editor';
import { inUse, pickFile, placeOf, separator } from '../filePick';
import type { FileItem } from '../filePick';
import { ask } from '../requests';
import type { Command } from '../session';
import { chooseTarget } from '../target';

export const chooseData: Command = {
  id: clientCommands.chooseData,
  async run(session, ...args) {
    const target = await chooseTarget(session, args);
    if (target === undefined) return;
    const about = { uri: target.uri.toString(), model: target.model };
    const data = await pickFile({
      title: vscode.l10n.t('Data of {0}', target.model),
      placeholder: vscode.l10n.t('Which samples shall the loss be evaluated on?'),
      items: ask(session.server, 'candidates', about).then((candidates) => itemsFor(candidates, target.uri)),
    });
    if (data === undefined) return;
    await ask(session.server, 'choose', { ...about, data });
  },
};

function itemsFor({ data, current: { data: used } }: Candidates, near: vscode.Uri) {
  const found = data.map(({ file, origin, description }): FileItem => {
    const { name, folder } = placeOf(file);
    return {
      label: name,
      description: inUse(file === used, folder, description),
      detail: origin,
      choice: file,
    };
  });
  const automatic: FileItem = {
    label: vscode.l10n.t('Automatic'),
    description: inUse(used === null, vscode.l10n.t('what the training script reads, else a synthetic batch')),
    choice: null,
  };
  return [...found, separator(''), automatic, browse(near, 'file'), browse(near, 'folder')];
}

/** Dialogs of Windows and Linux choose either files or folders. */
function browse(near: vscode.Uri, what: 'file' | 'folder'): FileItem {
  const label = what === 'file' ? vscode.l10n.t('Browse for a file…') : vscode.l10n.t('Browse for a folder…');
  return {
    label: `$(folder-opened) ${label}`,
    choice: {
      browse: {
        title: vscode.l10n.t('Choose data'),
        openLabel: vscode.l10n.t('Use'),
        canSelectFiles: what === 'file',
        canSelectFolders: what === 'folder',
        ...(near.scheme === 'file' ? { defaultUri: vscode.Uri.joinPath(near, '..') } : {}),
      },
    },
  };
}
