/** The standard requests about a document, each answered from the reading of its text as it is now. */
import { LSPErrorCodes, ResponseError } from './lspValues';
import { textFingerprint } from '../project/fingerprint';
import type { Reading } from '../reading/readFile';
import { actionsFor } from './codeActions';
import { lensesFor, resolveLens } from './codeLens';
import { freshReading, type Read, type ServerContext } from './context';
import { diagnosticsFor } from './diagnostics';
import { linksFor } from './documentLinks';
import type { View } from './documents';
import { hoverAt } from './hover';
import { hintsFor } from './inlayHints';

export function registerFeatures(context: ServerContext): void {
  const { connection } = context;
  const answer = async <T>(uri: string, none: T, from: (view: View, read: Reading) => T | Promise<T>): Promise<T> => {
    const found = await freshReading(context, uri);
    return found === undefined ? none : from(found.view, found.read);
  };
  connection.languages.diagnostics.on(async ({ textDocument: { uri }, previousResultId }) => {
    const found = await freshReading(context, uri, 'all models').catch(askAgain);
    const view = found?.view ?? context.documents.viewOf(uri);
    const items = view === undefined ? [] : diagnosticsFor(context, view, found?.read);
    const resultId = textFingerprint(JSON.stringify(items)).slice(0, 16);
    return resultId === previousResultId ? { kind: 'unchanged', resultId } : { kind: 'full', resultId, items };
  });
  connection.onCodeLens(({ textDocument: { uri } }) => answer(uri, [], (view, read) => lensesFor(context, view, read)));
  connection.onCodeLensResolve((lens) => resolveLens(context, lens));
  connection.onHover(({ textDocument: { uri }, position }) =>
    answer(uri, null, (view, read) => hoverAt(context, view, read, position)),
  );
  connection.languages.inlayHint.on(({ textDocument: { uri }, range }) =>
    answer(uri, [], (view, { reading }) => hintsFor(context, view, reading, range)),
  );
  connection.onCodeAction(({ textDocument: { uri }, range, context: { diagnostics } }) =>
    answer(uri, [], (view, { reading }) => actionsFor(context, view, reading, range, diagnostics)),
  );
  connection.onDocumentLinks(({ textDocument: { uri } }) =>
    answer(uri, [], (view, { reading }) => linksFor(view, reading)),
  );
}

/** Diagnostics of a superseded text: the editor is to ask for those of the newer one. */
function askAgain(error: unknown): Read | undefined {
  if (error instanceof ResponseError)
    throw new ResponseError(LSPErrorCodes.ServerCancelled, error.message, { retriggerRequest: true });
  throw error;
}
