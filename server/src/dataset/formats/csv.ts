/** Values separated by commas, semicolons or tabs (RFC 4180), with or without a line of names. */
import { contentHash } from '../../checkpoint/assemble';
import type { ByteSource } from '../../checkpoint/byteSource';
import { CheckpointError } from '../../checkpoint/checkpointError';
import type { Dataset } from '../dataset';
import { GrowingColumn } from '../growingColumn';
import { MOST_NUMBERS, tableDataset, type Column } from '../table';
import { textLines } from '../textLines';

const MOST_COLUMNS = 1 << 16;

/** Columns are numbers, or text from their first row on; an unnamed first column (pandas' index) is left out. */
export async function openCsv(source: ByteSource): Promise<Dataset> {
  const reader = new CsvReader(source.name);
  for await (const [line, number] of textLines(source)) reader.take(line, number);
  const { columns, rows, named } = reader.finish();
  return tableDataset(
    { file: source.name, rows, columns, named, storedType: 'text', hash: () => contentHash(source) },
    undefined,
  );
}

class CsvReader {
  private separator = ',';
  private names: readonly string[] | undefined;
  private named = false;
  private columns: (GrowingColumn | string[])[] = [];
  private rows = 0;
  /** Until the next line tells what it is. */
  private first: { readonly cells: readonly string[]; readonly number: number } | undefined;
  constructor(private readonly file: string) {}

  take(line: string, number: number): void {
    if (line.trim() === '') return;
    if (this.names === undefined) {
      this.separator = ['\t', ';', ','].find((mark) => line.includes(mark)) ?? ',';
      const first = this.cells(line.replace(/^\ufeff/, ''), number);
      this.begin(first, number);
      this.first = { cells: first, number };
      return;
    }
    const cells = this.cells(line, number);
    this.settle(cells);
    this.row(cells, number);
  }

  /** The first line holds names when one of its texts stands above a number, or it has nothing but texts. */
  private settle(next: readonly string[] | undefined): void {
    if (this.first === undefined) return;
    const { cells, number } = this.first;
    this.first = undefined;
    const aboveNumber = next?.some((cell, i) => isNumber(cell) && !isNumber(cells[i] ?? '')) ?? false;
    this.named = aboveNumber || !cells.some(isNumber);
    if (!this.named) this.row(cells, number);
  }

  private begin(names: readonly string[], number: number): void {
    if (names.length < 2 || names.length > MOST_COLUMNS)
      throw this.error(
        names.length < 2 ? 'there is only one column' : `${names.length} columns`,
        number,
        'Inputs and a target need two.',
      );
    this.names = names;
  }

  private row(cells: readonly string[], number: number): void {
    const width = this.names?.length ?? 0;
    if (cells.length !== width) throw this.error(`${cells.length} columns instead of ${width}`, number);
    if (this.columns.length === 0)
      this.columns = cells.map((cell) => (isNumber(cell) || cell === '' ? new GrowingColumn() : []));
    if (++this.rows * width > MOST_NUMBERS) throw this.error('the table is too large', number, 'Convert it to .npz.');
    for (let position = 0; position < width; position++) {
      const column = this.columns[position];
      const cell = cells[position] ?? '';
      if (Array.isArray(column)) column.push(cell);
      else {
        const value = numberIn(cell);
        if (value === undefined)
          throw this.error(`'${cell.slice(0, 40)}' in column ${position + 1} is not a number`, number);
        column?.push(value);
      }
    }
  }

  finish(): { readonly columns: readonly Column[]; readonly rows: number; readonly named: boolean } {
    this.settle(undefined);
    const names = this.names;
    if (names === undefined)
      throw new CheckpointError('the table is empty', this.file, 'line 1', 'Save at least one row.');
    if (this.rows === 0)
      throw new CheckpointError('the table has no samples', this.file, 'line 2', 'Save at least one row.');
    const columns = this.columns.flatMap((column, position): Column[] => {
      const name = names[position] ?? '';
      if (this.named && name === '' && position === 0) return [];
      const shown = this.named ? name : position === names.length - 1 ? 'last column' : `column ${position + 1}`;
      return Array.isArray(column)
        ? [{ kind: 'texts', name: shown, values: column }]
        : [{ kind: 'numbers', name: shown, values: column.values }];
    });
    return { columns, rows: this.rows, named: this.named };
  }

  /** Cells in quotes may hold separators and doubled quotes, but no ends of lines. */
  private cells(line: string, number: number): string[] {
    if (!line.includes('"')) return line.split(this.separator).map((cell) => cell.trim());
    const cells: string[] = [];
    for (let at = 0; at <= line.length;) {
      while (line[at] === ' ') at++;
      if (line[at] !== '"') {
        const end = line.indexOf(this.separator, at);
        cells.push(line.slice(at, end < 0 ? undefined : end).trim());
        if (end < 0) return cells;
        at = end + 1;
        continue;
      }
      let end = line.indexOf('"', at + 1);
      while (end >= 0 && line[end + 1] === '"') end = line.indexOf('"', end + 2);
      if (end < 0) throw this.error('a quotation does not end on its line', number);
      cells.push(
        line
          .slice(at + 1, end)
          .replaceAll('""', '"')
          .trim(),
      );
      const next = line.indexOf(this.separator, end + 1);
      if (next < 0) return cells;
      at = next + 1;
    }
    return cells;
  }

  private error(
    reason: string,
    line: number,
    hint = 'Every line must have the same columns of numbers or text.',
  ): CheckpointError {
    return new CheckpointError(reason, this.file, `line ${line}`, hint);
  }
}

/** Empty cells are missing values: NaN, as in pandas. Undefined: text. */
function numberIn(cell: string): number | undefined {
  if (cell === '') return NaN;
  const value = Number(cell);
  if (Number.isFinite(value)) return value;
  if (/^[+-]?inf(inity)?$/i.test(cell)) return cell.startsWith('-') ? -Infinity : Infinity;
  if (/^(true|false)$/i.test(cell)) return cell.toLowerCase() === 'true' ? 1 : 0;
  return /^[+-]?nan$/i.test(cell) ? NaN : undefined;
}

const isNumber = (cell: string): boolean => cell !== '' && numberIn(cell) !== undefined;
