/** The one message about a failure: what, where, and what can be done. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { clientCommands } from '../../server/src/protocol/editor';
import type { Failure } from '../../server/src/protocol/worker';
import type { Session } from './session';
import type { Target } from './target';

interface Choice extends vscode.MessageItem {
  readonly run: () => unknown;
}

/** Tells the user and does what they choose. */
export async function tellFailure(session: Session, failure: Failure, target: Target): Promise<void> {
  session.log.error(`${target.model}: ${failure.message}${failure.hint === undefined ? '' : ` ${failure.hint}`}`);
  const chosen = await vscode.window.showErrorMessage(textOf(failure, target), ...choicesFor(failure, target));
  await chosen?.run();
}

function textOf({ message, hint }: Failure, { model }: Target): string {
  const sentence = /[.!?]$/.test(message) ? message : `${message}.`;
  return [vscode.l10n.t('{0} was not analysed: {1}', model, sentence), hint]
    .filter((part) => part !== undefined)
    .join(' ');
}

function choicesFor(failure: Failure, target: Target): Choice[] {
  const { file, line, column } = failure;
  const again: Choice = {
    title: vscode.l10n.t('Try Again'),
    run: () => vscode.commands.executeCommand(clientCommands.analyze, target.uri, target.model),
  };
  const log: Choice = {
    title: vscode.l10n.t('Show Log'),
    run: () => vscode.commands.executeCommand(clientCommands.showLog),
  };
  const place: Choice[] =
    file === undefined || line === undefined
      ? []
      : [{ title: vscode.l10n.t('Open {0}:{1}', basename(file), line), run: () => reveal(file, line, column ?? 1) }];
  return failure.category === 'internal' ? [again, log] : [...place, again];
}

/** Lines and columns from 1. */
async function reveal(file: string, line: number, column: number): Promise<void> {
  const at = new vscode.Position(Math.max(0, line - 1), Math.max(0, column - 1));
  await vscode.window.showTextDocument(vscode.Uri.file(file), { selection: new vscode.Range(at, at) });
}
