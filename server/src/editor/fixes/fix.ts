/** Quick fixes: what they are made from, and how they change a text. */
import type { CodeAction, Diagnostic, TextEdit, WorkspaceEdit } from 'vscode-languageserver/node';
import type { StoredResult } from '../../protocol/editor';
import type { FileReading } from '../../protocol/reading';
import type { ServerContext } from '../context';
import type { View } from '../documents';

export interface FixContext {
  readonly context: Pick<ServerContext, 'hasPanels' | 'settings'>;
  readonly view: View;
  readonly reading: FileReading | undefined;
  readonly diagnostic: Diagnostic;
  readonly code: string;
  /** The result that the finding comes from, if it is of the texts as they are. */
  readonly stored: StoredResult | undefined;
}

export interface Fix {
  /** Findings that it is for; `all`: every one. */
  readonly codes: readonly string[] | 'all';
  readonly make: (context: FixContext) => readonly CodeAction[];
}

export const edit = (view: View, edits: TextEdit[]): WorkspaceEdit => ({ changes: { [view.uri]: edits } });

/** Lines are those of the document, from 0. */
export const linesOf = (view: View): string[] => view.document.getText().split(/\r?\n/);

/** New lines below a line. */
export function below(lines: readonly string[], line: number, newText: string): TextEdit {
  const end = { line, character: (lines[line] ?? '').length };
  return { range: { start: end, end }, newText: `\n${newText}` };
}

/** New lines above a line. */
export function above(line: number, newText: string): TextEdit {
  const start = { line, character: 0 };
  return { range: { start, end: start }, newText: `${newText}\n` };
}

export const importsTorch = (view: View): boolean => /^\s*import torch\b/m.test(view.document.getText());

/** The optimizer of a script as its text has it. */
export interface OptimizerInText {
  /** The variable that holds it. */
  readonly name: string;
  readonly indent: string;
  /** Whose `parameters()` it was given; undefined where that is no plain name. */
  readonly model: string | undefined;
  /** Last line of the statement that makes it. */
  readonly lastLine: number;
  /** Statements that make its steps, also through a gradient scaler. */
  readonly steps: readonly { readonly line: number; readonly indent: string; readonly scaler: string | undefined }[];
}

/** The first optimizer of the view's file; undefined where it is not assigned to a name or never steps. */
export function optimizerInText(view: View, reading: FileReading | undefined): OptimizerInText | undefined {
  const [optimizer] = reading?.training?.optimizers ?? [];
  if (optimizer === undefined || optimizer.span.file !== view.unit.path) return undefined;
  const lines = linesOf(view);
  const first = optimizer.span.line - 1 - view.firstLine;
  const lastLine = optimizer.span.endLine - 1 - view.firstLine;
  const made = /^(\s*)([A-Za-z_]\w*)\s*(:[^=]+)?=\s*/.exec(lines[first] ?? '');
  if (made === null) return undefined;
  const [, indent = '', name = ''] = made;
  const step = new RegExp(`^(\\s*)(?:${name}\\.step\\(.*\\)|([\\w.]+)\\.step\\(\\s*${name}\\s*\\))\\s*(?:#.*)?$`);
  const steps = lines.flatMap((line, i) => {
    const found = step.exec(line);
    return found === null ? [] : [{ line: i, indent: found[1] ?? '', scaler: found[2] }];
  });
  const statement = lines.slice(first, lastLine + 1).join('\n');
  const model = /([A-Za-z_][\w.]*)\.parameters\(\)/.exec(statement)?.[1];
  return steps.length === 0 ? undefined : { name, indent, model, lastLine, steps };
}
