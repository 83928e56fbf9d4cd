/** Restart Server. Kept results outlive it. */
import { clientCommands } from '../../../server/src/protocol/editor';
import type { Command } from '../session';

export const restartServer: Command = {
  id: clientCommands.restartServer,
  run: ({ server }) => server.restart(),
};
