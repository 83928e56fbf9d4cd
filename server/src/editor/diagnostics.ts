/** Findings of readings and analyses as diagnostics of a document. */
import type { Diagnostic } from 'vscode-languageserver/node';
import { DiagnosticSeverity, DiagnosticTag } from './lspValues';
import type { Finding, Severity } from '../diagnosis/finding';
import { parsePragma, pragmaText, withoutPragma } from '../project/pragma';
import type { FileReading } from '../protocol/reading';
import type { ServerContext } from './context';
import { rangeIn, type View } from './documents';
import { uriOf } from './paths';
import type { KeptResult } from './resultStore';
import type { Reading } from '../reading/readFile';

/** What a quick fix needs to know of a diagnostic. */
export interface DiagnosticData {
  readonly code: string;
  /** The result that the finding comes from. */
  readonly resultId?: string;
  readonly stale?: boolean;
}

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** Everything to say about the lines of a view. */
export function diagnosticsFor(context: ServerContext, view: View, reading: Reading | undefined): Diagnostic[] {
  const { enabled } = context.settings.diagnostics;
  if (!enabled) return [];
  const found: Diagnostic[] = [];
  const error = reading?.reading.syntaxError ?? undefined;
  const errorRange = error === undefined ? undefined : rangeIn(view, error);
  if (error !== undefined && errorRange !== undefined)
    found.push({
      range: errorRange,
      severity: DiagnosticSeverity.Error,
      source: 'Hessian Lens',
      code: 'syntax',
      message: `${error.message}. Nothing after this line is certain until it is corrected.`,
    });
  for (const finding of reading?.reading.findings ?? [])
    found.push(...diagnosticOf(context, view, finding, { code: finding.code }));
  for (const kept of context.results.about(view.unit.path))
    found.push(...measured(context, view, kept, reading?.reading));
  return found;
}

/** Findings of an analysis; those of an earlier text say so and are greyed. */
function measured(
  context: ServerContext,
  view: View,
  kept: KeptResult,
  reading: FileReading | undefined,
): Diagnostic[] {
  const stale = context.results.staleness(kept);
  return kept.findings.flatMap((finding, i) => {
    if (finding.file !== view.unit.path) return [];
    const data: DiagnosticData = { code: finding.code, resultId: kept.id };
    if (stale.length === 0) return diagnosticOf(context, view, finding, data);
    const moved = { ...finding, ...placeNow(view, finding, kept.lines[i] ?? '', classPlace(reading, kept.model)) };
    return diagnosticOf(context, view, moved, { ...data, stale: true }).map((diagnostic) => ({
      ...diagnostic,
      severity: DiagnosticSeverity.Hint,
      tags: [DiagnosticTag.Unnecessary],
      message: `Computed for an earlier version (${stale.join(', ')}): ${finding.message}`,
    }));
  });
}

const classPlace = (reading: FileReading | undefined, model: string): PlaceInLine => {
  const { line, column, endColumn } = reading?.models.find(({ name }) => name === model)?.place ??
    reading?.training?.optimizers[0]?.span ?? { line: 1, column: 1, endColumn: 2 };
  return { line, column, endColumn };
};

type PlaceInLine = Pick<Finding, 'line' | 'column' | 'endColumn'>;

/** Where a line of an earlier text is now: the nearest that reads the same; else `otherwise`. */
function placeNow(view: View, finding: Finding, before: string, otherwise: PlaceInLine): PlaceInLine {
  const lines = view.unit.text.split(/\r?\n/);
  const wanted = withoutPragma(before).trim();
  if (wanted === '') return otherwise;
  let nearest: number | undefined;
  for (const [index, line] of lines.entries())
    if (withoutPragma(line).trim() === wanted)
      if (nearest === undefined || Math.abs(index + 1 - finding.line) < Math.abs(nearest - finding.line))
        nearest = index + 1;
  if (nearest === undefined) return otherwise;
  const shift = (lines[nearest - 1] ?? '').search(/\S|$/) - before.search(/\S|$/);
  return { line: nearest, column: finding.column + shift, endColumn: finding.endColumn + shift };
}

function diagnosticOf(context: ServerContext, view: View, finding: Finding, data: DiagnosticData): Diagnostic[] {
  if (finding.file !== view.unit.path) return [];
  const { code } = finding;
  const page = context.findingPage(code);
  const severity = context.settings.diagnostics.severity[code] ?? finding.severity;
  const range = rangeIn(view, finding);
  if (severity === 'off' || range === undefined || isIgnored(view, range.start.line, code)) return [];
  return [
    {
      range,
      severity: severities[severity],
      source: 'Hessian Lens',
      code,
      ...(page === undefined ? {} : { codeDescription: { href: page } }),
      message: finding.message,
      data,
      relatedInformation: finding.related.map(({ file, line, column, endColumn, message }) => ({
        location: {
          uri: context.documents.viewsOf(file)[0]?.uri ?? uriOf(file),
          range: {
            start: { line: Math.max(0, line - 1), character: Math.max(0, column - 1) },
            end: { line: Math.max(0, line - 1), character: Math.max(0, endColumn - 1) },
          },
        },
        message,
      })),
    },
  ];
}

/** `# hessian-lens: ignore=HL101` at the end of the line or on the line above. */
function isIgnored({ document }: View, line: number, code: string): boolean {
  const textOf = (at: number): string =>
    at < 0 ? '' : document.getText({ start: { line: at, character: 0 }, end: { line: at + 1, character: 0 } });
  return [textOf(line), textOf(line - 1)].some((text, i) => {
    const pragma = pragmaText(text, i > 0);
    if (pragma?.includes('ignore') !== true) return false;
    try {
      return parsePragma(pragma, '').ignore?.includes(code) ?? false;
    } catch {
      return false;
    }
  });
}
