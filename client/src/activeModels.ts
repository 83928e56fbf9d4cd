/** The models of the file in the active editor, as the text is now. */
import * as vscode from 'vscode';
import { State } from './lspValues';
import type { ModelReading } from '../../server/src/protocol/reading';
import { readDocuments } from './languageServer';
import type { LanguageServer } from './languageServer';
import { ask } from './requests';

/** Milliseconds without typing before the server is asked again: nothing waits for the answer but menus. */
const QUIET = 400;

export class ActiveModels implements vscode.Disposable {
  private readonly subscriptions: { dispose(): unknown }[] = [];
  private readonly changes = new vscode.EventEmitter<void>();
  private timer: NodeJS.Timeout | undefined;
  private known: readonly ModelReading[] = [];
  private asked = 0;

  readonly onDidChange = this.changes.event;

  constructor(private readonly server: LanguageServer) {
    this.subscriptions.push(
      this.changes,
      vscode.window.onDidChangeActiveTextEditor(() => void this.update()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (document === vscode.window.activeTextEditor?.document) this.updateLater();
      }),
      server.client.onDidChangeState(({ newState }) => {
        if (newState === State.Running) void this.update();
      }),
    );
  }

  dispose(): void {
    clearTimeout(this.timer);
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  get models(): readonly ModelReading[] {
    return this.known;
  }

  /** The active document, if it is one that the server reads. */
  get document(): vscode.TextDocument | undefined {
    const document = vscode.window.activeTextEditor?.document;
    return document !== undefined && vscode.languages.match(readDocuments, document) > 0 ? document : undefined;
  }

  private updateLater(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.update(), QUIET);
  }

  private async update(): Promise<void> {
    clearTimeout(this.timer);
    const question = ++this.asked;
    const { document } = this;
    const uri = document?.uri.toString();
    const answer = uri === undefined || !this.server.running ? [] : await this.ask(uri);
    // A later question answers for the editor that is active by then.
    if (question !== this.asked) return;
    this.known = answer;
    this.changes.fire();
  }

  private async ask(uri: string): Promise<readonly ModelReading[]> {
    try {
      return await ask(this.server, 'models', { uri });
    } catch (error) {
      // The server ended or the text changed meanwhile; both bring another question.
      this.server.client.debug(`models of ${uri}: ${String(error)}`);
      return [];
    }
  }
}
