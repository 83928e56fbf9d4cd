/** Show Log. */
import { clientCommands } from '../../../server/src/protocol/editor';
import type { Command } from '../session';

export const showLog: Command = {
  id: clientCommands.showLog,
  run: ({ log }) => {
    log.show(true);
    return Promise.resolve();
  },
};
