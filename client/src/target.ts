/** Which model a command is about. */
import * as vscode from 'vscode';
import { isModelFile, modelNameOf } from '../../server/src/frontend/modelFileNames';
import { enclosingModel } from './enclosingModel';
import type { ModelReading } from '../../server/src/protocol/reading';
import { ask } from './requests';
import type { Session } from './session';
import { countText } from './wording';

export interface Target {
  readonly uri: vscode.Uri;
  readonly model: string;
}

/** What menus, lenses and panels pass to a command: a resource or its URI, then a model's name. */
export type CommandArguments = readonly unknown[];

/** URIs as VS Code and as the server write them differ in their escapes. */
export const sameUri = (one: string, other: string): boolean =>
  one === other || vscode.Uri.parse(one).toString() === vscode.Uri.parse(other).toString();

/** The resource in a command's arguments; undefined if it was called without one. */
export function resourceIn([first]: CommandArguments): vscode.Uri | undefined {
  // The title bar of a panel passes the panel itself.
  if (first instanceof vscode.Uri) return first.scheme === 'webview-panel' ? undefined : first;
  return typeof first === 'string' && first !== '' ? vscode.Uri.parse(first) : undefined;
}

export const modelIn = ([, second]: CommandArguments): string | undefined =>
  typeof second === 'string' && second !== '' ? second : undefined;

/**
 * The model that a command is about: named in its arguments, the one of the active panel, around the cursor, the only one, or
 * the one that the user picks. Undefined: the user picked none, or there is none, which the user is told.
 */
export async function chooseTarget(session: Session, args: CommandArguments): Promise<Target | undefined> {
  const named = resourceIn(args);
  // VS Code may still name an editor beside as the active one.
  if (named === undefined && session.panels.active !== undefined) return session.panels.active;
  const editor = vscode.window.activeTextEditor;
  const uri = named ?? modelFileShown() ?? editor?.document.uri;
  if (uri === undefined) {
    tellNothingOpen();
    return undefined;
  }
  const model = modelIn(args);
  if (model !== undefined) return { uri, model };
  if (isModelFile(uri.path)) return { uri, model: modelNameOf(uri.path) };
  // The server reads what is open as it is in the editor.
  const document = await vscode.workspace.openTextDocument(uri);
  const models = await ask(session.server, 'models', { uri: uri.toString() });
  const cursor = editor?.document === document ? editor.selection.active.line + 1 : undefined;
  const chosen = cursor === undefined ? undefined : enclosingModel(models, document.getText().split(/\r?\n/), cursor);
  const [only, ...others] = models;
  if (only === undefined) {
    tellNoModel(uri);
    return undefined;
  }
  const found = chosen ?? (others.length === 0 ? only : await pickModel(models));
  return found === undefined ? undefined : { uri, model: found.name };
}

/** The model file in the checkpoint editor, where that is active. */
function modelFileShown(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputCustom && isModelFile(input.uri.path) ? input.uri : undefined;
}

async function pickModel(models: readonly ModelReading[]): Promise<ModelReading | undefined> {
  const picked = await vscode.window.showQuickPick(
    models.map((model) => ({
      label: model.name,
      description: vscode.l10n.t('{0} parameters', countText(model.totalParameters)),
      detail: model.stopped === null ? '' : vscode.l10n.t('Not readable as a whole: {0}', model.stopped.reason),
      model,
    })),
    { title: vscode.l10n.t('Hessian Lens: choose a model'), matchOnDescription: true },
  );
  return picked?.model;
}

function tellNothingOpen(): void {
  void vscode.window.showInformationMessage(
    vscode.l10n.t('Open a file with a model of PyTorch, Keras or TensorFlow.js first.'),
  );
}

function tellNoModel(uri: vscode.Uri): void {
  const name = uri.path.split('/').at(-1) ?? uri.path;
  void vscode.window.showInformationMessage(
    vscode.l10n.t(
      '{0} defines no model: no class derived from nn.Module, nothing that makes a model of Keras or TensorFlow.js.',
      name,
    ),
  );
}
