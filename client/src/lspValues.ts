/**
 * The values (not types) of the protocol library that the client uses. They are taken over in this one file, because every
 * file that imports the library copies its several hundred exports when the extension is loaded.
 */
export {
  CloseAction,
  ErrorAction,
  LSPErrorCodes,
  LanguageClient,
  ResponseError,
  RevealOutputChannelOn,
  State,
  TransportKind,
  WorkDoneProgress,
} from 'vscode-languageclient/node';
