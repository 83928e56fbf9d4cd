/** Open in Checkpoint Editor. */
import * as vscode from 'vscode';
import { checkpointViewFor } from '../checkpointViews';
import type { Command } from '../session';
import { resourceIn } from '../target';

export const openCheckpoint: Command = {
  id: 'hessianLens.openCheckpoint',
  async run(_session, ...args) {
    const file = resourceIn(args);
    if (file !== undefined) await vscode.commands.executeCommand('vscode.openWith', file, checkpointViewFor(file.path));
  },
};
