/** Offers a checkpoint that appears in the workspace, once per model and folder: training writes many. */
import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import { methods } from '../../server/src/protocol/editor';
import type { CheckpointAppeared } from '../../server/src/protocol/editor';
import { ask } from './requests';
import type { Session } from './session';

export function offerCheckpoints(session: Session): vscode.Disposable {
  const offered = new Set<string>();
  return session.server.client.onNotification(methods.checkpointAppeared, ({ file, fits }: CheckpointAppeared) => {
    const [first] = fits;
    if (first === undefined || !isWanted(first.uri)) return;
    const key = `${dirname(file)}\n${first.uri}\n${first.model}`;
    if (offered.has(key)) return;
    offered.add(key);
    void offer(session, file, first).catch((error: unknown) => session.log.error(String(error)));
  });
}

const isWanted = (uri: string): boolean =>
  vscode.workspace.getConfiguration('hessianLens', vscode.Uri.parse(uri)).get('offerCheckpoints', true);

async function offer(session: Session, file: string, about: { uri: string; model: string }): Promise<void> {
  const use = vscode.l10n.t('Use It');
  const never = vscode.l10n.t("Don't Offer");
  const chosen = await vscode.window.showInformationMessage(
    vscode.l10n.t('A new checkpoint fits {0}: {1}', about.model, basename(file)),
    use,
    never,
  );
  if (chosen === use) await ask(session.server, 'choose', { ...about, checkpoint: file });
  if (chosen === never)
    await vscode.workspace
      .getConfiguration('hessianLens')
      .update('offerCheckpoints', false, vscode.ConfigurationTarget.Workspace);
}
