/**
 * A table that sorts by its headers and that the keyboard walks through cell by cell (one tab stop; arrows, Home, End, Page Up
 * and Down; Enter acts), after the grid pattern of the ARIA Authoring Practices.
 */
import { csvOf } from './csv';
import type { Field } from './csv';
import { element } from './element';
import { sortRows } from './sortRows';
import type { Order, SortValue } from './sortRows';

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** Shown when the pointer rests on the header. */
  readonly description?: string;
  /** Numbers align right and sort from the largest first. */
  readonly numeric?: boolean;
  /** Room that the text needs, where the browser would take too little. */
  readonly room?: 'name' | 'value' | 'prose';
  /** Absent: the column does not sort. */
  readonly sort?: (row: Row) => SortValue;
  readonly cell: (row: Row) => Node | string;
  /** Fields of the export; absent: the sort value. Several need as many `fieldTitles`. */
  readonly fields?: (row: Row) => readonly Field[];
  readonly fieldTitles?: readonly string[];
}

export interface TableOptions<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  /** Stays the same for a row when the data change: focus follows it. */
  readonly key: (row: Row) => string;
  readonly order?: Order;
  readonly onOrder?: (order: Order) => void;
  /** Enter or click on a row. */
  readonly act?: (row: Row) => void;
  /** Whether `act` does something for this row. */
  readonly acts?: (row: Row) => boolean;
  /** What stands there without rows. */
  readonly empty: string;
}

const PAGE = 10;

export class DataTable<Row> {
  readonly element: HTMLElement;
  private readonly table: HTMLTableElement;
  private rows: readonly Row[] = [];
  private order: Order | undefined;
  /** Cell with the tab stop: row −1 is the header. */
  private at = { row: -1, column: 0 };

  constructor(private readonly options: TableOptions<Row>) {
    this.order = options.order;
    this.table = element('table', { role: 'grid', 'aria-label': options.label });
    this.element = element('div', { class: 'table-frame' }, this.table);
    this.table.addEventListener('keydown', (event) => {
      this.keyPressed(event);
    });
    this.table.addEventListener('focusin', ({ target }) => {
      this.focused(target);
    });
  }

  get sorted(): readonly Row[] {
    const column = this.options.columns.find(({ id }) => id === this.order?.column);
    return column?.sort === undefined || this.order === undefined
      ? this.rows
      : sortRows(this.rows, column.sort, this.order.descending);
  }

  update(rows: readonly Row[]): void {
    this.rows = rows;
    this.draw();
  }

  csv(): string {
    const columns = this.options.columns.filter(({ fields, sort }) => fields !== undefined || sort !== undefined);
    const head = columns.flatMap(({ fieldTitles, id }) => fieldTitles ?? [id]);
    const body = this.sorted.map((row) =>
      columns.flatMap(({ fields, sort }) => fields?.(row) ?? [sort?.(row) ?? null]),
    );
    return csvOf([head, ...body]);
  }

  private draw(): void {
    const hadFocus = this.table.contains(document.activeElement);
    const before = this.table.querySelector<HTMLElement>('[data-focus]');
    const key = before?.closest('tr')?.dataset['key'];
    const rows = this.sorted;
    const { columns, empty } = this.options;
    const body = rows.map((row) => this.bodyRow(row));
    if (rows.length === 0)
      body.push(element('tr', {}, element('td', { class: 'empty-cell', colspan: columns.length }, empty)));
    this.table.setAttribute('aria-rowcount', String(rows.length + 1));
    this.table.replaceChildren(
      element('thead', {}, element('tr', {}, ...columns.map((column) => this.header(column)))),
      element('tbody', {}, ...body),
    );
    const index = key === undefined ? -1 : rows.findIndex((row) => this.options.key(row) === key);
    this.moveTo(index, this.at.column, hadFocus);
  }

