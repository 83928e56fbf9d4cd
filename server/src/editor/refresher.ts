/** Tells the editor to ask again, not more often than it helps. */
import type { ClientCapabilities, Connection } from 'vscode-languageserver/node';
import { CodeLensRefreshRequest } from './lspValues';
import { log } from './tell';

/** Milliseconds in which several reasons become one. */
const REFRESH_AFTER = 60;
/** Milliseconds between two lenses that only differ in their percentage. */
const PROGRESS_EVERY = 1000;
/** Milliseconds after which an editor that was drawing when lenses came has drawn, and takes them when it is told again. */
const DRAWN_AFTER = 1500;

export class Refresher {
  private timer: NodeJS.Timeout | undefined;
  private lensTimer: NodeJS.Timeout | undefined;
  private againTimer: NodeJS.Timeout | undefined;

  /** `push`: called where the editor does not ask for diagnostics. */
  constructor(
    private readonly connection: Connection,
    private readonly client: ClientCapabilities,
    private readonly push: () => void,
  ) {}

  /** Lenses, hints and diagnostics. */
  everything(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const { workspace } = this.client;
      this.lenses();
      if (workspace?.inlayHint?.refreshSupport === true) this.ask(() => this.connection.languages.inlayHint.refresh());
      if (workspace?.diagnostics?.refreshSupport === true)
        this.ask(() => this.connection.languages.diagnostics.refresh());
      this.push();
    }, REFRESH_AFTER);
  }

  /** For a percentage that grows. */
  progress(): void {
    this.lensTimer ??= setTimeout(() => {
      this.lensTimer = undefined;
      this.lenses();
    }, PROGRESS_EVERY);
  }

  /**
   * Everything, and the lenses once more a little later. For what nothing follows on: VS Code resolves a lens only while it is drawn,
   * and may else show an earlier text until the next edit.
   */
  lastly(): void {
    this.everything();
    clearTimeout(this.againTimer);
    this.againTimer = setTimeout(() => this.lenses(), DRAWN_AFTER);
  }

  dispose(): void {
    clearTimeout(this.againTimer);
    clearTimeout(this.timer);
    clearTimeout(this.lensTimer);
  }

  private lenses(): void {
    if (this.client.workspace?.codeLens?.refreshSupport === true)
      this.ask(() => this.connection.sendRequest(CodeLensRefreshRequest.type));
  }

  /** An editor that refuses, or is gone, keeps what it has. */
  private ask(request: () => Promise<unknown>): void {
    void (async () => {
      try {
        await request();
      } catch (error) {
        log(this.connection, 'warn', `refresh: ${String(error)}`);
      }
    })();
  }
}
