/** Show Spectrum: the panel of a model. */
import { clientCommands } from '../../../server/src/protocol/editor';
import type { Command } from '../session';
import { chooseTarget } from '../target';

export const showSpectrum: Command = {
  id: clientCommands.showSpectrum,
  async run(session, ...args) {
    const target = await chooseTarget(session, args);
    if (target !== undefined) await session.panels.show(target.uri.toString(), target.model);
  },
};
