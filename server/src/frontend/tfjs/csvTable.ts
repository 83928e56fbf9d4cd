/** `tf.data.csv` of a file of the workspace: which columns the table has, and an array of all rows for each. */
import { csvCells } from '../../dataset/tfjs/csvCells';
import {
  cellValue,
  CSV_CALL,
  plainSettings,
  positionsOf,
  type CsvColumn,
  type CsvSettings,
} from '../../dataset/tfjs/csvSettings';
import { fieldsOf } from '../../javascript/operators';
import { workspaceText } from '../../javascript/workspaceFiles';
import type { Interpreter } from '../../python/interpreter';
import { native } from '../../python/native';
import { PyList, PyModule, PyTuple, Unknown } from '../../python/values';
import type { PyValue } from '../../python/values';
import type { ModuleRecords } from '../torch/moduleRecords';
import type { ModuleMaker } from '../torch/nnLibrary';
import { dataValue, storedTensor } from '../torch/storedArrays';

/** Columns with more different values are not told apart by them. */
const MOST_VALUES = 64;

/** The module `_tfjs_tables`. */
export const createTablesModule =
  (records: ModuleRecords): ModuleMaker =>
  (interpreter) => {
    const module = new PyModule('_tfjs_tables');
    /** A tuple for each column: name, whether it is a label, an array of numbers or None, and of few values an array of positions and the values. */
    const columns = native('csv_columns(path, config=None)', ({ path = null, config = null }) => {
      if (path instanceof Unknown) return path;
      const unread = (reason: string): Unknown => new Unknown(reason, interpreter.currentSpan);
      if (typeof path !== 'string') return unread('the table of a path that is no text');
      if (/^https?:/i.test(path))
        return unread(`the table '${path}' is not fetched: save it in the workspace and give --data`);
      const text = workspaceText(path, interpreter.currentSpan?.file ?? '', interpreter);
      if (text === undefined)
        return unread(`the table '${path}', which is not in the workspace or too large, is not read`);
      const read = tableOf(text, path, (name) => fieldsOf(config)?.get(name) ?? null);
      return typeof read === 'string'
        ? unread(`the table '${path}': ${read}`)
        : columnValues(read, interpreter, records);
    });
    module.attributes.set(columns.name, columns);
    return module;
  };

interface ReadTable {
  readonly settings: CsvSettings;
  readonly rows: number;
  readonly labels: ReadonlySet<string>;
  /** Values of columns whose cells are no numbers only. */
  readonly texts: ReadonlySet<string>;
}

type Option = (name: string) => PyValue;

/** A text says why it cannot be read. */
function tableOf(text: string, path: string, option: Option): ReadTable | string {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  if (lines.at(-1) === '') lines.pop();
  const collapses = option('delimWhitespace') === true;
  const given = option('delimiter');
  const delimiter = collapses ? ' ' : typeof given === 'string' && given !== '' ? given : ',';
  const hasHeader = option('hasHeader') !== false;
  const named = dataValue(option('columnNames'));
  const header = hasHeader ? csvCells(lines.shift() ?? '', delimiter, collapses) : undefined;
  const names = Array.isArray(named) ? named.map(String) : header;
  if (names === undefined) return 'without a line of names it needs columnNames';
  if (header !== undefined && header.length !== names.length)
    return `columnNames are ${names.length}, the file has ${header.length} columns`;
  if (new Set(names).size !== names.length) return 'two columns have one name';
  const rows = lines.map((line) => csvCells(line, delimiter, collapses));
  const wrong = rows.findIndex((cells) => cells.length !== names.length);
  if (wrong >= 0)
    return `line ${wrong + (hasHeader ? 2 : 1)} has ${rows[wrong]?.length ?? 0} columns instead of ${names.length}`;
  const configurations = fieldsOf(option('columnConfigs'));
  const labels = new Set<string>();
  const texts = new Set<string>();
  const columns = names.flatMap((name, at): CsvColumn[] => {
    const own = fieldsOf(configurations?.get(name) ?? null);
    if (own === undefined && option('configuredColumnsOnly') === true) return [];
    if (own?.get('isLabel') === true) labels.add(name);
    const plain = columnOf(name, (field) => own?.get(field) ?? null);
    const cells = rows.map((row) => row[at] ?? '');
    const values = valuesIn(cells, plain);
    if (cells.some((cell) => typeof cellValue(cell, plain) === 'string')) texts.add(name);
    return [{ ...plain, values }];
  });
  return { settings: { path, delimiter, collapses, hasHeader, names, columns }, rows: rows.length, labels, texts };
}

function columnOf(name: string, option: Option): CsvColumn {
  const type = option('dtype');
  const fallback = dataValue(option('default'));
  return {
    name,
    type: type === 'int32' || type === 'bool' || type === 'float32' ? type : undefined,
    fallback: typeof fallback === 'number' || typeof fallback === 'string' ? fallback : undefined,
    isRequired: option('required') === true || option('isLabel') === true,
    values: undefined,
  };
}

/** In their order; undefined where they are many, or a cell is empty. */
function valuesIn(cells: readonly string[], column: CsvColumn): (number | string)[] | undefined {
  const found = new Set<number | string>();
  for (const cell of cells) {
    const value = cellValue(cell, column);
    if (value === undefined) return undefined;
    found.add(value);
    if (found.size > MOST_VALUES) return undefined;
  }
  return [...found].sort();
}

function columnValues(
  { settings, rows, labels, texts }: ReadTable,
  interpreter: Interpreter,
  records: ModuleRecords,
): PyList {
  const call = { name: CSV_CALL, origin: 'library' as const, positional: [], named: plainSettings(settings) };
  const array = (name: string): PyValue =>
    storedTensor(interpreter, records, { call, array: name, shape: [rows], dtype: 'float32' });
  return new PyList(
    settings.columns.map(
      ({ name, values }) =>
        new PyTuple([
          name,
          labels.has(name),
          texts.has(name) ? null : array(name),
          values === undefined ? null : array(positionsOf(name)),
          values === undefined ? null : new PyList(values.map(numberOrText)),
        ]),
    ),
  );
}

const numberOrText = (value: number | string): PyValue =>
  typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
