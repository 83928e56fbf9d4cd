/** The table of a call of `tf.data.csv` in a file of the workspace: columns as the program gets them. Nothing is fetched. */
import { contentHash } from '../../checkpoint/assemble';
import type { ByteSource } from '../../checkpoint/byteSource';
import { CheckpointError } from '../../checkpoint/checkpointError';
import type { DataValue } from '../dataCall';
import type { DataFiles } from '../dataset';
import type { OpenedSet } from '../keras/openKerasSet';
import { firstThere } from '../keras/places';
import type { StoredRows } from '../preparation/storedRows';
import { MOST_NUMBERS } from '../table';
import { textLines } from '../textLines';
import { csvCells } from './csvCells';
import { cellValue, positionsOf, settingsOf, type CsvColumn, type CsvSettings } from './csvSettings';

/** Folders above those in which a relative path is looked for, as where the program is started is not known. */
const MOST_FOLDERS = 6;

/** Throws a CheckpointError. */
export async function openCsvTable(
  files: DataFiles,
  args: Readonly<Record<string, DataValue>>,
  bases: readonly string[],
): Promise<OpenedSet> {
  const settings = settingsOf(args);
  const path = await firstThere(files, {
    name: `the table '${settings.path}'`,
    paths: placesOf(settings.path, bases),
    hint: 'Put it there, or name other data with --data.',
  });
  const source = await files.open(path);
  const columns = await columnsOf(source, settings);
  return {
    path,
    array: (name) => Promise.resolve(name).then((each) => rowsOf(columns.get(each)?.(), each, path)),
    hash: () => contentHash(source),
  };
}

function rowsOf(values: Float64Array | undefined, column: string, path: string): StoredRows {
  if (values === undefined) throw new CheckpointError(`there is no column '${column}'`, path, 'line 1');
  return {
    size: values.length,
    sample: [],
    rows: (indices) => Promise.resolve(Float32Array.from(indices, (row) => values[row] ?? NaN)),
  };
}

function placesOf(path: string, bases: readonly string[]): string[] {
  const plain = path.replace(/^file:\/\//, '').replace(/^\.\//, '');
  if (/^(?:[\\/]|[A-Za-z]:[\\/])/.test(plain)) return [plain];
  const folders = bases.flatMap((base) => {
    const parts = base.split(/[\\/]/);
    return Array.from({ length: Math.min(parts.length - 1, MOST_FOLDERS) }, (_, i) =>
      parts.slice(0, parts.length - i).join('/'),
    );
  });
  return [...new Set(folders)].map((folder) => `${folder}/${plain}`);
}

type Value = number | string | undefined;

/** Of each array its numbers, which are asked for when it is needed: a column that nothing needs may hold anything. */
async function columnsOf(source: ByteSource, settings: CsvSettings): Promise<ReadonlyMap<string, () => Float64Array>> {
  const { names, columns, delimiter, collapses, hasHeader } = settings;
  const wanted = columns.map((column) => ({ column, at: names.indexOf(column.name), read: new Array<Value>() }));
  let values = 0;
  for await (const [line, number] of textLines(source)) {
    if (hasHeader && number === 1) continue;
    const cells = csvCells(line, delimiter, collapses);
    const failed = (reason: string): CheckpointError => new CheckpointError(reason, source.name, `line ${number}`);
    if (cells.length !== names.length) throw failed(`${cells.length} columns instead of ${names.length}`);
    for (const { column, at, read } of wanted) {
      const value = cellValue(cells[at] ?? '', column);
      if (value === undefined && column.isRequired) throw failed(`the column '${column.name}' is empty`);
      read.push(value);
    }
    values += wanted.length;
    if (values > MOST_NUMBERS) throw failed('the table is too large');
  }
  const lineOf = (row: number): string => `line ${row + (hasHeader ? 2 : 1)}`;
  return new Map(
    wanted.flatMap(({ column, read }) => [
      [column.name, () => numbersIn(read, column, source.name, lineOf)],
      [positionsOf(column.name), () => positionsIn(read, column, source.name, lineOf)],
    ]),
  );
}

type LineOf = (row: number) => string;

const numbersIn = (read: readonly Value[], { name }: CsvColumn, file: string, lineOf: LineOf): Float64Array =>
  Float64Array.from(read, (value, row) => {
    if (typeof value !== 'string') return value ?? NaN;
    throw new CheckpointError(`'${value.slice(0, 40)}' in column '${name}' is not a number`, file, lineOf(row));
  });

/** Among the values that the column had when the code was read. */
const positionsIn = (
  read: readonly Value[],
  { name, values = [] }: CsvColumn,
  file: string,
  lineOf: LineOf,
): Float64Array => {
  const positions = new Map<Value, number>(values.map((value, position) => [value, position]));
  return Float64Array.from(read, (value, row) => {
    const position = positions.get(value);
    if (position !== undefined) return position;
    throw new CheckpointError(`'${String(value).slice(0, 40)}' in column '${name}' is new to it`, file, lineOf(row));
  });
};
