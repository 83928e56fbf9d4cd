/** Another checkpoint for a model whose own does not fit or is damaged. */
import { clientCommands } from '../../protocol/editor';
import { CodeActionKind } from '../lspValues';
import type { Fix } from './fix';

export const otherCheckpoint: Fix = {
  codes: ['HL402', 'HL403'],
  make: ({ context, view, reading, diagnostic }) => {
    const [model] = reading?.models ?? [];
    if (!context.hasPanels() || model === undefined) return [];
    const title = 'Choose another checkpoint';
    const command = { title, command: clientCommands.chooseCheckpoint, arguments: [view.uri, model.name] };
    return [{ title, kind: CodeActionKind.QuickFix, diagnostics: [diagnostic], command }];
  },
};
