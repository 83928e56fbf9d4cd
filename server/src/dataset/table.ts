/** Tables of named columns as inputs and a target: numbers, lists of numbers, texts that name classes, images. */
import { CheckpointError } from '../checkpoint/checkpointError';
import { elementCount } from '../graph/node';
import { arrayDataset } from './arrayDataset';
import { chooseArrays } from './chooseArrays';
import type { DataValue } from './dataCall';
import type { Dataset } from './dataset';
import { pictureSamples, type PictureSource } from './pictures';
import type { SampleArray } from './sampleArrays';

/** Numbers of all columns that are kept: 32 Mi, 256 MiB of them. */
export const MOST_NUMBERS = 1 << 25;

export type Column =
  | { readonly kind: 'numbers'; readonly name: string; readonly values: ArrayLike<number> }
  /** `values` of one row after the other; all rows have the shape. */
  | {
      readonly kind: 'lists';
      readonly name: string;
      readonly values: ArrayLike<number>;
      readonly shape: readonly number[];
      /** The file says that they are no integers, though all may be whole. */
      readonly isFloat?: boolean;
    }
  | { readonly kind: 'texts'; readonly name: string; readonly values: readonly string[] }
  | { readonly kind: 'images'; readonly name: string; readonly pictures: PictureSource };

export interface Table {
  readonly file: string;
  readonly rows: number;
  readonly columns: readonly Column[];
  readonly storedType: string;
  /** The first line may be data: the names then are not the author's. */
  readonly named: boolean;
  readonly hash: () => Promise<string>;
}

const targetNames =
  /^(y|target|targets|label|labels|fine_label|class|classes|output|species|quality|variety|diagnosis|outcome|survived|medv|median_house_value|category)$/i;

/** More classes than this in a column of text are no classes. */
const MOST_CLASSES = 10_000;

/**
 * Images are the inputs where there are some, else lists of numbers, else all columns of numbers together. The target is the
 * column with a usual name, else the last one.
 */
export async function tableDataset(table: Table, transform: DataValue | undefined): Promise<Dataset> {
  const { file, columns, rows } = table;
  const pictures = columns.filter((column) => column.kind === 'images');
  const lists = columns.filter((column) => column.kind === 'lists');
  const target = targetOf(table);
  const notes: string[] = [];
  const left = columns.filter((column) => column.kind === 'texts' && column !== target);
  if (left.length > 0)
    notes.push(
      `columns of text left out: ${left
        .map(({ name }) => name)
        .slice(0, 5)
        .join(', ')}`,
    );
  const goals = target === undefined ? [] : [targetArray(target, table, notes)];
  let inputs: readonly SampleArray[];
  if (pictures[0] !== undefined) {
    const { array, note } = await pictureSamples(pictures[0].pictures, transform);
    notes.push(note);
    inputs = [array];
  } else if (lists.length > 0) {
    const arrays = columns.flatMap((column) => (column.kind === 'lists' ? [listArray(column, table)] : []));
    // Lists may themselves be inputs and targets: input_ids and labels.
    if (arrays.length > 1 && (target === undefined || target.kind === 'lists'))
      return arrayDataset(file, chooseArrays(arrays).arrays, described(file, notes), table.hash);
    inputs = arrays.filter(({ name }) => name !== target?.name).slice(0, 1);
  } else inputs = [numberColumns(table, target)];
  if (rows === 0) throw new CheckpointError('the table has no samples', file, 'rows', 'Save at least one row.');
  return arrayDataset(file, [...inputs, ...goals], described(file, notes), table.hash);
}

const described = (file: string, notes: readonly string[]): string =>
  notes.length === 0 ? file : `${file} (${notes.join('; ')})`;

function targetOf({ columns, named }: Table): Column | undefined {
  const able = columns.filter((column) => column.kind !== 'images');
  const found = named ? able.find(({ name }) => targetNames.test(name)) : undefined;
  if (found !== undefined) return found;
  const hasOther = columns.some(({ kind }) => kind === 'images' || kind === 'lists');
  const single = able.filter(({ kind }) => kind === 'numbers' || kind === 'texts');
  const last = single.at(-1);
  return hasOther && last?.kind === 'texts' ? single.find(({ kind }) => kind === 'numbers') : last;
}

const isWhole = (values: ArrayLike<number>): boolean => {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? NaN;
    if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 31) return false;
  }
  return true;
};

/** Whole numbers are labels; texts are numbered in the order of their names. */
function targetArray(column: Column, table: Table, notes: string[]): SampleArray {
  if (column.kind === 'images') throw new RangeError('images are no targets');
  if (column.kind === 'lists') return listArray(column, table);
  const values = column.kind === 'numbers' ? column.values : numbered(column.name, column.values, table.file, notes);
  const dtype = isWhole(values) ? 'int' : 'float';
  return {
    name: column.name,
    shape: [],
    size: table.rows,
    dtype,
    storedType: table.storedType,
    rows(indices) {
      const picked = indices.map((index) => values[index] ?? 0);
      return Promise.resolve(dtype === 'int' ? Int32Array.from(picked) : Float32Array.from(picked));
    },
  };
}

function numbered(name: string, values: readonly string[], file: string, notes: string[]): Int32Array {
  const classes = [...new Set(values)].sort();
  if (classes.length > MOST_CLASSES)
    throw new CheckpointError(
      `the column '${name}' holds ${classes.length} different texts, which are no classes`,
      file,
      `column '${name}'`,
      'Save tokens or numbers in place of text.',
    );
  notes.push(
    `classes of '${name}' numbered by name: ${classes.slice(0, 4).join(', ')}${classes.length > 4 ? ', …' : ''}`,
  );
  const numbers = new Map(classes.map((each, i) => [each, i]));
  return Int32Array.from(values, (value) => numbers.get(value) ?? 0);
}

function listArray(column: Column & { kind: 'lists' }, { rows, storedType }: Table): SampleArray {
  const { name, shape, values } = column;
  const width = elementCount(shape);
  const dtype = column.isFloat !== true && isWhole(values) ? 'int' : 'float';
  return {
    name,
    shape,
    size: rows,
    dtype,
    storedType,
    rows(indices) {
      const data = dtype === 'int' ? new Int32Array(indices.length * width) : new Float32Array(indices.length * width);
      for (const [row, index] of indices.entries())
        for (let i = 0; i < width; i++) data[row * width + i] = values[index * width + i] ?? 0;
      return Promise.resolve(data);
    },
  };
}

/** All columns of numbers but the target side by side. */
function numberColumns({ columns, rows, file, storedType }: Table, target: Column | undefined): SampleArray {
  const chosen = columns.filter((column) => column.kind === 'numbers').filter((column) => column !== target);
  if (chosen.length === 0)
    throw new CheckpointError(
      'there is no column of numbers beside the target',
      file,
      `columns ${columns
        .map(({ name }) => name)
        .slice(0, 8)
        .join(', ')}`,
      'Inputs and a target need two.',
    );
  return {
    name: 'columns',
    shape: [chosen.length],
    size: rows,
    dtype: 'float',
    storedType,
    rows: (indices) =>
      Promise.resolve(Float32Array.from(indices.flatMap((index) => chosen.map(({ values }) => values[index] ?? 0)))),
  };
}
