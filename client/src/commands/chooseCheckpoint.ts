/** Choose Checkpoint: those that fit first, with what differs in the others. */
import * as vscode from 'vscode';
import { clientCommands } from '../../../server/src/protocol/editor';
import type { Candidates } from '../../../server/src/protocol/editor';
import type { CheckpointCandidate } from '../../../server/src/protocol/reading';
import { inUse, pickFile, placeOf, separator } from '../filePick';
import type { FileItem } from '../filePick';
import { fitText } from '../fitText';
import { ask } from '../requests';
import type { Command } from '../session';
import { chooseTarget } from '../target';
import { sizeText } from '../wording';

export const checkpointEndings = ['safetensors', 'pt', 'pth', 'ckpt', 'bin', 'npz', 'json'] as const;

export const chooseCheckpoint: Command = {
  id: clientCommands.chooseCheckpoint,
  async run(session, ...args) {
    const target = await chooseTarget(session, args);
    if (target === undefined) return;
    const about = { uri: target.uri.toString(), model: target.model };
    const checkpoint = await pickFile({
      title: vscode.l10n.t('Checkpoint of {0}', target.model),
      placeholder: vscode.l10n.t('Which parameters shall analyses use?'),
      items: ask(session.server, 'candidates', about).then((candidates) => itemsFor(candidates, target.uri)),
    });
    if (checkpoint === undefined) return;
    await ask(session.server, 'choose', { ...about, checkpoint });
  },
};

const groups = ['fits', 'differs', 'unreadable'] as const;

function itemsFor({ checkpoints, current: { checkpoint } }: Candidates, near: vscode.Uri) {
  const labels = {
    fits: vscode.l10n.t('fits the model'),
    differs: vscode.l10n.t('does not fit'),
    unreadable: vscode.l10n.t('cannot be read'),
  };
  const automatic: FileItem = {
    label: vscode.l10n.t('Automatic'),
    description: inUse(checkpoint === null, vscode.l10n.t('what the code names, else the newest that fits')),
    choice: null,
  };
  return [
    ...groups.flatMap((kind) => {
      const own = checkpoints.filter(({ fit }) => fit.kind === kind);
      return own.length === 0 ? [] : [separator(labels[kind]), ...own.map((each) => itemFor(each, checkpoint))];
    }),
    separator(''),
    automatic,
    browse(near),
  ];
}

const icons = { fits: '$(check)', differs: '$(warning)', unreadable: '$(error)' } as const;

function itemFor({ file, fit, origin, modified, size }: CheckpointCandidate, used: string | null): FileItem {
  const { name, folder } = placeOf(file);
  const age = new Date(modified).toLocaleString(vscode.env.language, { dateStyle: 'medium', timeStyle: 'short' });
  const origins = {
    chosen: vscode.l10n.t('chosen'),
    configured: vscode.l10n.t('configured'),
    'named by the training script': vscode.l10n.t('named by the training script'),
    'found in the workspace': '',
  };
  return {
    label: `${icons[fit.kind]} ${name}`,
    description: inUse(file === used, folder, origins[origin], sizeText(size), age),
    detail: fitText(fit),
    choice: file,
  };
}

const browse = (near: vscode.Uri): FileItem => ({
  label: `$(folder-opened) ${vscode.l10n.t('Browse…')}`,
  choice: {
    browse: {
      title: vscode.l10n.t('Choose a checkpoint'),
      openLabel: vscode.l10n.t('Use'),
      filters: { [vscode.l10n.t('Checkpoints')]: [...checkpointEndings], [vscode.l10n.t('All files')]: ['*'] },
      ...(near.scheme === 'file' ? { defaultUri: vscode.Uri.joinPath(near, '..') } : {}),
    },
  },
});
