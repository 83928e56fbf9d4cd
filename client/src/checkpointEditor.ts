/** The checkpoint editor: read-only, for files of any size. The language server reads ranges of the file; nothing here holds its content. */
import { posix } from 'node:path';
import * as vscode from 'vscode';
import { WorkDoneProgress } from './lspValues';
import { clientCommands, type CheckpointListing, type TensorReport } from '../../server/src/protocol/editor';
import type { FromCheckpointPanel, ToCheckpointPanel } from '../../server/src/protocol/panels';
import type { Failure } from '../../server/src/protocol/worker';
import { checkpointViews } from './checkpointViews';
import { readDocuments } from './languageServer';
import { panelOptions, panelPage } from './panels/panelPage';
import { saveExport } from './panels/saveExport';
import { ask } from './requests';
import type { Session } from './session';

const VIEW_BUNDLE = 'checkpointPanel';
/** Milliseconds without a further change after which a file counts as written. */
const SETTLED_AFTER = 300;

/** Serves both names of the editor. */
export function registerCheckpointEditor(session: Session): vscode.Disposable {
  const provider: vscode.CustomReadonlyEditorProvider = {
    openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
    resolveCustomEditor: ({ uri }, panel) => {
      const editor = new CheckpointEditor(uri, panel, session);
      panel.onDidDispose(() => editor.dispose());
    },
  };
  const options = { supportsMultipleEditorsPerDocument: true };
  return vscode.Disposable.from(
    ...Object.values(checkpointViews).map((viewType) =>
      vscode.window.registerCustomEditorProvider(viewType, provider, options),
    ),
  );
}

type Inspection = Pick<FromCheckpointPanel & { kind: 'inspect' }, 'name' | 'want'>;

const keyOf = ({ name, want }: Inspection): string => `${want} ${name}`;

/** One page that shows one file. */
class CheckpointEditor implements vscode.Disposable {
  private readonly subscriptions: { dispose(): unknown }[] = [];
  private readonly inspections = new Map<string, vscode.CancellationTokenSource>();
  private loading: vscode.CancellationTokenSource | undefined;
  private fingerprint: string | undefined;
  private failed = false;
  private settling: NodeJS.Timeout | undefined;
  private inspectionsMade = 0;

  constructor(
    private readonly uri: vscode.Uri,
    private readonly panel: vscode.WebviewPanel,
    private readonly session: Session,
  ) {
    const { webview } = panel;
    const { extensionUri } = session.context;
    webview.options = panelOptions(extensionUri);
    const watcher = vscode.workspace.createFileSystemWatcher(patternOf(uri));
    this.subscriptions.push(
      webview.onDidReceiveMessage((message: FromCheckpointPanel) => void this.receive(message)),
      watcher,
      watcher.onDidChange(() => this.changed(true)),
      watcher.onDidCreate(() => this.changed(true)),
      watcher.onDidDelete(() => this.changed(false)),
      session.server.client.onDidChangeState(() => {
        // A server that comes back can do what the last one could not.
        if (session.server.running && this.failed) void this.load();
      }),
    );
    webview.html = panelPage(webview, extensionUri, VIEW_BUNDLE, posix.basename(uri.path));
  }

