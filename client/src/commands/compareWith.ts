/** Compare with…: another result beside the one shown, of the same model first. */
import * as vscode from 'vscode';
import { clientCommands } from '../../../server/src/protocol/editor';
import { pickResult } from '../resultPick';
import type { Command } from '../session';
import { chooseTarget } from '../target';

export const compareWith: Command = {
  id: clientCommands.compareWith,
  async run(session, ...args) {
    const target = await chooseTarget(session, args);
    if (target === undefined) return;
    const uri = target.uri.toString();
    const [shown, ...older] = session.analyses.resultsOf(uri, target.model);
    const others = [...older, ...session.analyses.results.filter((each) => each !== shown && !older.includes(each))];
    if (shown === undefined || others.length === 0) {
      void vscode.window.showInformationMessage(
        shown === undefined
          ? vscode.l10n.t('{0} has not been analysed yet.', target.model)
          : vscode.l10n.t(
              'There is no other result yet. Analyze another checkpoint or another version of the code first.',
            ),
      );
      return;
    }
    const other = await pickResult(
      vscode.l10n.t('Compare {0} with', target.model),
      others,
      vscode.l10n.t('Choose an earlier or another result'),
    );
    if (other !== undefined) await session.panels.compare(uri, target.model, other.id);
  },
};
