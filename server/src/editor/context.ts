/** What the capabilities of the language server share. */
import type { Connection } from 'vscode-languageserver/node';
import { LSPErrorCodes, ResponseError } from './lspValues';
import type { ModelSettings } from '../project/settings';
import type { CheckpointListing, EditorSettings } from '../protocol/editor';
import type { Reading } from '../reading/readFile';
import { ReadingAbandoned } from '../reading/readingClient';
import type { Analyses } from './analyses';
import type { Choices } from './choices';
import type { Documents, Unit, View } from './documents';
import type { Readings } from './readings';
import type { ResultStore } from './resultStore';
import type { WorkspaceFiles } from './workspaceFiles';

export interface ServerContext {
  readonly connection: Connection;
  readonly documents: Documents;
  readonly readings: Readings;
  readonly results: ResultStore;
  readonly analyses: Analyses;
  readonly choices: Choices;
  readonly files: WorkspaceFiles;
  /** Ends once the editor has given its settings, or will not. */
  readonly configured: () => Promise<void>;
  /** As the editor's configuration has them now. */
  readonly settings: EditorSettings;
  /** What the settings of the unit's folder say about its models; paths are absolute. */
  readonly modelSettings: (unit: Unit) => ModelSettings;
  /** Whether the VS Code client is on the other side: it has commands and panels of its own. */
  readonly hasPanels: () => boolean;
  /** The page of a finding, as a URI; undefined if there is none. */
  readonly findingPage: (code: string) => string | undefined;
  /** What is in a checkpoint, and which models of open files it fits. */
  readonly listCheckpoint: (file: string) => Promise<CheckpointListing>;
  /** Lenses, hints and diagnostics of every open document are to be asked for again. */
  readonly refresh: () => void;
}

export interface Read {
  /** The document with the text that was read. */
  readonly view: View;
  readonly read: Reading;
}

/**
 * The reading of a document's text as it is now; of a long file its first models come early. Undefined when it is not open or could not be read. Throws what the editor is
 * to be answered when a newer text came meanwhile: whatever is said about the earlier one would be in the wrong places.
 */
export async function freshReading(
  context: ServerContext,
  uri: string,
  wanted: 'first models' | 'all models' = 'first models',
): Promise<Read | undefined> {
  const view = context.documents.viewOf(uri);
  if (view === undefined) return undefined;
  for (let unreadBefore = Infinity; ;) {
    const read = await context.readings.fresh(view.unit).catch((error: unknown) => {
      if (!(error instanceof ReadingAbandoned)) return undefined;
      return 'abandoned' as const;
    });
    if (context.documents.viewOf(uri)?.unit.text !== view.unit.text)
      throw new ResponseError(LSPErrorCodes.ContentModified, 'the text changed meanwhile');
    // Abandoned though the text is the same: something else that it depends on changed.
    if (read === 'abandoned') continue;
    if (read === undefined) return undefined;
    const { unread } = read.reading;
    if (wanted === 'first models' || unread === 0 || unread >= unreadBefore) return { view, read };
    unreadBefore = unread;
    // The rest is read after the first models were answered.
    await new Promise(setImmediate);
  }
}
