/** What the editor tells about settings, folders and files. */
import type { ClientCapabilities, FileEvent } from 'vscode-languageserver/node';
import { DidChangeConfigurationNotification, DidChangeWatchedFilesNotification, FileChangeType } from './lspValues';
import { methods, type CheckpointAppeared } from '../protocol/editor';
import { freshReading, type ServerContext } from './context';
import { readText } from './fingerprints';
import { pathOf } from './paths';
import { tell } from './tell';
import { isDataName } from './workspaceFiles';
import type { Workspace } from './workspace';

const WATCHED = '**/*.{py,ipynb,pt,pth,ckpt,bin,safetensors,safetensors.index.json,bin.index.json,npz,npy,csv}';

export class WorkspaceChanges {
  /** Ends once the editor has given its settings, or will not. */
  configured: Promise<void> = Promise.resolve();

  constructor(
    private readonly context: ServerContext,
    private readonly workspace: Workspace,
    private readonly client: ClientCapabilities,
  ) {}

  listen(): void {
    const { connection } = this.context;
    connection.onDidChangeConfiguration(({ settings }) => void this.configurationChanged(settings));
    connection.onDidChangeWatchedFiles(({ changes }) => this.filesChanged(changes));
  }

  /** What can only be asked for once the editor is ready. */
  async start(): Promise<void> {
    const begun = this.begin();
    this.configured = begun.catch(() => undefined);
    await begun;
    await this.scan();
  }

  private async begin(): Promise<void> {
    const { connection, files } = this.context;
    const { workspace } = this.client;
    if (workspace?.workspaceFolders === true)
      connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
        this.workspace.change(added, removed);
        files.setFolders(this.workspace.paths);
        void this.configurationChanged(undefined).then(() => this.scan());
      });
    if (workspace?.didChangeConfiguration?.dynamicRegistration === true)
      await connection.client.register(DidChangeConfigurationNotification.type, { section: 'hessianLens' });
    if (workspace?.didChangeWatchedFiles?.dynamicRegistration === true)
      await connection.client.register(DidChangeWatchedFilesNotification.type, {
        watchers: [{ globPattern: WATCHED }, { globPattern: '**/pyproject.toml' }],
      });
    if (workspace?.configuration === true && (await this.workspace.pull(connection))) this.readAgain();
  }

  /** Checkpoints that were not known are to be compared with the models. */
  private async scan(): Promise<void> {
    const { files } = this.context;
    const before = files.checkpoints().length;
    await files.scan();
    if (files.checkpoints().length !== before) this.readAgain();
  }

  private async configurationChanged(settings: unknown): Promise<void> {
    const { connection } = this.context;
    const isAnother =
      this.client.workspace?.configuration === true
        ? await this.workspace.pull(connection)
        : settings !== undefined && settings !== null && this.workspace.push(settings);
    if (isAnother) this.readAgain();
  }

  private readAgain(): void {
    this.context.readings.invalidate();
    this.context.refresh();
  }

  private filesChanged(changes: readonly FileEvent[]): void {
    const { documents, files } = this.context;
    let isRead = false;
    const appeared: string[] = [];
    for (const { uri, type } of changes) {
      const path = pathOf(uri);
      if (path === undefined) continue;
      if (files.changed(path) && type !== FileChangeType.Deleted) appeared.push(path);
      // A save brings the disk to what the open text is already.
      const [open] = documents.viewsOf(path);
      if (!isDataName(path) && (open === undefined || open.unit.text !== readText(path))) isRead = true;
    }
    if (isRead) this.readAgain();
    else this.context.refresh();
    for (const path of appeared) void this.offer(path);
  }

  /** Tells the editor of a new checkpoint that fits a model of an open file. */
  private async offer(file: string): Promise<void> {
    const { connection, documents } = this.context;
    const fits: { uri: string; model: string }[] = [];
    const units = new Map(
      documents.texts.all().flatMap(({ uri }) => {
        const view = documents.viewOf(uri);
        return view === undefined ? [] : [[view.unit.uri, uri] as const];
      }),
    );
    for (const [unit, uri] of units) {
      // What was superseded meanwhile has nothing to offer now.
      const found = await freshReading(this.context, uri, 'all models').catch(() => undefined);
      const model = found?.read.reading.models[0];
      const candidates = model === undefined ? [] : (found?.read.checkpoints[model.name] ?? []);
      const isFitting = candidates.some((each) => each.file === file && each.fit.kind === 'fits');
      if (model !== undefined && isFitting) fits.push({ uri: unit, model: model.name });
    }
    const appeared: CheckpointAppeared = { file, fits };
    if (fits.length > 0) await tell(connection, methods.checkpointAppeared, appeared);
  }
}
