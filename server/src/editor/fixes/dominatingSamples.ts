/** Brings up the samples that make most of the gradient, with their losses and classes. */
import { clientCommands } from '../../protocol/editor';
import { CodeActionKind } from '../lspValues';
import type { Fix } from './fix';

export const dominatingSamples: Fix = {
  codes: ['HL202'],
  make: ({ context, view, diagnostic, stored }) => {
    if (!context.hasPanels() || stored === undefined) return [];
    const title = 'List the samples that dominate';
    const command = {
      title,
      command: `${clientCommands.study}.samples`,
      arguments: [stored.uri === '' ? view.uri : stored.uri, stored.model],
    };
    return [{ title, kind: CodeActionKind.QuickFix, diagnostics: [diagnostic], command }];
  },
};
