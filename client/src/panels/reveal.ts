/** From a row of a panel to its line in an editor. */
import * as vscode from 'vscode';

/** `file`: absolute path; it is opened under `document` where that is the same file (notebooks, buffers never saved). `line` from 1. */
export async function reveal(file: string, line: number, document: vscode.Uri, panelColumn?: vscode.ViewColumn) {
  const uri = document.fsPath === file || document.path === file ? document : vscode.Uri.file(file);
  const position = new vscode.Position(Math.max(0, line - 1), 0);
  const open = vscode.window.visibleTextEditors.find((editor) => editor.document.uri.toString() === uri.toString());
  const beside = panelColumn === vscode.ViewColumn.One ? vscode.ViewColumn.Two : vscode.ViewColumn.One;
  await vscode.window.showTextDocument(uri, {
    viewColumn: open?.viewColumn ?? beside,
    selection: new vscode.Range(position, position),
  });
}
