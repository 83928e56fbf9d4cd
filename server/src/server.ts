/** The language server as a program: over IPC (`--node-ipc`) for VS Code, over `--stdio` for any editor. */
import { join } from 'node:path';
import { createConnection, ProposedFeatures } from './editor/lspValues';
import { startLanguageServer } from './editor/languageServer';
import { log } from './editor/tell';

const connection = createConnection(ProposedFeatures.all);

// A fault in one request must not take the others with it.
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (error: unknown) =>
    log(
      connection,
      'error',
      `internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    ),
  );

startLanguageServer(connection, {
  readingThread: join(__dirname, 'readingThread.js'),
  checkpointThread: join(__dirname, 'checkpointThread.js'),
  worker: join(__dirname, 'worker.js'),
  findingPages: join(__dirname, '..', 'docs', 'findings'),
});
