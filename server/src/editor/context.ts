/** What the capabilities of the language server share. */
import type { Connection } from 'vscode-languageserver/node';
import type { EditorSettings, ServerStatus } from '../protocol/editor';
import type { Reading } from '../reading/readFile';
import type { Analyses } from './analyses';
import type { Choices } from './choices';
import type { Documents, View } from './documents';
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
  /** As the editor's configuration has them now. */
  settings: EditorSettings;
  /** Whether the VS Code client is on the other side: it has commands and panels of its own. */
  readonly hasPanels: () => boolean;
  /** Where the pages of findings are, as a URI without the file's name. */
  readonly findingPages: string;
  readonly setStatus: (status: ServerStatus) => void;
  /** Lenses, hints and diagnostics of every open document are to be asked for again. */
  readonly refresh: () => void;
}

/** The reading of a view's text as it is now; undefined when a newer text came meanwhile, or there is none. */
export async function freshReading(context: ServerContext, view: View | undefined): Promise<Reading | undefined> {
  if (view === undefined) return undefined;
  try {
    return await context.readings.fresh(view.unit);
  } catch {
    return context.readings.latest(view.unit);
  }
}
