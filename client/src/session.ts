/** What commands work with. */
import type * as vscode from 'vscode';
import type { StudyGroup } from '../../server/src/curvature/studies/groups';
import type { ActiveModels } from './activeModels';
import type { Analyses } from './analyses';
import type { LanguageServer } from './languageServer';
import type { Target } from './target';

/** The panels with spectra. */
export interface Panels {
  /** The model whose panel has the focus. */
  readonly active: Target | undefined;
  /** Opens or reveals the panel of a model beside the editor, which keeps the focus if `preserveFocus`; `group`: at these studies. */
  show(uri: string, model: string, preserveFocus?: boolean, group?: StudyGroup): Promise<void>;
  /** Shows a second result in the panel of a model. */
  compare(uri: string, model: string, otherId: string): Promise<void>;
}

export interface Session {
  readonly context: vscode.ExtensionContext;
  readonly log: vscode.LogOutputChannel;
  readonly server: LanguageServer;
  readonly analyses: Analyses;
  readonly models: ActiveModels;
  readonly panels: Panels;
}

/** A command of the manifest. `run` may reject: the user is then told and the log says more. */
export interface Command {
  readonly id: string;
  run(session: Session, ...args: readonly unknown[]): Promise<unknown>;
}
