/** Clear Cache: removes kept results. */
import * as vscode from 'vscode';
import { clientCommands } from '../../../server/src/protocol/editor';
import { ask } from '../requests';
import type { Command } from '../session';

export const clearCache: Command = {
  id: clientCommands.clearCache,
  async run({ server, analyses }) {
    const count = await ask(server, 'clearCache', {});
    await analyses.refresh();
    void vscode.window.showInformationMessage(
      count === 1 ? vscode.l10n.t('1 result was removed.') : vscode.l10n.t('{0} results were removed.', count),
    );
    return count;
  },
};
