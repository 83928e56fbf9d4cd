/** Cancel Analysis: the one given, the only one, or the one that the user picks. */
import * as vscode from 'vscode';
import { clientCommands } from '../../../server/src/protocol/editor';
import type { RunningAnalysis } from '../analyses';
import { ask } from '../requests';
import type { Command } from '../session';

export const cancelAnalysis: Command = {
  id: clientCommands.cancelAnalysis,
  async run({ server, analyses }, first) {
    const { running } = analyses;
    const named = running.find(({ id }) => id === first);
    const chosen = named ?? (running.length > 1 ? await pick(running) : running[0]);
    return chosen === undefined ? false : ask(server, 'cancel', { analysisId: chosen.id });
  },
};

async function pick(running: readonly RunningAnalysis[]): Promise<RunningAnalysis | undefined> {
  const items = running.map((analysis) => ({
    label: analysis.model,
    description: vscode.workspace.asRelativePath(vscode.Uri.parse(analysis.uri)),
    detail: analysis.progress === undefined ? '' : analysis.progress.stage,
    analysis,
  }));
  const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Cancel which analysis?') });
  return picked?.analysis;
}
