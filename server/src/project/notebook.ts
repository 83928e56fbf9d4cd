/** The program in a Jupyter notebook: its code cells from top to bottom, commands to the notebook itself left out. */

/** A cell's magics and shell commands (`%matplotlib inline`, `!pip install …`) as comments, so that lines stay countable. */
const withoutCommands = (cell: string): string =>
  /^\s*%%(?!(time|timeit|capture)\b)/.test(cell)
    ? cell.replace(/^/gm, '# ')
    : cell.replace(/^(\s*)(?=[%!?])/gm, (indent) => `${indent}# `);

/** A line of a notebook's program as its reader finds it. Both count from 1; cells of text count as cells. */
export interface CellPlace {
  readonly cell: number;
  readonly line: number;
}

export interface NotebookProgram {
  /** Python. */
  readonly text: string;
  /** Where a line of `text` is written. */
  readonly placeOf: (line: number) => CellPlace;
}

/** Undefined for what is no notebook. */
export function notebookProgram(json: string): NotebookProgram | undefined {
  const cells = cellsOf(json);
  if (cells === undefined) return undefined;
  const starts: { readonly cell: number; readonly start: number }[] = [];
  const texts: string[] = [];
  let start = 1;
  cells.forEach((cell, i) => {
    const code = codeOf(cell);
    if (code === undefined) return;
    starts.push({ cell: i + 1, start });
    texts.push(withoutCommands(code));
    // An empty line parts the cells.
    start += code.split('\n').length + 1;
  });
  return {
    text: texts.join('\n\n'),
    placeOf: (line) => {
      const { cell, start: first } = starts.findLast((each) => each.start <= line) ?? { cell: 1, start: 1 };
      return { cell, line: line - first + 1 };
    },
  };
}

/** Python text; undefined for what is no notebook. */
export const notebookText = (json: string): string | undefined => notebookProgram(json)?.text;

function cellsOf(json: string): readonly unknown[] | undefined {
  let notebook: unknown;
  try {
    notebook = JSON.parse(json);
  } catch {
    return undefined;
  }
  const cells = (notebook as { readonly cells?: unknown } | null)?.cells;
  return Array.isArray(cells) ? cells : undefined;
}

function codeOf(cell: unknown): string | undefined {
  if (typeof cell !== 'object' || cell === null) return undefined;
  const { cell_type: type, source } = cell as { readonly cell_type?: unknown; readonly source?: unknown };
  if (type !== 'code') return undefined;
  if (typeof source === 'string') return source;
  return Array.isArray(source) ? source.filter((line) => typeof line === 'string').join('') : undefined;
}
