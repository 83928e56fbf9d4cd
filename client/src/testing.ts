/** What the extension gives to whoever activates it: enough to wait for it and to see what it was told. */
import type { AnalysisEvent } from '../../server/src/protocol/editor';
import type { Session } from './session';

/** Events kept. */
const KEPT = 200;

export interface ExtensionApi {
  /** Settles when the language server answers; rejects when it could not start. */
  readonly ready: Promise<void>;
  /** Milliseconds that activation took until the editor was given back. */
  readonly activationMilliseconds: number;
  /** Process id of the language server, while it runs. */
  readonly serverProcess: () => number | undefined;
  /** The last events of analyses, oldest first. */
  readonly events: () => readonly AnalysisEvent[];
}

export function extensionApi(session: Session, ready: Promise<void>, startedAt: number): ExtensionApi {
  const kept: AnalysisEvent[] = [];
  session.context.subscriptions.push(
    session.analyses.onEvent((event) => {
      kept.push(event);
      if (kept.length > KEPT) kept.shift();
    }),
  );
  return {
    ready,
    activationMilliseconds: performance.now() - startedAt,
    serverProcess: () => session.server.client.serverProcess?.pid,
    events: () => [...kept],
  };
}
