/** Open Walkthrough. */
import * as vscode from 'vscode';
import type { Command } from '../session';

export const openWalkthrough: Command = {
  id: 'hessianLens.openWalkthrough',
  async run({ context }) {
    await vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#start`, false);
  },
};
