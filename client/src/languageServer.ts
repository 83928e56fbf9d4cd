/** Starts the language server in its own process, and starts it again when it ends by itself. */
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import * as vscode from 'vscode';
import { CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn, State, TransportKind } from './lspValues';
import type { ErrorHandler, LanguageClientOptions } from 'vscode-languageclient/node';
import { absolutePaths } from './configurationPaths';
import { clientCommands } from '../../server/src/protocol/editor';
import type { InitializationOptions } from '../../server/src/protocol/editor';

/** Schemes with source text: files, buffers never saved, cells of notebooks, and repositories that are browsed without a checkout. */
export const schemes = ['file', 'untitled', 'vscode-notebook-cell', 'vscode-vfs'] as const;

/** What the server reads: of JavaScript and TypeScript what uses TensorFlow.js, of JSON the models of TensorFlow.js. */
export const readDocuments: readonly {
  readonly language: string;
  readonly scheme: string;
  readonly pattern?: string;
}[] = [
  ...['python', 'javascript', 'javascriptreact', 'typescript', 'typescriptreact'].flatMap((language) =>
    schemes.map((scheme) => ({ language, scheme })),
  ),
  { language: 'json', scheme: 'file', pattern: '**/model.json' },
];

/** A server that ends more often than this within `RESTART_WINDOW` is not started again by itself. */
const RESTARTS = 3;
const RESTART_WINDOW = 3 * 60_000;

/** Libraries under the server print notes to both streams; what is an error, the server says over its connection. */
const toLog = (stream: Readable, log: vscode.LogOutputChannel): void =>
  void createInterface(stream).on('line', (line) => log.info(line));

export class LanguageServer {
  readonly client: LanguageClient;
  /** Times at which the server ended by itself. */
  private ends: number[] = [];
  private down = false;
  private readonly gaveUp = new vscode.EventEmitter<void>();
  /** The server ended too often: it stays down until the user starts it. */
  readonly onDidGiveUp = this.gaveUp.event;

  constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel) {
    const module = context.asAbsolutePath(join('dist', 'server.js'));
    const program = { module, transport: TransportKind.ipc };
    this.client = new LanguageClient(
      'hessianLens',
      'Hessian Lens',
      { run: program, debug: { ...program, options: { execArgv: ['--nolazy', '--inspect=6019'] } } },
      this.options(context, log),
    );
  }

  private options(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): LanguageClientOptions {
    return {
      documentSelector: readDocuments.map((filter) => ({ ...filter })),
      outputChannel: log,
      // Failures of analyses have their own message; everything else is in the log and in the status item.
      stdioOptions: { stdout: toLog, stderr: toLog },
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: () => this.initializationOptions(context),
      errorHandler: this.errorHandler(),
      diagnosticPullOptions: { onChange: true, onSave: true, onFocus: true },
      middleware: { workspace: absolutePaths },
      // Hovers link to commands, and to nothing else that could be run.
      markdown: { isTrusted: { enabledCommands: Object.values(clientCommands) }, supportThemeIcons: true },
    };
  }

  private initializationOptions(context: vscode.ExtensionContext): InitializationOptions {
    return {
      client: 'vscode',
      storage: (context.storageUri ?? context.globalStorageUri).fsPath,
      trusted: vscode.workspace.isTrusted,
    };
  }

  private errorHandler(): ErrorHandler {
    return {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => {
        const now = Date.now();
        this.ends = [...this.ends.filter((time) => now - time < RESTART_WINDOW), now];
        if (this.ends.length <= RESTARTS) return { action: CloseAction.Restart, handled: true };
        this.down = true;
        this.gaveUp.fire();
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    };
  }

  /** The server ended too often or could not start, and was not started again since. */
  get isDown(): boolean {
    return this.down;
  }

  get running(): boolean {
    return this.client.state === State.Running;
  }

  /** Rejects when the server cannot start. */
  async start(): Promise<void> {
    // Before it runs: whoever hears that it does may ask it at once.
    this.down = false;
    try {
      await this.client.start();
    } catch (error) {
      this.down = true;
      throw error;
    }
  }

  /** Ends the server, if it runs, and starts it anew; earlier ends are forgotten. */
  async restart(): Promise<void> {
    this.ends = [];
    if (this.client.needsStop()) await this.client.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    this.gaveUp.dispose();
    if (this.client.needsStop()) await this.client.stop();
  }
}
