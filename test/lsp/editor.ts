/** An editor as the language server sees it: opens, types, asks, and records what it is told. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { pathToFileURL } from 'node:url';
import {
  createConnection,
  createMessageConnection,
  LSPErrorCodes,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
  type CancellationToken,
  type ClientCapabilities,
  type CodeAction,
  type CodeLens,
  type Diagnostic,
  type DocumentDiagnosticReport,
  type Hover,
  type InitializeResult,
  type InlayHint,
  type MessageConnection,
  type Position,
  type Range,
  type TextDocumentContentChangeEvent,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { startLanguageServer } from '../../server/src/editor/languageServer';
import {
  methods,
  type AnalysisEvent,
  type AnalyzeParams,
  type AnalyzeReply,
  type ServerStatus,
} from '../../server/src/protocol/editor';

const root = resolve(__dirname, '..', '..');
export const program = (name: string): string => join(root, 'dist', name);

export const uriOf = (path: string): string => pathToFileURL(path).href;

/** A folder with files, removed by `remove`. */
export function workspaceWith(files: Readonly<Record<string, string | Uint8Array>>) {
  const folder = mkdtempSync(join(tmpdir(), 'hessian-lens-lsp-'));
  const write = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  for (const [name, content] of Object.entries(files)) write(name, content);
  return {
    folder,
    path: (name: string) => join(folder, name),
    uri: (name: string) => uriOf(join(folder, name)),
    write,
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

export interface EditorOptions {
  readonly folders: readonly string[];
  readonly storage: string;
  readonly settings?: unknown;
  readonly client?: 'vscode';
  /** false: an editor of the kind that is sent diagnostics. */
  readonly pulls?: boolean;
}

/** What is open, and what the server has said. */
export class Editor {
  readonly events: AnalysisEvent[] = [];
  readonly statuses: ServerStatus[] = [];
  readonly published = new Map<string, Diagnostic[]>();
  readonly progress: { readonly token: unknown; readonly value: unknown }[] = [];
  readonly messages: string[] = [];
  readonly notifications: { readonly method: string; readonly params: unknown }[] = [];
  readonly documents = new Map<string, TextDocument>();
  settings: unknown;
  answer: InitializeResult = { capabilities: {} };
  refreshes = 0;

  private constructor(
    readonly connection: MessageConnection,
    private readonly ended: () => Promise<void>,
    readonly child?: ChildProcess,
  ) {}

  /** The server in this process, over streams. */
  static async inBand(options: EditorOptions): Promise<Editor> {
    const [up, down] = [new PassThrough(), new PassThrough()];
    const server = createConnection(new StreamMessageReader(up), new StreamMessageWriter(down));
    startLanguageServer(server, {
      readingThread: program('readingThread.js'),
      checkpointThread: program('checkpointThread.js'),
      worker: program('worker.js'),
      findingPages: join(root, 'docs', 'findings'),
    });
    const client = createMessageConnection(new StreamMessageReader(down), new StreamMessageWriter(up));
    const editor = new Editor(client, () => {
      server.dispose();
      return Promise.resolve();
    });
    return editor.begin(options);
  }

  /** The server as a program, over its standard streams. */
  static async spawned(command: readonly string[], options: EditorOptions): Promise<Editor> {
    const child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'pipe'] });
    const client = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const exit = new Promise<void>((done) => child.once('exit', () => done()));
    const editor = new Editor(
      client,
      async () => {
        await client.sendNotification('exit');
        await exit;
        if (said !== '') throw new Error(`the server wrote to its error stream: ${said}`);
      },
      child,
    );
    return editor.begin(options);
  }

  private async begin({ folders, storage, settings, client, pulls = true }: EditorOptions): Promise<Editor> {
    const { connection } = this;
    this.settings = settings;
    connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) =>
      items.map(() => this.settings ?? null),
    );
    connection.onRequest('client/registerCapability', () => null);
    connection.onRequest('window/workDoneProgress/create', () => null);
    for (const feature of ['diagnostic', 'codeLens', 'inlayHint'])
      connection.onRequest(`workspace/${feature}/refresh`, () => {
        this.refreshes++;
        return null;
      });
    connection.onRequest('window/showMessageRequest', () => null);
    connection.onNotification(methods.analysisEvent, (event: AnalysisEvent) => void this.events.push(event));
    connection.onNotification(methods.status, (status: ServerStatus) => void this.statuses.push(status));
    connection.onNotification(
      'textDocument/publishDiagnostics',
      ({ uri, diagnostics }: { uri: string; diagnostics: Diagnostic[] }) => void this.published.set(uri, diagnostics),
    );
    connection.onNotification('$/progress', (params: { token: unknown; value: unknown }) => {
      this.progress.push(params);
    });
    connection.onNotification('window/logMessage', ({ message }: { message: string }) => {
      this.messages.push(message);
    });
    connection.onNotification('window/showMessage', ({ message }: { message: string }) => {
      this.messages.push(`shown: ${message}`);
    });
    connection.onNotification((method, params) => void this.notifications.push({ method, params }));
    connection.listen();
    const refreshSupport = { refreshSupport: true };
    const capabilities: ClientCapabilities = {
      textDocument: { ...(pulls ? { diagnostic: {} } : {}), publishDiagnostics: { relatedInformation: true } },
      workspace: {
        configuration: true,
        workspaceFolders: true,
        didChangeConfiguration: { dynamicRegistration: true },
        didChangeWatchedFiles: { dynamicRegistration: true },
        ...(pulls ? { diagnostics: refreshSupport } : {}),
        codeLens: refreshSupport,
        inlayHint: refreshSupport,
      },
      window: { workDoneProgress: true },
      notebookDocument: { synchronization: {} },
    };
    this.answer = await connection.sendRequest('initialize', {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: folders.map((path) => ({ uri: uriOf(path), name: path })),
      initializationOptions: { storage, ...(client === undefined ? {} : { client }) },
      capabilities,
    });
    await connection.sendNotification('initialized', {});
    return this;
  }

  async stop(): Promise<void> {
    await this.connection.sendRequest('shutdown');
    await this.ended();
    this.connection.dispose();
  }

  // ── documents

  async open(uri: string, text: string, languageId = 'python'): Promise<void> {
    this.documents.set(uri, TextDocument.create(uri, languageId, 1, text));
    await this.connection.sendNotification('textDocument/didOpen', {
      textDocument: { uri, languageId, version: 1, text },
    });
  }

  textOf(uri: string): string {
    return this.documents.get(uri)?.getText() ?? '';
  }

  async change(uri: string, changes: TextDocumentContentChangeEvent[]): Promise<void> {
    const document = this.documents.get(uri);
    if (document === undefined) throw new Error(`${uri} is not open`);
    const version = document.version + 1;
    this.documents.set(uri, TextDocument.update(document, changes, version));
    await this.connection.sendNotification('textDocument/didChange', {
      textDocument: { uri, version },
      contentChanges: changes,
    });
  }

  /** The whole text, as a change. */
  setText(uri: string, text: string): Promise<void> {
    return this.change(uri, [{ text }]);
  }

  /** Replaces the one occurrence of a text. */
  replace(uri: string, before: string, after: string): Promise<void> {
    const document = this.documents.get(uri);
    const offset = this.textOf(uri).indexOf(before);
    if (document === undefined || offset < 0) throw new Error(`${uri} has no ${before}`);
    const range = { start: document.positionAt(offset), end: document.positionAt(offset + before.length) };
    return this.change(uri, [{ range, text: after }]);
  }

  /** Applies what an action changes. */
  async apply({ edit }: CodeAction): Promise<void> {
    for (const [uri, edits] of Object.entries(edit?.changes ?? {})) {
      const document = this.documents.get(uri);
      if (document === undefined) throw new Error(`the action changes ${uri}, which is not open`);
      await this.setText(uri, TextDocument.applyEdits(document, edits));
    }
  }

  async close(uri: string): Promise<void> {
    this.documents.delete(uri);
    await this.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  /** Where a text stands. */
  positionOf(uri: string, text: string, shift = 0): Position {
    const document = this.documents.get(uri);
    const offset = this.textOf(uri).indexOf(text);
    if (document === undefined || offset < 0) throw new Error(`${uri} has no ${text}`);
    return document.positionAt(offset + shift);
  }

  textAt(uri: string, range: Range): string {
    return this.documents.get(uri)?.getText(range) ?? '';
  }

  // ── requests

  /** Repeats a request that the server withdrew for a newer text, as editors do. */
  async ask<T>(method: string, params: unknown, token?: CancellationToken): Promise<T> {
    for (;;) {
      try {
        return await (token === undefined
          ? this.connection.sendRequest<T>(method, params)
          : this.connection.sendRequest<T>(method, params, token));
      } catch (error) {
        const code = error instanceof ResponseError ? error.code : 0;
        if (code !== LSPErrorCodes.ContentModified && code !== LSPErrorCodes.ServerCancelled) throw error;
      }
    }
  }

  async diagnostics(uri: string): Promise<Diagnostic[]> {
    const report = await this.ask<DocumentDiagnosticReport>('textDocument/diagnostic', { textDocument: { uri } });
    return report.kind === 'full' ? report.items : [];
  }

  async lenses(uri: string): Promise<CodeLens[]> {
    const found = await this.ask<CodeLens[]>('textDocument/codeLens', { textDocument: { uri } });
    return Promise.all(found.map((lens) => this.ask<CodeLens>('codeLens/resolve', lens)));
  }

  async lensTitles(uri: string): Promise<string[]> {
    return (await this.lenses(uri)).map(({ command }) => command?.title ?? '');
  }

  async hover(uri: string, position: Position): Promise<string> {
    const found = await this.ask<Hover | null>('textDocument/hover', { textDocument: { uri }, position });
    return found === null ? '' : (found.contents as { value: string }).value;
  }

  hints(uri: string, range?: Range): Promise<InlayHint[]> {
    const whole = { start: { line: 0, character: 0 }, end: { line: 100_000, character: 0 } };
    return this.ask('textDocument/inlayHint', { textDocument: { uri }, range: range ?? whole });
  }

  actions(uri: string, range: Range, diagnostics: readonly Diagnostic[]): Promise<CodeAction[]> {
    return this.ask('textDocument/codeAction', { textDocument: { uri }, range, context: { diagnostics } });
  }

  analyze(params: AnalyzeParams, token?: CancellationToken): Promise<AnalyzeReply> {
    return this.ask(methods.analyze, params, token);
  }

  /** Resolves when the condition holds; the test's own limit ends the wait. */
  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await holds())) await new Promise((done) => setTimeout(done, 20));
  }
}
