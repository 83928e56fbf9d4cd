/** Every command, and how it is registered. */
import * as vscode from 'vscode';
import type { Command, Session } from '../session';
import { analyze } from './analyze';
import { cancelAnalysis } from './cancelAnalysis';
import { chooseCheckpoint } from './chooseCheckpoint';
import { chooseData } from './chooseData';
import { chooseOutput } from './chooseOutput';
import { clearCache } from './clearCache';
import { compareWith } from './compareWith';
import { exportReport } from './exportReport';
import { openCheckpoint } from './openCheckpoint';
import { openExample } from './openExample';
import { openWalkthrough } from './openWalkthrough';
import { restartServer } from './restartServer';
import { showLog } from './showLog';
import { showSpectrum } from './showSpectrum';
import { study } from './study';
import { studyCommands } from './studyCommands';
import { useCheckpointFor } from './useCheckpointFor';

export const commands: readonly Command[] = [
  analyze,
  cancelAnalysis,
  study,
  ...studyCommands,
  showSpectrum,
  compareWith,
  exportReport,
  chooseCheckpoint,
  chooseData,
  chooseOutput,
  useCheckpointFor,
  openCheckpoint,
  clearCache,
  restartServer,
  showLog,
  openExample,
  openWalkthrough,
];

export function registerCommands(session: Session): vscode.Disposable {
  return vscode.Disposable.from(
    ...commands.map((command) =>
      vscode.commands.registerCommand(command.id, (...args: unknown[]) => run(session, command, args)),
    ),
  );
}

/** A command that fails says so in one message, with the log at hand. */
async function run(session: Session, command: Command, args: readonly unknown[]): Promise<unknown> {
  try {
    return await command.run(session, ...args);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    session.log.error(`${command.id}: ${message}`);
    const showLogTitle = vscode.l10n.t('Show Log');
    void vscode.window.showErrorMessage(`Hessian Lens: ${message}`, showLogTitle).then((chosen) => {
      if (chosen === showLogTitle) session.log.show(true);
    });
    return undefined;
  }
}
