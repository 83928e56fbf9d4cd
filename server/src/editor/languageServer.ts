/** Puts the language server together: what it can do, what it keeps, and how its parts hear of changes. */
import { readFileSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  CodeActionKind,
  CodeLensRefreshRequest,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  LSPErrorCodes,
  ResponseError,
  TextDocumentSyncKind,
  type CancellationToken,
  type Connection,
  type InitializeParams,
  type InitializeResult,
  type WorkDoneProgressReporter,
} from 'vscode-languageserver/node';
import { version } from '../cli/version';
import { fileFingerprint, textFingerprint } from '../project/fingerprint';
import { findProjectRoot } from '../project/projectRoot';
import type { ModelSettings } from '../project/settings';
import {
  methods,
  serverCommands,
  type AnalyzeParams,
  type CheckpointAppeared,
  type InitializationOptions,
  type ServerStatus,
} from '../protocol/editor';
import type { InputFile } from '../protocol/worker';
import { ReadingAbandoned, ReadingClient } from '../reading/readingClient';
import type { ReadingRequest } from '../reading/readingRequest';
import { WorkerClient } from '../worker/workerClient';
import { Analyses } from './analyses';
import { analyze } from './analyzeRequests';
import { Choices } from './choices';
import { actionsFor } from './codeActions';
import { lensesFor, resolveLens } from './codeLens';
import { registerCommands } from './commands';
import { freshReading, type ServerContext } from './context';
import { diagnosticsFor } from './diagnostics';
import { linksFor } from './documentLinks';
import { Documents, type Unit, type View } from './documents';
import { hoverAt } from './hover';
import { hintsFor } from './inlayHints';
import { pathOf, uriOf } from './paths';
import { Readings } from './readings';
import { registerResultRequests } from './resultRequests';
import { ResultStore } from './resultStore';
import { settingsFrom } from './settings';
import { isCheckpointName, isDataName, WorkspaceFiles } from './workspaceFiles';

/** Where the programs are that the server starts, and the pages it links to. */
export interface Installation {
  readonly readingThread: string;
  readonly checkpointThread: string;
  readonly worker: string;
  /** Folder with docs/findings. */
  readonly findingPages: string;
}

/** Checkpoints of the workspace that a model is compared with, nearest first. */
const COMPARED = 40;
const WATCHED = '**/*.{py,ipynb,pt,pth,ckpt,bin,safetensors,npz,npy,csv,toml}';
/** Milliseconds in which several reasons to refresh become one. */
const REFRESH_AFTER = 60;

const defaultStorage = (): string =>
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'hessian-lens', 'editor');

/** Serves one editor over `connection` until it ends. */
export function startLanguageServer(connection: Connection, installation: Installation): void {
  const server = new LanguageServer(connection, installation);
  server.listen();
}

class LanguageServer {
  private readonly reader: ReadingClient;
  private readonly documents: Documents;
  private readonly files = new WorkspaceFiles([]);
  private folders: string[] = [];
  private options: InitializationOptions = {};
  private client: InitializeParams['capabilities'] = {};
  private context: ServerContext;
  private refreshTimer: NodeJS.Timeout | undefined;
  private readonly texts = new Map<string, { readonly text: string; readonly fingerprint: string }>();

  constructor(
    private readonly connection: Connection,
    private readonly installation: Installation,
  ) {
    this.reader = new ReadingClient(installation.readingThread);
    this.documents = new Documents(() => this.folders[0] ?? tmpdir());
    this.context = this.createContext(defaultStorage());
  }

  listen(): void {
    const { connection, documents } = this;
    connection.onInitialize((params) => this.initialize(params));
    connection.onInitialized(() => void this.initialized());
    connection.onShutdown(() => this.dispose());
    connection.onExit(() => this.dispose());
    this.registerFeatures();
    documents.listen(connection);
    documents.texts.onDidChangeContent(() => this.push());
    documents.texts.onDidClose(({ document }) => this.context.readings.forget(document.uri));
    connection.listen();
  }

