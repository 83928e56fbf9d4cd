import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ExtensionApi } from '../../client/src/testing';

/** The extension under test, from its folder or installed from its package. */
export function extension(): vscode.Extension<ExtensionApi> {
  const found = vscode.extensions.getExtension<ExtensionApi>('hessian-lens.hessian-lens');
  if (found === undefined) throw new Error('the extension is not in this VS Code');
  return found;
}

/** The parts of the manifest that the tests look at. */
export interface Contributions {
  readonly commands: readonly { readonly command: string }[];
  readonly configuration: Section | readonly Section[];
  readonly customEditors: readonly {
    readonly selector: readonly { readonly filenamePattern: string }[];
    readonly priority: string;
  }[];
}
interface Section {
  readonly properties: Readonly<Record<string, object>>;
}

export const contributions = (): Contributions =>
  (extension().packageJSON as { contributes: Contributions }).contributes;

export function workspaceFile(path: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (folder === undefined) throw new Error('no folder is open');
  return vscode.Uri.file(join(folder.uri.fsPath, path));
}

/** Opens a file of the workspace in an editor. */
export async function openDocument(path: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument(workspaceFile(path));
  await vscode.window.showTextDocument(document);
  return document;
}

/** Asks again until there is an answer; the test's own time limit ends a wait that has none. */
export async function until<T>(ask: () => T | undefined | PromiseLike<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Where a text begins in a document; a text that is not there is the test's own mistake. */
export function positionOf(document: vscode.TextDocument, text: string): vscode.Position {
  const offset = document.getText().indexOf(text);
  if (offset < 0) throw new Error(`${document.fileName} does not hold ${text}`);
  return document.positionAt(offset);
}

export const labelOf = (hint: vscode.InlayHint): string =>
  typeof hint.label === 'string' ? hint.label : hint.label.map(({ value }) => value).join('');

export function hintsOf(document: vscode.TextDocument): PromiseLike<vscode.InlayHint[]> {
  const everything = new vscode.Range(0, 0, document.lineCount, 0);
  return vscode.commands.executeCommand<vscode.InlayHint[]>(
    'vscode.executeInlayHintProvider',
    document.uri,
    everything,
  );
}

/** Titles of the resolved lenses of a document, or of those at or directly above the line that holds `beside`. */
export async function lensTitles(document: vscode.TextDocument, beside?: string): Promise<readonly string[]> {
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
    'vscode.executeCodeLensProvider',
    document.uri,
    100,
  );
  const line = beside === undefined ? undefined : positionOf(document, beside).line;
  return lenses
    .filter(({ range }) => line === undefined || range.start.line === line || range.start.line === line - 1)
    .flatMap(({ command }) => (command === undefined ? [] : [command.title]));
}

export async function hoverAt(document: vscode.TextDocument, position: vscode.Position): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    position,
  );
  return hovers
    .flatMap(({ contents }) => contents)
    .map((content) => (content instanceof vscode.MarkdownString ? content.value : ''))
    .join('\n');
}

export const diagnosticsOf = (document: vscode.TextDocument): readonly vscode.Diagnostic[] =>
  vscode.languages.getDiagnostics(document.uri);

/** Quick fixes at a place. */
export async function fixesAt(
  document: vscode.TextDocument,
  position: vscode.Position,
): Promise<readonly vscode.CodeAction[]> {
  return vscode.commands.executeCommand<vscode.CodeAction[]>(
    'vscode.executeCodeActionProvider',
    document.uri,
    new vscode.Range(position, position),
    vscode.CodeActionKind.QuickFix.value,
    10,
  );
}