  dispose(): void {
    clearTimeout(this.settling);
    this.loading?.cancel();
    for (const source of this.inspections.values()) source.cancel();
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private post(message: ToCheckpointPanel): void {
    void this.panel.webview.postMessage(message);
  }

  private async receive(message: FromCheckpointPanel): Promise<void> {
    switch (message.kind) {
      case 'ready':
      case 'reload':
        return this.load();
      case 'inspect':
        return this.inspect(message);
      case 'abandon':
        this.inspections.get(keyOf(message))?.cancel();
        return;
      case 'analyze':
        await vscode.commands.executeCommand(clientCommands.analyze, this.uri, message.model);
        return;
      case 'copy':
        await vscode.env.clipboard.writeText(message.text);
        vscode.window.setStatusBarMessage(vscode.l10n.t('Copied {0}', message.text), 3_000);
        return;
      case 'save':
        return this.save(message);
    }
  }

  private async load(): Promise<void> {
    this.loading?.cancel();
    const source = new vscode.CancellationTokenSource();
    this.loading = source;
    const listing = await this.list(source.token);
    if (this.loading !== source) return;
    this.failed = !listing.ok;
    this.fingerprint = listing.ok ? listing.fingerprint : undefined;
    this.post({ kind: 'listing', listing });
    if (listing.ok) await this.compareAgain(listing, source.token);
  }

  /** Open files may still be read while the checkpoint opens; once they are, it is compared with their models. */
  private async compareAgain(
    { fits, fingerprint }: CheckpointListing & { ok: true },
    token: vscode.CancellationToken,
  ): Promise<void> {
    const documents = vscode.workspace.textDocuments.filter(
      (document) => vscode.languages.match(readDocuments, document) > 0,
    );
    if (documents.length === 0) return;
    const readings = documents.map(({ uri }) => ask(this.session.server, 'models', { uri: uri.toString() }, token));
    await Promise.allSettled(readings);
    const listing = await this.list(token);
    const isNews = listing.ok && listing.fingerprint === fingerprint && listing.fits.join() !== fits.join();
    if (isNews && fingerprint === this.fingerprint) this.post({ kind: 'listing', listing });
  }

  private async list(token: vscode.CancellationToken): Promise<CheckpointListing> {
    try {
      return await ask(this.session.server, 'checkpoint', { uri: this.uri.toString() }, token);
    } catch (error) {
      return { ok: false, failure: this.failureOf(error) };
    }
  }

  private async inspect({ name, want }: Inspection): Promise<void> {
    const key = keyOf({ name, want });
    if (this.inspections.has(key)) return;
    const source = new vscode.CancellationTokenSource();
    this.inspections.set(key, source);
    const report = await this.report({ name, want }, source.token);
    this.inspections.delete(key);
    source.dispose();
    this.post({ kind: 'tensor', name, want, report });
  }

  private async report({ name, want }: Inspection, token: vscode.CancellationToken): Promise<TensorReport> {
    const { server } = this.session;
    const workDoneToken = `hessianLens.checkpoint/${process.pid}/${this.uri.toString()}/${(this.inspectionsMade += 1)}`;
    const progress = server.client.onProgress(WorkDoneProgress.type, workDoneToken, (value) => {
      if (value.kind === 'report' && value.percentage !== undefined)
        this.post({ kind: 'progress', name, want, fraction: value.percentage / 100 });
    });
    try {
      const known = this.fingerprint === undefined ? {} : { fingerprint: this.fingerprint };
      return await ask(server, 'tensor', { uri: this.uri.toString(), name, want, workDoneToken, ...known }, token);
    } catch (error) {
      if (token.isCancellationRequested)
        return { ok: false, failure: { category: 'cancelled', message: vscode.l10n.t('Cancelled.') } };
      return { ok: false, failure: this.failureOf(error) };
    } finally {
      progress.dispose();
    }
  }

  private failureOf(error: unknown): Failure {
    const message = error instanceof Error ? error.message : String(error);
    this.session.log.error(`${this.uri.path}: ${message}`);
    return { category: 'internal', message, hint: vscode.l10n.t('Try again; the log of Hessian Lens says more.') };
  }

  private async save(message: FromCheckpointPanel & { kind: 'save' }): Promise<void> {
    try {
      const written = await saveExport(message, this.uri);
      if (written !== undefined)
        vscode.window.setStatusBarMessage(vscode.l10n.t('Exported {0}', posix.basename(written.path)), 5_000);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      void vscode.window.showErrorMessage(vscode.l10n.t('The file was not written: {0}', reason));
    }
  }

  /** Writers change a file many times in a row; the page hears of the last. */
  private changed(exists: boolean): void {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.post({ kind: 'changed', exists }), SETTLED_AFTER);
  }
}

/** Exactly this file, whatever characters its name has. */
const patternOf = (uri: vscode.Uri): vscode.RelativePattern =>
  new vscode.RelativePattern(
    vscode.Uri.joinPath(uri, '..'),
    posix.basename(uri.path).replace(/[*?{}[\]]/g, (character) => `[${character}]`),
  );
