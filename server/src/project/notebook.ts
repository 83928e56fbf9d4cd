/** The program in a Jupyter notebook: its code cells from top to bottom, commands to the notebook itself left out. */

/** A cell's magics and shell commands (`%matplotlib inline`, `!pip install …`) as comments, so that lines stay countable. */
const withoutCommands = (cell: string): string =>
  /^\s*%%(?!(time|timeit|capture)\b)/.test(cell)
    ? cell.replace(/^/gm, '# ')
    : cell.replace(/^(\s*)(?=[%!?])/gm, (indent) => `${indent}# `);

/** Python text; undefined for what is no notebook. */
export function notebookText(json: string): string | undefined {
  let notebook: unknown;
  try {
    notebook = JSON.parse(json);
  } catch {
    return undefined;
  }
  const cells = (notebook as { readonly cells?: unknown } | null)?.cells;
  if (!Array.isArray(cells)) return undefined;
  return cells.flatMap(codeOf).map(withoutCommands).join('\n\n');
}

function codeOf(cell: unknown): string[] {
  if (typeof cell !== 'object' || cell === null) return [];
  const { cell_type: type, source } = cell as { readonly cell_type?: unknown; readonly source?: unknown };
  if (type !== 'code') return [];
  if (typeof source === 'string') return [source];
  return Array.isArray(source) ? [source.filter((line) => typeof line === 'string').join('')] : [];
}
