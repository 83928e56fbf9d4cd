/** Rows as they are, in the table that sorts and that the keyboard walks through. */
import { DataTable } from '../../shared/dataTable';
import { cellText } from './wording';

type Cell = string | number | null;

export function plainTable(label: string, head: readonly string[], rows: readonly (readonly Cell[])[]): HTMLElement {
  const numeric = head.map((_, k) => rows.some((row) => typeof row[k] === 'number'));
  const table = new DataTable<{ readonly at: number; readonly row: readonly Cell[] }>({
    label,
    empty: 'There are no rows.',
    key: ({ at }) => String(at),
    columns: head.map((title, k) => ({
      id: `${k}`,
      title,
      ...(numeric[k] === true ? { numeric: true } : {}),
      sort: ({ row }) => row[k] ?? null,
      cell: ({ row }) => cellText(row[k] ?? null),
    })),
  });
  table.update(rows.map((row, at) => ({ at, row })));
  return table.element;
}
