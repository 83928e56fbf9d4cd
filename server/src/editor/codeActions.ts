/** Quick fixes of findings, and the analysis as an action on a model's class. */
import type { CodeAction, Diagnostic, Range } from 'vscode-languageserver/node';
import { CodeActionKind } from './lspValues';
import { clientCommands, serverCommands } from '../protocol/editor';
import type { FileReading } from '../protocol/reading';
import type { ServerContext } from './context';
import type { DiagnosticData } from './diagnostics';
import { lineIn, type View } from './documents';
import { fixes } from './fixes/fixes';

export function actionsFor(
  context: ServerContext,
  view: View,
  reading: FileReading | undefined,
  range: Range,
  diagnostics: readonly Diagnostic[],
): CodeAction[] {
  return [
    ...diagnostics.flatMap((diagnostic) => fixesOf(context, view, reading, diagnostic)),
    ...analyzeActions(context, view, reading, range),
  ];
}

function fixesOf(
  context: ServerContext,
  view: View,
  reading: FileReading | undefined,
  diagnostic: Diagnostic,
): CodeAction[] {
  const data = diagnostic.data as DiagnosticData | undefined;
  if (data === undefined || diagnostic.source !== 'Hessian Lens') return [];
  const { code, resultId, stale } = data;
  const kept = resultId === undefined ? undefined : context.results.read(resultId);
  const stored = stale === true || kept?.stale.length !== 0 ? undefined : kept;
  return fixes
    .filter(({ codes }) => codes === 'all' || codes.includes(code))
    .flatMap(({ make }) => make({ context, view, reading, diagnostic, code, stored }));
}

function analyzeActions(
  context: ServerContext,
  view: View,
  reading: FileReading | undefined,
  range: Range,
): CodeAction[] {
  const line = lineIn(view, range.start);
  const model = reading?.models.find(({ place, stopped }) => place.line === line && stopped === null);
  if (model === undefined) return [];
  const title = `Analyze Hessian of ${model.name}`;
  const command = context.hasPanels() ? clientCommands.analyze : serverCommands.analyze;
  return [{ title, kind: CodeActionKind.Source, command: { title, command, arguments: [view.uri, model.name] } }];
}
