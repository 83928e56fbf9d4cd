/** Open documents as units that are read together: a file is one, and so are all cells of a notebook. */
import type { Connection, NotebookDocument, Position, Range } from 'vscode-languageserver/node';
import { NotebookDocuments, TextDocuments } from './lspValues';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { modelFileFormat } from '../frontend/modelFileNames';
import { pathOf, standInPath } from './paths';
import { usesTensorFlowJs } from '../javascript/isJavaScript';

/** What is read as one source text. */
export interface Unit {
  /** Of the document or the notebook. */
  readonly uri: string;
  /** Absolute; of an unsaved document a name that stands for it. */
  readonly path: string;
  readonly text: string;
  /** Whether `path` is a file that the editor opened, not a stand-in. */
  readonly onDisk: boolean;
}

/** A document as a stretch of lines of its unit. */
export interface View {
  readonly uri: string;
  readonly unit: Unit;
  /** Line of the unit on which this document starts, from 0. */
  readonly firstLine: number;
  readonly lineCount: number;
  readonly document: TextDocument;
}

/** IPython's own lines are no Python; a cell that starts with `%%` is wholly another language's. */
const withoutMagics = (text: string): string =>
  /^\s*%%(?!time|capture|prun)/.test(text)
    ? text.replace(/[^\r\n]+/g, '')
    : text.replace(/^[ \t]*(%[%a-zA-Z]|[!?]).*$/gm, '');

const lineCountOf = (text: string): number => text.split('\n').length;

/** Larger texts are data. */
const LARGEST_TEXT = 4 * 2 ** 20;

export class Documents {
  readonly texts = new TextDocuments(TextDocument);
  readonly notebooks = new NotebookDocuments(this.texts);

  /** `folderOf`: where an unsaved document looks for its imports. */
  constructor(private readonly folderOf: (uri: string) => string) {}

  listen(connection: Connection): void {
    this.texts.listen(connection);
    this.notebooks.listen(connection);
  }

  /** Undefined for documents that are not open, not Python, or too large to be code. */
  viewOf(uri: string): View | undefined {
    const document = this.texts.get(uri);
    if (document === undefined || !isRead(document)) return undefined;
    const notebook = this.notebooks.findNotebookDocumentForCell(uri);
    if (notebook !== undefined) return this.cellView(document, notebook);
    const text = document.getText();
    if (text.length > LARGEST_TEXT) return undefined;
    return { uri, unit: this.unit(document, text), firstLine: 0, lineCount: document.lineCount, document };
  }

  /** Every unit with an open document. */
  units(): Unit[] {
    const units = new Map<string, Unit>();
    for (const { uri } of this.texts.all()) {
      const unit = this.viewOf(uri)?.unit;
      if (unit !== undefined) units.set(unit.uri, unit);
    }
    return [...units.values()];
  }

  /** Changes whenever an open document other than those of a unit changes, opens or closes. */
  versionsBeside(unitUri: string): string {
    return this.texts
      .all()
      .filter((document) => isRead(document) && this.unitUriOf(document.uri) !== unitUri)
      .map(({ uri, version }) => `${uri} ${version}`)
      .join('\n');
  }

  /** Open texts by path; they win over the disk. */
  overlays(): Record<string, string> {
    return Object.fromEntries(this.units().map(({ path, text }) => [path, text]));
  }

  /** The documents that show a path. */
  viewsOf(path: string): View[] {
    return this.texts.all().flatMap(({ uri }) => {
      const view = this.viewOf(uri);
      return view?.unit.path === path ? [view] : [];
    });
  }

  private unitUriOf(uri: string): string {
    return this.notebooks.findNotebookDocumentForCell(uri)?.uri ?? uri;
  }

  private unit({ uri, languageId }: { readonly uri: string; readonly languageId: string }, text: string): Unit {
    return {
      uri,
      path: standInPath(uri, this.folderOf(uri), endings[languageId]),
      text,
      onDisk: pathOf(uri) !== undefined,
    };
  }

  private cellView(document: TextDocument, notebook: NotebookDocument): View {
    const parts: string[] = [];
    let [firstLine, lines] = [0, 0];
    for (const { document: uri } of notebook.cells) {
      const cell = this.texts.get(uri);
      if (cell?.languageId !== 'python') continue;
      const text = withoutMagics(cell.getText());
      if (uri === document.uri) firstLine = lines;
      parts.push(text);
      lines += lineCountOf(text);
    }
    const unit = this.unit({ uri: notebook.uri, languageId: 'python' }, parts.join('\n'));
    return { uri: document.uri, unit, firstLine, lineCount: document.lineCount, document };
  }
}

/** Endings of files in the languages that are read. */
const endings: Readonly<Record<string, string>> = {
  python: '.py',
  javascript: '.js',
  javascriptreact: '.jsx',
  typescript: '.ts',
  typescriptreact: '.tsx',
};

/** Python, what uses TensorFlow.js of the many other programs in JavaScript, and models that are JSON. */
function isRead(document: TextDocument): boolean {
  const { languageId, uri } = document;
  if (languageId === 'python') return true;
  if (languageId === 'json') return modelFileFormat(uri) === 'tfjs';
  return languageId in endings && usesTensorFlowJs(document.getText());
}

/** Line of the unit (from 1) at a position of a view. */
export const lineIn = (view: View, { line }: Position): number => view.firstLine + line + 1;

/** A place of a unit as a range of the view; undefined where it lies in another cell. Lines and columns from 1. */
export function rangeIn(
  view: View,
  place: { readonly line: number; readonly column: number; readonly endLine?: number; readonly endColumn: number },
): Range | undefined {
  const line = place.line - 1 - view.firstLine;
  if (line < 0 || line >= view.lineCount) return undefined;
  const endLine = Math.min((place.endLine ?? place.line) - 1 - view.firstLine, view.lineCount - 1);
  return {
    start: { line, character: Math.max(0, place.column - 1) },
    end: { line: endLine, character: Math.max(0, place.endColumn - 1) },
  };
}
