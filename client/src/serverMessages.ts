/** The one message about a server that does not run. */
import * as vscode from 'vscode';
import type { Session } from './session';
import { clientCommands } from '../../server/src/protocol/editor';

export const tellGivenUp = (session: Session): Promise<void> =>
  tell(session, vscode.l10n.t('The language server of Hessian Lens ended several times and was not started again.'));

export function tellIfNotStarted(session: Session, started: Promise<void>): void {
  started.catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    session.log.error(reason);
    void tell(session, vscode.l10n.t('The language server of Hessian Lens did not start: {0}', reason));
  });
}

async function tell({ log }: Session, message: string): Promise<void> {
  const restart = vscode.l10n.t('Restart Server');
  const showLog = vscode.l10n.t('Show Log');
  const chosen = await vscode.window.showErrorMessage(message, restart, showLog);
  if (chosen === restart) await vscode.commands.executeCommand(clientCommands.restartServer);
  if (chosen === showLog) log.show(true);
}
