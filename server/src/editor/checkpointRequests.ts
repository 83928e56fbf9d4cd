/** The requests of the checkpoint editor. */
import type { CancellationToken, Connection } from 'vscode-languageserver/node';
import {
  methods,
  type CheckpointListing,
  type CheckpointParams,
  type TensorParams,
  type TensorReport,
} from '../protocol/editor';
import type { Failure } from '../protocol/worker';
import { CheckpointClient } from './checkpointClient';
import type { KnownModel } from './checkpointMessages';
import { pathOf } from './paths';

export interface CheckpointRequestOptions {
  /** The bundled checkpointThread program. */
  readonly threadPath: string;
  /** Models that a checkpoint is compared with: those of open files, as far as they were read. */
  readonly models: () => readonly KnownModel[];
}

/** Reads what is in a checkpoint for others than the editor of checkpoints. */
export interface CheckpointReader {
  list(file: string): Promise<CheckpointListing>;
  dispose(): void;
}

/**
 * Handles `methods.checkpoint` and `methods.tensor`; both honour `$/cancelRequest`, the latter reports to its `workDoneToken`. Listing has a thread of its
 * own, so that opening a file never waits for a computation about another.
 */
export function registerCheckpointRequests(
  connection: Connection,
  { threadPath, models }: CheckpointRequestOptions,
): CheckpointReader {
  const lister = new CheckpointClient(threadPath);
  const inspector = new CheckpointClient(threadPath);
  const list = (file: string, signal?: AbortSignal): Promise<CheckpointListing> =>
    lister.list(
      { kind: 'list', file, models: models().map(({ name, place, stateKeys }) => ({ name, place, stateKeys })) },
      signal,
    );
  connection.onRequest<CheckpointListing, never>(
    methods.checkpoint,
    ({ uri }: CheckpointParams, token: CancellationToken) => {
      const file = pathOf(uri);
      if (file === undefined) return { ok: false, failure: notOnDisk(uri) };
      return list(file, signalOf(token));
    },
  );
  connection.onRequest<TensorReport, never>(
    methods.tensor,
    ({ uri, name, want, fingerprint, workDoneToken }: TensorParams, token: CancellationToken) => {
      const file = pathOf(uri);
      if (file === undefined) return { ok: false, failure: notOnDisk(uri) };
      const tell = (fraction: number): void => {
        if (workDoneToken === undefined) return;
        const value = { kind: 'report', percentage: Math.round(100 * fraction) };
        void connection.sendNotification('$/progress', { token: workDoneToken, value });
      };
      return inspector.inspect({ kind: want, file, name, fingerprint }, signalOf(token), tell);
    },
  );
  return {
    list,
    dispose() {
      lister.dispose();
      inspector.dispose();
    },
  };
}

function signalOf(token: CancellationToken): AbortSignal {
  const control = new AbortController();
  if (token.isCancellationRequested) control.abort();
  token.onCancellationRequested(() => control.abort());
  return control.signal;
}

const notOnDisk = (uri: string): Failure => ({
  category: 'input',
  message: 'Checkpoints are read from files on disk.',
  file: uri,
  hint: 'Copy the file to a local folder and open it there.',
});
