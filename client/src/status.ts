/** The status item of Python editors: what the server does, else what is known of the file's model. */
import * as vscode from 'vscode';
import { State } from './lspValues';
import { clientCommands, methods } from '../../server/src/protocol/editor';
import type { ResultSummary, ServerStatus } from '../../server/src/protocol/editor';
import type { RunningAnalysis } from './analyses';
import { readDocuments } from './languageServer';
import type { Session } from './session';
import { durationText, numberText } from './wording';

interface Shown {
  readonly text: string;
  readonly detail?: string;
  readonly busy?: boolean;
  readonly severity?: vscode.LanguageStatusSeverity;
  readonly command?: vscode.Command;
}

export function createStatusItem(session: Session): vscode.Disposable {
  const item = vscode.languages.createLanguageStatusItem('hessianLens.status', readDocuments);
  item.name = 'Hessian Lens';
  let server: ServerStatus | undefined;
  const update = (): void => {
    const shown = shownFor(session, server);
    item.text = shown.text;
    // An empty text shows nothing, as no text does.
    item.detail = shown.detail ?? '';
    item.busy = shown.busy ?? false;
    item.severity = shown.severity ?? vscode.LanguageStatusSeverity.Information;
    item.command = shown.command;
  };
  update();
  return vscode.Disposable.from(
    item,
    session.server.client.onNotification(methods.status, (status: ServerStatus) => {
      server = status;
      update();
    }),
    session.server.client.onDidChangeState(() => {
      server = undefined;
      update();
    }),
    session.server.onDidGiveUp(update),
    session.analyses.onDidChange(update),
    session.models.onDidChange(update),
  );
}

const showLog = (): vscode.Command => ({ title: vscode.l10n.t('Show Log'), command: clientCommands.showLog });

function shownFor(session: Session, server: ServerStatus | undefined): Shown {
  const [running] = session.analyses.running;
  if (session.server.isDown)
    return {
      text: vscode.l10n.t('Hessian Lens stopped'),
      detail: vscode.l10n.t('the language server does not run'),
      severity: vscode.LanguageStatusSeverity.Error,
      command: { title: vscode.l10n.t('Restart Server'), command: clientCommands.restartServer },
    };
  const { state } = session.server.client;
  // Nothing that is open needs it yet.
  if (state === State.Stopped) return { text: 'Hessian Lens', detail: vscode.l10n.t('no model in this file') };
  if (state !== State.Running) return { text: vscode.l10n.t('Hessian Lens starts'), busy: true };
  if (running !== undefined) return runningShown(running);
  if (server?.state === 'problem')
    return {
      text: server.text,
      ...(server.detail === undefined ? {} : { detail: server.detail }),
      severity: vscode.LanguageStatusSeverity.Error,
      command: showLog(),
    };
  return { ...modelShown(session), busy: server?.state === 'reading' };
}

function runningShown({ model, progress, id }: RunningAnalysis): Shown {
  const percent = progress === undefined ? '' : ` ${Math.floor(100 * progress.fraction)} %`;
  const left = progress?.secondsLeft;
  const detail = [
    ...(progress === undefined ? [] : [progress.stage]),
    ...(left === undefined ? [] : [vscode.l10n.t('about {0} left', durationText(left))]),
  ].join(', ');
  return {
    text: `${vscode.l10n.t('Hessian of {0}', model)}${percent}`,
    ...(detail === '' ? {} : { detail }),
    busy: true,
    command: { title: vscode.l10n.t('Cancel'), command: clientCommands.cancelAnalysis, arguments: [id] },
  };
}

/** The newest result of the file's main model, or the offer to make one. */
function modelShown({ models, analyses }: Session): Shown {
  const uri = models.document?.uri.toString();
  const [main] = models.models;
  if (uri === undefined || main === undefined)
    return { text: 'Hessian Lens', detail: vscode.l10n.t('no model in this file') };
  const [result] = analyses.resultsOf(uri, main.name);
  if (result !== undefined) return resultShown(result, uri);
  return {
    text: main.name,
    detail: vscode.l10n.t('not analysed yet'),
    command: {
      title: vscode.l10n.t('Analyze Hessian'),
      command: clientCommands.analyze,
      arguments: [uri, main.name],
    },
  };
}

function resultShown({ model, lambdaMax, margin, stale }: ResultSummary, uri: string): Shown {
  const largest = lambdaMax === null ? vscode.l10n.t('λmax not computed') : `λmax ${numberText(lambdaMax)}`;
  const detail = [
    ...(margin === null ? [] : [vscode.l10n.t('learning rate {0}× the stable limit', numberText(margin))]),
    ...(stale.length === 0 ? [] : [vscode.l10n.t('of an earlier version')]),
  ].join(' · ');
  return {
    text: `${model}: ${largest}`,
    ...(detail === '' ? {} : { detail }),
    command: {
      title: vscode.l10n.t('Show Spectrum'),
      command: clientCommands.showSpectrum,
      arguments: [uri, model],
    },
  };
}
