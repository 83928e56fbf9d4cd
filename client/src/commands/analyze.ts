/** Analyze Hessian: progress with cancel in a notification, the panel beside when the first results arrive. */
import * as vscode from 'vscode';
import { LSPErrorCodes, ResponseError } from '../lspValues';
import { studyGroups, type StudyGroup } from '../../../server/src/curvature/studies/groups';
import { clientCommands } from '../../../server/src/protocol/editor';
import type { AnalysisEvent, AnalyzeReply, StoredResult } from '../../../server/src/protocol/editor';
import type { Failure, Progress } from '../../../server/src/protocol/worker';
import { tellFailure } from '../failureMessage';
import { ask } from '../requests';
import type { Command, Session } from '../session';
import { chooseTarget, sameUri } from '../target';
import type { Target } from '../target';
import { durationText, numberText } from '../wording';

/** How long the status bar names the outcome, in milliseconds. */
const OUTCOME_SHOWN = 10_000;

export const analyze: Command = {
  id: clientCommands.analyze,
  async run(session, ...args) {
    const target = await chooseTarget(session, args);
    return target === undefined ? undefined : analyzeTarget(session, target);
  },
};

/** Runs an analysis with everything that the user sees of it; `study`: adds these studies to the result that is there. */
export async function analyzeTarget(session: Session, target: Target, study?: StudyGroup): Promise<AnalyzeReply> {
  const reply = await withPanel(session, target, () => withProgress(session, target, study));
  if (reply.ok) tellOutcome(reply.stored);
  // A server that stays down has a message of its own.
  else if (reply.failure.category !== 'cancelled' && !session.server.isDown) {
    // Whoever waits for the analysis does not wait for the message to be closed.
    void tellFailure(session, reply.failure, target);
  }
  return reply;
}

/** Runs an analysis and opens the panel, where the settings say so, once there is something to see. */
async function withPanel(
  { analyses, panels }: Session,
  target: Target,
  run: () => Promise<AnalyzeReply>,
): Promise<AnalyzeReply> {
  const uri = target.uri.toString();
  const mode = vscode.workspace.getConfiguration('hessianLens', target.uri).get<string>('openPanel');
  let opened = mode === 'never';
  const open = (event: AnalysisEvent): void => {
    if (opened || event.kind !== 'result' || !isOf(target, event.stored)) return;
    opened = true;
    void panels.show(uri, target.model, true);
  };
  const listener = analyses.onEvent(open);
  try {
    return await run();
  } finally {
    listener.dispose();
  }
}

const isOf = (target: Target, { uri, model }: { uri: string; model: string }): boolean =>
  model === target.model && sameUri(uri, target.uri.toString());

/** The progress that this command shows comes from the server's events; a second one by the server is not wanted. */
let tokens = 0;

async function withProgress(
  { server, analyses }: Session,
  target: Target,
  study: StudyGroup | undefined,
): Promise<AnalyzeReply> {
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title:
        study === undefined
          ? vscode.l10n.t('Hessian of {0}', target.model)
          : `${studyGroups[study].title}: ${target.model}`,
      cancellable: true,
    },
    async (progress, token) => {
      let shown = 0;
      const listener = analyses.onDidChange(() => {
        const news = analyses.running.find((running) => isOf(target, running))?.progress;
        if (news === undefined) return;
        const percent = Math.floor(100 * news.fraction);
        progress.report({ message: progressText(news), increment: Math.max(0, percent - shown) });
        shown = Math.max(shown, percent);
      });
      progress.report({ message: vscode.l10n.t('reading the code') });
      try {
        const params = {
          uri: target.uri.toString(),
          model: target.model,
          workDoneToken: `hessianLens.analyze.${++tokens}`,
          ...(study === undefined ? {} : { study }),
        };
        return await ask(server, 'analyze', params, token);
      } catch (error) {
        return { ok: false, failure: failureFrom(error) };
      } finally {
        listener.dispose();
      }
    },
  );
}

function progressText({ fraction, stage, secondsLeft }: Progress): string {
  const percent = Math.floor(100 * fraction);
  return secondsLeft === undefined
    ? vscode.l10n.t('{0}, {1} %', stage, percent)
    : vscode.l10n.t('{0}, {1} %, about {2} left', stage, percent, durationText(secondsLeft));
}

/** Cancelling is no failure; a server that ended says nothing by itself. */
function failureFrom(error: unknown): Failure {
  if (error instanceof ResponseError && error.code === LSPErrorCodes.RequestCancelled)
    return { category: 'cancelled', message: error.message };
  return {
    category: 'internal',
    message: vscode.l10n.t('The language server ended during the analysis.'),
    hint: vscode.l10n.t('Analyze again; if it ends again, the log says more.'),
  };
}

function tellOutcome({ model, result }: StoredResult): void {
  const [largest] = result.spectrum.top;
  if (largest === undefined) return;
  vscode.window.setStatusBarMessage(
    `$(check) ${vscode.l10n.t('{0}: λmax {1}', model, numberText(largest.value))}`,
    OUTCOME_SHOWN,
  );
}
