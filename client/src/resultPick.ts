/** Kept results as a user tells them apart: model, checkpoint, time, what came out. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { ResultSummary } from '../../server/src/protocol/editor';
import { numberText } from './wording';

export interface ResultItem extends vscode.QuickPickItem {
  readonly summary: ResultSummary;
}

export function resultItem(summary: ResultSummary): ResultItem {
  const { model, checkpoint, createdAt, lambdaMax, margin, stale, uri } = summary;
  const when = new Date(createdAt).toLocaleString(vscode.env.language, { dateStyle: 'medium', timeStyle: 'short' });
  const numbers = [
    lambdaMax === null ? vscode.l10n.t('λmax not computed') : `λmax ${numberText(lambdaMax)}`,
    ...(margin === null ? [] : [vscode.l10n.t('learning rate {0}× the stable limit', numberText(margin))]),
    ...(stale.length === 0 ? [] : [vscode.l10n.t('of an earlier version')]),
  ];
  return {
    label: model,
    description: [checkpoint === null ? vscode.l10n.t('initial parameters') : basename(checkpoint), when].join(' · '),
    detail: [numbers.join(' · '), vscode.workspace.asRelativePath(vscode.Uri.parse(uri))].join(' — '),
    summary,
  };
}

/** Undefined: none was chosen. */
export async function pickResult(
  title: string,
  results: readonly ResultSummary[],
  placeHolder?: string,
): Promise<ResultSummary | undefined> {
  const picked = await vscode.window.showQuickPick(results.map(resultItem), {
    title,
    matchOnDescription: true,
    matchOnDetail: true,
    ...(placeHolder === undefined ? {} : { placeHolder }),
  });
  return picked?.summary;
}
