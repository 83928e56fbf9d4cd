/**
 * The values (not types) of the protocol library that the server uses. They are taken over in this one file, because every
 * file that imports the library copies its several hundred exports when the server starts.
 */
export {
  CodeActionKind,
  CodeLensRefreshRequest,
  DiagnosticSeverity,
  DiagnosticTag,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  FileChangeType,
  InlayHintKind,
  LSPErrorCodes,
  MarkupKind,
  NotebookDocuments,
  ProposedFeatures,
  ResponseError,
  TextDocumentSyncKind,
  TextDocuments,
  createConnection,
} from 'vscode-languageserver/node';
