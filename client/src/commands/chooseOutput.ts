/** Choose Output: which output of a model file the loss is of. */
import * as vscode from 'vscode';
import { clientCommands } from '../../../server/src/protocol/editor';
import type { Candidates } from '../../../server/src/protocol/editor';
import { inUse, separator } from '../filePick';
import { ask } from '../requests';
import type { Command } from '../session';
import { chooseTarget } from '../target';

export const chooseOutput: Command = {
  id: clientCommands.chooseOutput,
  async run(session, ...args) {
    const target = await chooseTarget(session, args);
    if (target === undefined) return;
    const about = { uri: target.uri.toString(), model: target.model };
    const candidates = await ask(session.server, 'candidates', about);
    if (candidates.outputs.length === 0) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t(
          'The outputs of {0} have no names. Only ONNX files and graph models of TensorFlow.js name theirs.',
          target.model,
        ),
      );
      return;
    }
    const picked = await vscode.window.showQuickPick(itemsFor(candidates), {
      title: vscode.l10n.t('Output of {0}', target.model),
      placeHolder: vscode.l10n.t('Which output is the loss of?'),
    });
    if (picked === undefined || !('choice' in picked)) return;
    await ask(session.server, 'choose', { ...about, output: picked.choice });
  },
};

interface OutputItem extends vscode.QuickPickItem {
  /** null: the automatic choice. */
  readonly choice: string | null;
}

function itemsFor({ outputs, current: { output: used } }: Candidates): (OutputItem | vscode.QuickPickItem)[] {
  const automatic: OutputItem = {
    label: vscode.l10n.t('Automatic'),
    description: inUse(used === null, vscode.l10n.t('‘logits’, else the first of floating numbers')),
    choice: null,
  };
  const named = outputs.map((name): OutputItem => ({ label: name, description: inUse(name === used), choice: name }));
  return [...named, separator(''), automatic];
}
