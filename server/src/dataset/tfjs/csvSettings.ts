/** What a call of `tf.data.csv` says of a table, as plain data, and the values that its cells have by that. */
import type { DataValue } from '../dataCall';
import { isDataList } from '../dataCall';

/** The full name under which arrays of such tables are found again. */
export const CSV_CALL = 'tf.data.csv';

/** The array that holds, in place of a column's values, their positions among `CsvColumn.values`. */
export const positionsOf = (column: string): string => `#${column}`;

export interface CsvColumn {
  readonly name: string;
  readonly type: 'float32' | 'int32' | 'bool' | undefined;
  /** What an empty cell stands for. */
  readonly fallback: number | string | undefined;
  /** May no cell be empty? */
  readonly isRequired: boolean;
  /** Of a column with few different values, these. */
  readonly values: readonly (number | string)[] | undefined;
}

export interface CsvSettings {
  readonly path: string;
  readonly delimiter: string;
  /** Several delimiters between two cells count as one. */
  readonly collapses: boolean;
  readonly hasHeader: boolean;
  /** Of all columns of the file. */
  readonly names: readonly string[];
  /** Those that are given to the program. */
  readonly columns: readonly CsvColumn[];
}

/** Undefined: an empty cell without a value in its place. */
export function cellValue(cell: string, { type, fallback }: CsvColumn): number | string | undefined {
  if (cell === '') return fallback;
  if (type === 'bool') return /^(1|true)$/i.test(cell) ? 1 : 0;
  const value = Number(cell);
  if (Number.isNaN(value)) return cell;
  return type === 'int32' ? Math.floor(value) : value;
}

const optional = <T>(value: T | undefined): T | null => value ?? null;

export const plainSettings = ({ columns, ...rest }: CsvSettings): Readonly<Record<string, DataValue>> => ({
  ...rest,
  columns: columns.map(({ name, type, fallback, isRequired, values }) => [
    name,
    optional(type),
    optional(fallback),
    isRequired,
    optional(values),
  ]),
});

const isText = (value: DataValue): value is string => typeof value === 'string';
const isPlain = (value: DataValue): value is number | string => typeof value === 'number' || isText(value);
const typed = (value: DataValue): CsvColumn['type'] =>
  value === 'float32' || value === 'int32' || value === 'bool' ? value : undefined;

/** What `plainSettings` gave. */
export function settingsOf(plain: Readonly<Record<string, DataValue>>): CsvSettings {
  const { path, delimiter, collapses, hasHeader, names, columns } = plain;
  return {
    path: isText(path) ? path : '',
    delimiter: isText(delimiter) ? delimiter : ',',
    collapses: collapses === true,
    hasHeader: hasHeader === true,
    names: isDataList(names) ? names.filter(isText) : [],
    columns: (isDataList(columns) ? columns : [])
      .filter(isDataList)
      .map(([name, type, fallback, isRequired, values]) => ({
        name: isText(name) ? name : '',
        type: typed(type),
        fallback: isPlain(fallback) ? fallback : undefined,
        isRequired: isRequired === true,
        values: isDataList(values) ? values.filter(isPlain) : undefined,
      })),
  };
}
