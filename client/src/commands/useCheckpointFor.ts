/** Use as Checkpoint for…: a file of the explorer becomes the checkpoint of a model of the active editor. */
import * as vscode from 'vscode';
import { ask } from '../requests';
import type { Command } from '../session';
import { chooseTarget, resourceIn } from '../target';

export const useCheckpointFor: Command = {
  id: 'hessianLens.useCheckpointFor',
  async run(session, ...args) {
    const file = resourceIn(args);
    if (file === undefined) return;
    const target = await chooseTarget(session, []);
    if (target === undefined) return;
    const about = { uri: target.uri.toString(), model: target.model };
    await ask(session.server, 'choose', { ...about, checkpoint: file.fsPath });
    vscode.window.setStatusBarMessage(
      vscode.l10n.t('{0}: analyses use {1}', target.model, vscode.workspace.asRelativePath(file)),
      10_000,
    );
  },
};
