/** Quick fixes of findings, and the analysis as an action on a model's class. */
import type { CodeAction, Command, Diagnostic, Range, TextEdit, WorkspaceEdit } from 'vscode-languageserver/node';
import { CodeActionKind } from './lspValues';
import { clientCommands, serverCommands } from '../protocol/editor';
import type { FileReading } from '../protocol/reading';
import type { ServerContext } from './context';
import type { DiagnosticData } from './diagnostics';
import { lineIn, type View } from './documents';
import { learningRateFixes } from './learningRateFixes';

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
  const fixes: CodeAction[] = [];
  if ((data.code === 'HL101' || data.code === 'HL102') && data.stale !== true)
    fixes.push(
      ...learningRateFixes(
        view,
        diagnostic,
        data.resultId === undefined ? undefined : context.results.read(data.resultId),
        context.settings.stability.safetyMargin,
      ),
      ...warmUpFixes(view, reading, diagnostic),
    );
  if (data.code === 'HL402' || data.code === 'HL403')
    fixes.push(...checkpointFixes(context, view, reading, diagnostic));
  fixes.push(silence(view, diagnostic, data.code));
  return fixes;
}

const edit = (view: View, edits: TextEdit[]): WorkspaceEdit => ({ changes: { [view.uri]: edits } });

const WARM_UP_STEPS = 500;

/** A linear warm-up after the optimizer, and its step after each of the optimizer's. */
function warmUpFixes(view: View, reading: FileReading | undefined, diagnostic: Diagnostic): CodeAction[] {
  const [optimizer] = reading?.training?.optimizers ?? [];
  if (optimizer === undefined || optimizer.span.file !== view.unit.path) return [];
  if ((reading?.training?.schedules.length ?? 0) > 0) return [];
  const lines = view.document.getText().split(/\r?\n/);
  const first = optimizer.span.line - 1 - view.firstLine;
  const last = optimizer.span.endLine - 1 - view.firstLine;
  const made = /^(\s*)([A-Za-z_]\w*)\s*(:[^=]+)?=\s*/.exec(lines[first] ?? '');
  if (made === null || !/^\s*import torch\b/m.test(view.document.getText())) return [];
  const [, indent = '', name = ''] = made;
  const steps = lines.flatMap((line, i) => {
    const step = new RegExp(`^(\\s*)${name}\\.step\\(.*\\)\\s*$`).exec(line);
    return step === null ? [] : [{ line: i, indent: step[1] ?? '' }];
  });
  if (steps.length === 0) return [];
  const after = (line: number, newText: string): TextEdit => ({
    range: {
      start: { line, character: (lines[line] ?? '').length },
      end: { line, character: (lines[line] ?? '').length },
    },
    newText: `\n${newText}`,
  });
  return [
    {
      title: `Add a linear warm-up of ${WARM_UP_STEPS} steps`,
      kind: CodeActionKind.QuickFix,
      diagnostics: [diagnostic],
      edit: edit(view, [
        after(
          last,
          `${indent}warmup = torch.optim.lr_scheduler.LinearLR(${name}, start_factor=0.01, total_iters=${WARM_UP_STEPS})`,
        ),
        ...steps.map(({ line, indent: inner }) => after(line, `${inner}warmup.step()`)),
      ]),
    },
  ];
}

function checkpointFixes(
  context: ServerContext,
  view: View,
  reading: FileReading | undefined,
  diagnostic: Diagnostic,
): CodeAction[] {
  const [model] = reading?.models ?? [];
  if (!context.hasPanels() || model === undefined) return [];
  const command: Command = {
    title: 'Choose another checkpoint',
    command: clientCommands.chooseCheckpoint,
    arguments: [view.uri, model.name],
  };
  return [{ title: command.title, kind: CodeActionKind.QuickFix, diagnostics: [diagnostic], command }];
}

function silence(view: View, diagnostic: Diagnostic, code: string): CodeAction {
  const { line } = diagnostic.range.start;
  const text = view.document
    .getText({ start: { line, character: 0 }, end: { line: line + 1, character: 0 } })
    .replace(/\r?\n$/, '');
  const end = { line, character: text.length };
  const indent = /^\s*/.exec(text)?.[0] ?? '';
  // A line that has a comment gets the pragma above it.
  const change: TextEdit = text.includes('#')
    ? {
        range: { start: { line, character: 0 }, end: { line, character: 0 } },
        newText: `${indent}# hessian-lens: ignore=${code}\n`,
      }
    : { range: { start: end, end }, newText: `  # hessian-lens: ignore=${code}` };
  return {
    title: `Do not show ${code} here`,
    kind: CodeActionKind.QuickFix,
    diagnostics: [diagnostic],
    edit: edit(view, [change]),
  };
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