  private initialize(params: InitializeParams): InitializeResult {
    this.options = (params.initializationOptions as InitializationOptions | undefined) ?? {};
    this.client = params.capabilities;
    const roots = params.workspaceFolders?.map(({ uri }) => uri) ?? [];
    this.folders = roots.flatMap((uri) => pathOf(uri) ?? []);
    this.files.setFolders(this.folders);
    this.context = this.createContext(this.options.storage ?? defaultStorage());
    return {
      serverInfo: { name: 'hessian-lens', version },
      capabilities: {
        positionEncoding: 'utf-16',
        textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: false },
        notebookDocumentSync: {
          notebookSelector: [{ notebook: { notebookType: 'jupyter-notebook' }, cells: [{ language: 'python' }] }],
        },
        diagnosticProvider: { interFileDependencies: true, workspaceDiagnostics: false },
        codeLensProvider: { resolveProvider: true },
        hoverProvider: true,
        inlayHintProvider: { resolveProvider: false },
        codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.Source] },
        documentLinkProvider: { resolveProvider: false },
        executeCommandProvider: { commands: Object.values(serverCommands), workDoneProgress: true },
        workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
      },
    };
  }

  private async initialized(): Promise<void> {
    const { connection, client } = this;
    if (client.workspace?.workspaceFolders === true)
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        const gone = new Set(removed.map(({ uri }) => pathOf(uri)));
        this.folders = [
          ...this.folders.filter((path) => !gone.has(path)),
          ...added.flatMap(({ uri }) => pathOf(uri) ?? []),
        ];
        this.files.setFolders(this.folders);
        this.rereadAll();
      });
    if (client.workspace?.didChangeConfiguration?.dynamicRegistration === true)
      await connection.client.register(DidChangeConfigurationNotification.type, { section: 'hessianLens' });
    if (client.workspace?.didChangeWatchedFiles?.dynamicRegistration === true)
      await connection.client.register(DidChangeWatchedFilesNotification.type, {
        watchers: [{ globPattern: WATCHED }],
      });
    await this.fetchSettings();
    await this.files.scan();
    this.rereadAll();
    this.context.setStatus({ state: 'ready', text: 'Ready' });
  }

  private createContext(storage: string): ServerContext {
    const { connection, installation } = this;
    const results = new ResultStore(join(storage, 'results'), (file) => this.fingerprintNow(file));
    const choices = new Choices(join(storage, 'choices.json'));
    const analyses = new Analyses(new WorkerClient(installation.worker), results, (event) => {
      void connection.sendNotification(methods.analysisEvent, event);
      if (event.kind === 'progress')
        context.setStatus({
          state: 'analysing',
          text: `Analyzing, ${Math.round(100 * event.progress.fraction)} %`,
          detail: event.progress.stage,
        });
      if (event.kind === 'failed' && event.failure.category !== 'cancelled')
        context.setStatus({ state: 'problem', text: 'The analysis failed', detail: event.failure.message });
      else if (event.kind === 'failed' || (event.kind === 'result' && event.stored.result.complete))
        context.setStatus({ state: 'ready', text: 'Ready' });
      if (event.kind !== 'progress' && event.kind !== 'prediction') context.refresh();
    });
    const readings = new Readings(this.reader, {
      root: (unit) => this.rootOf(unit),
      overlays: () => this.documents.overlays(),
      settings: () => this.modelSettings(),
      checkpoints: (unit) => this.comparedCheckpoints(unit),
      moreWasRead: () => context.refresh(),
      report: (problem) => {
        if (problem !== undefined) connection.console.error(`reading failed: ${problem}`);
      },
    });
    const context: ServerContext = {
      connection,
      documents: this.documents,
      readings,
      results,
      analyses,
      choices,
      files: this.files,
      settings: settingsFrom(undefined),
      hasPanels: () => this.options.client === 'vscode',
      findingPages: uriOf(installation.findingPages),
      setStatus: (status: ServerStatus) => void connection.sendNotification(methods.status, status),
      refresh: () => this.refresh(),
    };
    return context;
  }

  // ── features

  private registerFeatures(): void {
    const { connection } = this;
    const view = (uri: string): View | undefined => this.documents.viewOf(uri);
    connection.languages.diagnostics.on(async ({ textDocument, previousResultId }) => {
      const seen = view(textDocument.uri);
      if (seen === undefined) return { kind: 'full', items: [] };
      const items = diagnosticsFor(this.context, seen, await this.wanted(seen));
      const resultId = textFingerprint(JSON.stringify(items)).slice(0, 16);
      return resultId === previousResultId ? { kind: 'unchanged', resultId } : { kind: 'full', resultId, items };
    });
    connection.onCodeLens(async ({ textDocument }) => {
      const seen = view(textDocument.uri);
      const reading = await freshReading(this.context, seen);
      return seen === undefined || reading === undefined ? [] : lensesFor(this.context, seen, reading);
    });
    connection.onCodeLensResolve((lens) => resolveLens(this.context, lens));
    connection.onHover(async ({ textDocument, position }) => {
      const seen = view(textDocument.uri);
      const reading = await freshReading(this.context, seen);
      return seen === undefined || reading === undefined ? null : hoverAt(this.context, seen, reading, position);
    });
    connection.languages.inlayHint.on(async ({ textDocument, range }) => {
      const seen = view(textDocument.uri);
      const read = await freshReading(this.context, seen);
      return seen === undefined || read === undefined ? [] : hintsFor(this.context, seen, read.reading, range);
    });
    connection.onCodeAction(async ({ textDocument, range, context: { diagnostics } }) => {
      const seen = view(textDocument.uri);
      const read = await freshReading(this.context, seen);
      return seen === undefined ? [] : actionsFor(this.context, seen, read?.reading, range, diagnostics);
    });
    connection.onDocumentLinks(async ({ textDocument }) => {
      const seen = view(textDocument.uri);
      const read = await freshReading(this.context, seen);
      return seen === undefined || read === undefined ? [] : linksFor(seen, read.reading);
    });
    connection.onRequest(methods.analyze, async (params: AnalyzeParams, token: CancellationToken) => {
      const progress =
        params.workDoneToken === undefined
          ? await this.ownProgress(() => this.cancelFor(params))
          : connection.window.attachWorkDoneProgress(params.workDoneToken);
      const { partialResultToken } = params;
      return analyze(this.context, params, token, progress, (stored) => {
        if (partialResultToken !== undefined)
          void connection.sendNotification('$/progress', { token: partialResultToken, value: stored });
      });
    });
    registerResultRequests(connection, this.contextView());
    registerCommands(connection, this.contextView(), (onCancel) => this.ownProgress(onCancel));
    connection.onDidChangeConfiguration(async () => {
      await this.fetchSettings();
      this.rereadAll();
    });
    connection.onDidChangeWatchedFiles(({ changes }) =>
      this.filesChanged(changes.flatMap(({ uri }) => pathOf(uri) ?? [])),
    );
  }

  /** The context is made anew when the editor says where to keep results; handlers registered before see the new one. */
  private contextView(): ServerContext {
    return new Proxy({} as ServerContext, {
      get: (_, key) => Reflect.get(this.context, key) as unknown,
      set: (_, key, value) => Reflect.set(this.context, key, value),
    });
  }

  private cancelFor({ uri, model }: AnalyzeParams): void {
    const target = this.context.analyses.active.find(
      (each) => each.target.uri === uri && (model === undefined || each.target.model === model),
    );
    if (target !== undefined) this.context.analyses.cancel(target.id);
  }

  /** A progress that the editor shows by itself, where it can. */
  private async ownProgress(onCancel: () => void): Promise<WorkDoneProgressReporter | undefined> {
    if (this.client.window?.workDoneProgress !== true) return undefined;
    const progress = await this.connection.window.createWorkDoneProgress();
    progress.token.onCancellationRequested(onCancel);
    return progress;
  }

  /** The reading of exactly this text; a superseded request tells the editor to ask again. */
  private async wanted(view: View) {
    try {
      return await this.context.readings.fresh(view.unit);
    } catch (error) {
      if (error instanceof ReadingAbandoned)
        throw new ResponseError(LSPErrorCodes.ServerCancelled, 'a newer text came', { retriggerRequest: true });
      return undefined;
    }
  }

  // ── changes

  private async fetchSettings(): Promise<void> {
    if (this.client.workspace?.configuration !== true) return;
    try {
      const given: unknown = await this.connection.workspace.getConfiguration('hessianLens');
      this.context.settings = settingsFrom(given);
    } catch {
      // An editor that has no such section keeps the defaults.
    }
  }

  private rereadAll(): void {
    this.context.readings.invalidate();
    this.refresh();
  }

  private filesChanged(paths: readonly string[]): void {
    for (const path of paths) {
      this.texts.delete(path);
      if (this.files.changed(path)) void this.offer(path);
    }
    if (paths.some((path) => !isDataName(path))) this.rereadAll();
    else this.refresh();
  }

  /** Tells the editor of a new checkpoint that fits a model of an open file. */
  private async offer(file: string): Promise<void> {
    const fits: { uri: string; model: string }[] = [];
    this.context.readings.invalidate();
    for (const unit of this.documents.units()) {
      try {
        const { reading, checkpoints } = await this.context.readings.fresh(unit);
        const [model] = reading.models;
        if (model !== undefined && checkpoints.some((each) => each.file === file && each.fit.kind === 'fits'))
          fits.push({ uri: unit.uri, model: model.name });
      } catch {
        // A unit that cannot be read now has nothing to offer.
      }
    }
    const appeared: CheckpointAppeared = { file, fits };
    if (fits.length > 0) await this.connection.sendNotification(methods.checkpointAppeared, appeared);
  }

  private refresh(): void {
    clearTimeout(this.refreshTimer);
    this.refreshTimer = setTimeout(() => {
      const { workspace } = this.client;
      if (workspace?.codeLens?.refreshSupport === true) void this.connection.sendRequest(CodeLensRefreshRequest.type);
      if (workspace?.inlayHint?.refreshSupport === true) void this.connection.languages.inlayHint.refresh();
      if (workspace?.diagnostics?.refreshSupport === true) void this.connection.languages.diagnostics.refresh();
      this.push();
    }, REFRESH_AFTER);
  }

  /** For editors that do not ask for diagnostics. */
  private push(): void {
    if (this.client.textDocument?.diagnostic !== undefined) return;
    for (const { uri } of this.documents.texts.all()) void this.pushFor(uri);
  }

  private async pushFor(uri: string): Promise<void> {
    const view = this.documents.viewOf(uri);
    if (view === undefined) return;
    try {
      const reading = await this.context.readings.fresh(view.unit);
      const now = this.documents.viewOf(uri);
      if (now?.unit.text !== view.unit.text) return;
      await this.connection.sendDiagnostics({ uri, diagnostics: diagnosticsFor(this.context, now, reading) });
    } catch {
      // Superseded: the newer text pushes its own.
    }
  }

  // ── what readings need

  private rootOf({ path, onDisk }: Unit): string {
    const folder = this.folders.find((root) => path.startsWith(root));
    return folder ?? (onDisk ? findProjectRoot(path) : dirname(path));
  }

  private modelSettings(): ModelSettings {
    const { checkpoint, data, loss, trainScript } = this.context.settings;
    return Object.fromEntries(
      Object.entries({ checkpoint, data, loss, trainScript }).filter(([, value]) => value !== ''),
    );
  }

  private comparedCheckpoints(unit: Unit): ReadingRequest['checkpoints'] {
    const found = this.files.near(unit.path, this.files.checkpoints()).slice(0, COMPARED);
    const latest = this.context.readings.latest(unit)?.reading.models[0];
    const { checkpoint: chosen } = latest === undefined ? {} : this.context.choices.of(unit.path, latest.name);
    return [
      ...(chosen === undefined ? [] : [{ file: chosen, origin: 'chosen' as const }]),
      ...found.filter((file) => file !== chosen).map((file) => ({ file, origin: 'found in the workspace' as const })),
    ];
  }

  /** Of an open document its unsaved text counts. */
  private fingerprintNow({ path, role }: InputFile): string {
    if (role === 'checkpoint' || role === 'data' || isCheckpointName(path)) return fileFingerprint(path, statSync);
    const open = this.documents.viewsOf(path)[0]?.unit.text;
    const text = open ?? readText(path);
    if (text === undefined) return 'absent';
    const known = this.texts.get(path);
    if (known?.text === text) return known.fingerprint;
    const fingerprint = textFingerprint(text);
    this.texts.set(path, { text, fingerprint });
    return fingerprint;
  }

  private dispose(): void {
    clearTimeout(this.refreshTimer);
    this.reader.dispose();
    this.context.analyses.dispose();
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
