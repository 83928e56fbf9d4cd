/** What the client asks the language server, with the types of questions and answers. */
import * as vscode from 'vscode';
import { methods } from '../../server/src/protocol/editor';
import type {
  AnalyzeParams,
  AnalyzeReply,
  CancelParams,
  Candidates,
  CandidatesParams,
  CheckpointListing,
  CheckpointParams,
  ChooseParams,
  ExportParams,
  Models,
  ModelsParams,
  ResultParams,
  ResultSummary,
  StoredResult,
  TensorParams,
  TensorReport,
} from '../../server/src/protocol/editor';
import type { LanguageServer } from './languageServer';

type Nothing = Record<string, never>;

interface Requests {
  readonly analyze: { readonly params: AnalyzeParams; readonly reply: AnalyzeReply };
  readonly result: { readonly params: ResultParams; readonly reply: StoredResult | null };
  readonly results: { readonly params: Nothing; readonly reply: readonly ResultSummary[] };
  readonly cancel: { readonly params: CancelParams; readonly reply: boolean };
  readonly models: { readonly params: ModelsParams; readonly reply: Models };
  readonly candidates: { readonly params: CandidatesParams; readonly reply: Candidates };
  readonly choose: { readonly params: ChooseParams; readonly reply: null };
  readonly export: { readonly params: ExportParams; readonly reply: string };
  readonly checkpoint: { readonly params: CheckpointParams; readonly reply: CheckpointListing };
  readonly tensor: { readonly params: TensorParams; readonly reply: TensorReport };
  readonly clearCache: { readonly params: Nothing; readonly reply: number };
}

/** Asks the server. Rejects when it is down or ends first, or with `RequestCancelled` after `token`. */
export async function ask<Name extends keyof Requests>(
  server: LanguageServer,
  name: Name,
  params: Requests[Name]['params'],
  token?: vscode.CancellationToken,
): Promise<Requests[Name]['reply']> {
  if (server.isDown) throw new Error(vscode.l10n.t('The language server is not running. Restart it.'));
  // An argument that is there counts as a parameter, even undefined.
  const rest = token === undefined ? [] : [token];
  return server.client.sendRequest<Requests[Name]['reply']>(methods[name], params, ...rest);
}
