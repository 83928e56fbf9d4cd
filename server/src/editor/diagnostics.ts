/** Findings of readings and analyses as diagnostics of a document. */
import { DiagnosticSeverity, DiagnosticTag, type Diagnostic } from 'vscode-languageserver/node';
import type { Finding, Severity } from '../diagnosis/finding';
import { parsePragma } from '../project/pragma';
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
  for (const kept of context.results.about(view.unit.path)) found.push(...measured(context, view, kept));
  return found;
}

/** Findings of an analysis; those of an earlier text say so and are greyed. */
function measured(context: ServerContext, view: View, kept: KeptResult): Diagnostic[] {
  const stale = context.results.staleness(kept);
  return kept.findings.flatMap((finding) => {
    if (finding.file !== view.unit.path) return [];
    const data: DiagnosticData = { code: finding.code, resultId: kept.id };
    if (stale.length === 0) return diagnosticOf(context, view, finding, data);
    return diagnosticOf(context, view, finding, { ...data, stale: true }).map((diagnostic) => ({
      ...diagnostic,
      severity: DiagnosticSeverity.Hint,
      tags: [DiagnosticTag.Unnecessary],
      message: `Computed for an earlier version (${stale.join(', ')}): ${finding.message}`,
    }));
  });
}

function diagnosticOf(context: ServerContext, view: View, finding: Finding, data: DiagnosticData): Diagnostic[] {
  if (finding.file !== view.unit.path) return [];
  const { code } = finding;
  const severity = context.settings.diagnostics.severity[code] ?? finding.severity;
  const range = rangeIn(view, finding);
  if (severity === 'off' || range === undefined || isIgnored(view, range.start.line, code)) return [];
  return [
    {
      range,
      severity: severities[severity],
      source: 'Hessian Lens',
      code,
      codeDescription: { href: `${context.findingPages}/${code}.md` },
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
    const pragma = (i === 0 ? /#\s*hessian-lens:\s*(.*)$/ : /^\s*#\s*hessian-lens:\s*(.*)$/).exec(text.trimEnd());
    if (pragma?.[1] === undefined || !pragma[1].includes('ignore')) return false;
    try {
      return parsePragma(pragma[1], '').ignore?.includes(code) ?? false;
    } catch {
      return false;
    }
  });
}
