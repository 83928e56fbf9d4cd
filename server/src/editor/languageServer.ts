/** Puts the language server together: what it can do, what it keeps, and how its parts hear of changes. */
import { existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  CancellationToken,
  ClientCapabilities,
  Connection,
  InitializeParams,
  InitializeResult,
  ProgressToken,
  WorkDoneProgressReporter,
  WorkspaceFolder,
} from 'vscode-languageserver/node';
import { CodeActionKind, TextDocumentSyncKind } from './lspValues';
import { version } from '../cli/version';
import {
  methods,
  serverCommands,
  type AnalysisEvent,
  type AnalyzeParams,
  type InitializationOptions,
} from '../protocol/editor';
import { ReadingClient } from '../reading/readingClient';
import type { ReadingRequest } from '../reading/readingRequest';
import { WorkerClient } from '../worker/workerClient';
import { Analyses } from './analyses';
import { analyze } from './analyzeRequests';
import type { KnownModel } from './checkpointMessages';
import { registerCheckpointRequests, type CheckpointReader } from './checkpointRequests';
import { Choices } from './choices';
import { registerCommands } from './commands';
import type { ServerContext } from './context';
import { Documents, type Unit } from './documents';
import { registerFeatures } from './features';
import { Fingerprints } from './fingerprints';
import { uriOf } from './paths';
import { PushDiagnostics } from './pushDiagnostics';
import { Readings } from './readings';
import { Reevaluations } from './reevaluations';
import { Refresher } from './refresher';
import { registerChoiceRequests } from './choiceRequests';
import { registerResultRequests } from './resultRequests';
import { ResultStore } from './resultStore';
import { StalenessEvents } from './stalenessEvents';
import { StatusLine } from './statusLine';
import { log, tell } from './tell';
import { Workspace } from './workspace';
import { WorkspaceChanges } from './workspaceChanges';
import { WorkspaceFiles } from './workspaceFiles';

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

const defaultStorage = (): string =>
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'hessian-lens', 'editor');

const capabilities: InitializeResult['capabilities'] = {
  positionEncoding: 'utf-16',
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: false },
  notebookDocumentSync: {
    notebookSelector: [{ notebook: { notebookType: 'jupyter-notebook' }, cells: [{ language: 'python' }] }],
  },
  diagnosticProvider: { identifier: 'hessian-lens', interFileDependencies: true, workspaceDiagnostics: false },
  codeLensProvider: { resolveProvider: true },
  hoverProvider: true,
  inlayHintProvider: { resolveProvider: false },
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, CodeActionKind.Source] },
  documentLinkProvider: { resolveProvider: false },
  executeCommandProvider: { commands: Object.values(serverCommands), workDoneProgress: true },
  workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
};

/** Serves one editor over `connection` until it ends. */
export function startLanguageServer(connection: Connection, installation: Installation): void {
  const workspace = new Workspace();
  // Documents may only be listened to before the editor speaks.
  const documents = new Documents(() => workspace.paths[0] ?? tmpdir());
  let server: LanguageServer | undefined;
  connection.onInitialize((params) => {
    server = new LanguageServer(connection, installation, workspace, documents, params);
    return { serverInfo: { name: 'hessian-lens', version }, capabilities };
  });
  connection.onInitialized(() => void server?.start());
  connection.onShutdown(() => server?.dispose());
  connection.onExit(() => server?.dispose());
  documents.listen(connection);
  connection.listen();
}

/** Of an analysis: results before it are parts. */
const isEnd = (event: AnalysisEvent): boolean =>
  event.kind === 'failed' || (event.kind === 'result' && event.stored.result.complete);

class LanguageServer {
  private readonly context: ServerContext;
  private readonly reader: ReadingClient;
  private readonly client: ClientCapabilities;
  private readonly refresher: Refresher;
  private readonly status: StatusLine;
  private readonly staleness: StalenessEvents;
  private readonly pushed: PushDiagnostics;
  private readonly changes: WorkspaceChanges;
  private readonly checkpoints: CheckpointReader;

  constructor(
    private readonly connection: Connection,
    installation: Installation,
    private readonly workspace: Workspace,
    private readonly documents: Documents,
    params: InitializeParams,
  ) {
    const options = (params.initializationOptions ?? {}) as InitializationOptions;
    this.client = params.capabilities;
    workspace.change(foldersOf(params));
    this.reader = new ReadingClient(installation.readingThread);
    this.status = new StatusLine(connection, () => this.context.analyses.active);
    this.refresher = new Refresher(connection, this.client, () => this.push());
    this.context = this.createContext(installation, options);
    this.staleness = new StalenessEvents(
      this.context.results,
      (event) => this.tell(event),
      () => this.refresher.everything(),
    );
    this.pushed = new PushDiagnostics(this.context);
    this.changes = new WorkspaceChanges(this.context, workspace, this.client);
    this.register();
    this.checkpoints = registerCheckpointRequests(connection, {
      threadPath: installation.checkpointThread,
      models: () => this.knownModels(),
    });
  }