  private header(column: Column<Row>): HTMLElement {
    const { id, title, description, numeric, sort } = column;
    const sorted = this.order?.column === id;
    const direction = this.order?.descending === true ? 'descending' : 'ascending';
    const cell = element('th', {
      scope: 'col',
      class: numeric === true ? 'number' : null,
      title: description,
      'aria-sort': sort === undefined ? null : sorted ? direction : 'none',
      tabindex: -1,
    });
    if (sort === undefined) cell.append(title);
    else {
      cell.classList.add('sortable');
      cell.append(
        element('span', {}, title),
        element(
          'span',
          { class: 'sort-mark', 'aria-hidden': 'true' },
          sorted ? (direction === 'ascending' ? '▲' : '▼') : '',
        ),
      );
      cell.addEventListener('click', () => {
        this.sortBy(column);
      });
    }
    return cell;
  }

  private bodyRow(row: Row): HTMLTableRowElement {
    const { columns, key, act, acts } = this.options;
    const active = act !== undefined && (acts?.(row) ?? true);
    const made = element(
      'tr',
      { 'data-key': key(row), class: active ? 'acts' : null },
      ...columns.map(({ numeric, room, cell }) =>
        element('td', { class: numeric === true ? 'number' : room, tabindex: -1 }, cell(row)),
      ),
    );
    if (active)
      made.addEventListener('click', () => {
        // A click that ends the selection of text is no wish to leave.
        if (getSelection()?.isCollapsed !== false) act(row);
      });
    return made;
  }

  private sortBy(column: Column<Row>): void {
    if (column.sort === undefined) return;
    const again = this.order?.column === column.id;
    this.order = {
      column: column.id,
      descending: again ? this.order?.descending !== true : column.numeric === true,
    };
    this.options.onOrder?.(this.order);
    this.draw();
  }

  private cellAt(row: number, column: number): HTMLElement | undefined {
    const line = this.table.rows[row + 1];
    return line?.cells[column];
  }

  private moveTo(row: number, column: number, focus: boolean): void {
    const last = this.rows.length - 1;
    const to = {
      row: Math.max(-1, Math.min(last, row)),
      column: Math.max(0, Math.min(this.options.columns.length - 1, column)),
    };
    this.mark(to);
    if (focus) this.cellAt(to.row, to.column)?.focus();
  }

  private mark(to: { row: number; column: number }): void {
    for (const marked of this.table.querySelectorAll('[data-focus]')) {
      marked.removeAttribute('data-focus');
      marked.setAttribute('tabindex', '-1');
    }
    this.at = to;
    const cell = this.cellAt(to.row, to.column);
    cell?.setAttribute('tabindex', '0');
    cell?.setAttribute('data-focus', '');
  }

  private focused(target: EventTarget | null): void {
    const cell = target instanceof HTMLElement ? target.closest<HTMLTableCellElement>('td,th') : null;
    const line = cell?.closest('tr');
    if (cell !== null && line !== null && line !== undefined)
      this.mark({ row: line.rowIndex - 1, column: cell.cellIndex });
  }

  private keyPressed(event: KeyboardEvent): void {
    const { row, column } = this.at;
    const all = event.ctrlKey || event.metaKey;
    const end = this.options.columns.length - 1;
    const moves: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [all ? -1 : row, 0],
      End: [all ? this.rows.length - 1 : row, end],
      PageUp: [row - PAGE, column],
      PageDown: [row + PAGE, column],
    };
    const move = moves[event.key];
    if (move !== undefined) {
      event.preventDefault();
      this.moveTo(move[0], move[1], true);
    } else if ((event.key === 'Enter' || event.key === ' ') && event.target instanceof HTMLTableCellElement) {
      event.preventDefault();
      this.activate();
    }
  }

  private activate(): void {
    const { row, column } = this.at;
    const { columns, act, acts } = this.options;
    const header = columns[column];
    if (row < 0) {
      if (header !== undefined) this.sortBy(header);
      return;
    }
    const shown = this.sorted[row];
    if (shown !== undefined && (acts?.(shown) ?? true)) act?.(shown);
  }
}