  async start(): Promise<void> {
    this.status.update();
    try {
      await this.changes.start();
    } catch (error) {
      log(this.connection, 'warn', `the editor refused: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  dispose(): void {
    this.refresher.dispose();
    this.staleness.dispose();
    this.context.readings.dispose();
    this.reader.dispose();
    this.context.analyses.dispose();
    this.checkpoints.dispose();
  }

  private createContext(installation: Installation, options: InitializationOptions): ServerContext {
    const { connection, documents, workspace } = this;
    const storage = options.storage ?? defaultStorage();
    const files = new WorkspaceFiles(workspace.paths);
    const choices = new Choices(join(storage, 'choices.json'));
    const fingerprints = new Fingerprints((path) => documents.viewsOf(path)[0]?.unit.text);
    const results = new ResultStore(
      join(storage, 'results'),
      (file) => fingerprints.of(file),
      (path, model) => choices.of(path, model),
    );
    const analyses = new Analyses(new WorkerClient(installation.worker), results, (event) => this.happened(event));
    const reevaluations = new Reevaluations(
      results,
      (file) => fingerprints.of(file),
      (stored) => {
        this.tell({ kind: 'reevaluated', stored });
        this.refresher.everything();
      },
    );
    const readings = new Readings(this.reader, {
      root: (unit) => workspace.rootOf(unit),
      overlays: () => documents.overlays(),
      beside: (unit) => documents.versionsBeside(unit.uri),
      settings: (unit) => workspace.modelSettings(unit),
      checkpoints: (unit) => this.comparedCheckpoints(unit),
      moreWasRead: () => this.refresher.everything(),
      wasRead: (unit, { reading }) => reevaluations.update(unit, reading),
      report: (problem) => {
        this.status.reading(problem);
        if (problem !== undefined) log(connection, 'error', `reading failed: ${problem}`);
      },
    });
    return {
      connection,
      documents,
      readings,
      results,
      analyses,
      choices,
      files,
      configured: () => this.changes.configured,
      get settings() {
        return workspace.settings;
      },
      modelSettings: (unit) => workspace.modelSettings(unit),
      hasPanels: () => options.client === 'vscode',
      findingPage: (code) => {
        const page = join(installation.findingPages, `${code}.md`);
        return existsSync(page) ? uriOf(page) : undefined;
      },
      listCheckpoint: (file) => this.checkpoints.list(file),
      refresh: () => {
        this.refresher.everything();
        this.staleness.checkSoon();
      },
    };
  }

  private register(): void {
    const { connection, context, documents } = this;
    documents.texts.onDidChangeContent(() => {
      this.push();
      this.staleness.checkSoon();
    });
    documents.texts.onDidClose(({ document: { uri } }) => {
      context.readings.forget(uri);
      if (this.client.textDocument?.diagnostic === undefined) this.pushed.closed(uri);
      this.staleness.checkSoon();
    });
    documents.notebooks.onDidClose(({ uri }) => context.readings.forget(uri));
    registerFeatures(context);
    registerResultRequests(context);
    registerChoiceRequests(context);
    registerCommands(context, (token, onCancel) => this.progressFor(token, onCancel));
    connection.onRequest(methods.analyze, (params: AnalyzeParams, token: CancellationToken) =>
      this.analyze(params, token),
    );
    this.changes.listen();
  }

  private async analyze(params: AnalyzeParams, token: CancellationToken) {
    const { workDoneToken, partialResultToken } = params;
    const cancelled = new AbortController();
    token.onCancellationRequested(() => cancelled.abort());
    const progress = await this.progressFor(workDoneToken, () => cancelled.abort());
    return analyze(this.context, params, cancelled.signal, progress, (stored) => {
      if (partialResultToken !== undefined)
        void tell(this.connection, '$/progress', { token: partialResultToken, value: stored });
    });
  }

  /** The progress that a request brings, else one that the editor shows by itself, where it can. */
  private async progressFor(
    given: ProgressToken | undefined,
    onCancel: () => void,
  ): Promise<WorkDoneProgressReporter | undefined> {
    const { window } = this.connection;
    if (given !== undefined) return window.attachWorkDoneProgress(given);
    if (this.client.window?.workDoneProgress !== true) return undefined;
    try {
      const progress = await window.createWorkDoneProgress();
      progress.token.onCancellationRequested(onCancel);
      return progress;
    } catch (error) {
      log(this.connection, 'warn', `the editor shows no progress: ${String(error)}`);
      return undefined;
    }
  }

  private happened(event: AnalysisEvent): void {
    this.tell(event);
    if (event.kind === 'started') this.status.started();
    else if (event.kind === 'failed') this.status.failed(event.failure);
    else this.status.update();
    if (event.kind === 'progress') this.refresher.progress();
    else if (isEnd(event)) this.refresher.lastly();
    else if (event.kind !== 'prediction') this.refresher.everything();
  }

  private tell(event: AnalysisEvent): void {
    void tell(this.connection, methods.analysisEvent, event);
  }

  private push(): void {
    if (this.client.textDocument?.diagnostic === undefined) this.pushed.all();
  }

  private knownModels(): KnownModel[] {
    return this.documents.units().flatMap((unit) => this.context.readings.latest(unit)?.reading.models ?? []);
  }

  private comparedCheckpoints(unit: Unit): ReadingRequest['checkpoints'] {
    const { files, choices, readings } = this.context;
    const found = files.near(unit.path, files.checkpoints()).slice(0, COMPARED);
    const latest = readings.latest(unit)?.reading.models[0];
    const { checkpoint: chosen } = latest === undefined ? {} : choices.of(unit.path, latest.name);
    return [
      ...(chosen === undefined ? [] : [{ file: chosen, origin: 'chosen' as const }]),
      ...found.filter((file) => file !== chosen).map((file) => ({ file, origin: 'found in the workspace' as const })),
    ];
  }
}

/** Editors that know no folders give one root. */
function foldersOf({ workspaceFolders, ...params }: InitializeParams): WorkspaceFolder[] {
  const { rootUri } = params as { readonly rootUri?: string | null };
  return workspaceFolders ?? (rootUri ? [{ uri: rootUri, name: 'root' }] : []);
}
