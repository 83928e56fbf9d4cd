/** Rows of named values, as JSON lines and Parquet give them, gathered into columns. */
import { CheckpointError } from '../checkpoint/checkpointError';
import { GrowingColumn } from './growingColumn';
import { MOST_NUMBERS, type Column } from './table';

interface Numbers {
  readonly kind: 'numbers' | 'lists';
  readonly column: GrowingColumn;
  readonly shape: readonly number[];
}

type Gathered = Numbers | { readonly kind: 'texts'; readonly values: string[] };

const DEEPEST = 8;
const MOST_COLUMNS = 1 << 12;

/** The first row decides names, kinds and shapes; what is neither numbers nor text is left out. */
export class RecordColumns {
  private columns: Map<string, Gathered> | undefined;
  private numbers = 0;
  rows = 0;
  /** `floats`: names of columns whose numbers are floating, whole or not. */
  constructor(
    private readonly file: string,
    private readonly floats: ReadonlySet<string> = new Set(),
  ) {}

  add(record: object, where: string): void {
    const values = new Map(Object.entries(record));
    this.columns ??= this.begin(values, where);
    this.rows++;
    for (const [name, column] of this.columns) {
      const value: unknown = values.get(name);
      if (column.kind === 'texts') {
        if (typeof value !== 'string') throw this.error(`'${name}' is no text here`, where);
        column.values.push(value);
      } else this.push(name, column, value, where);
    }
  }

  finish(): Column[] {
    return [...(this.columns ?? [])].map(([name, each]): Column => {
      if (each.kind === 'texts') return { kind: 'texts', name, values: each.values };
      const { values } = each.column;
      return each.kind === 'numbers'
        ? { kind: 'numbers', name, values }
        : { kind: 'lists', name, values, shape: each.shape, isFloat: this.floats.has(name) };
    });
  }

  private begin(values: ReadonlyMap<string, unknown>, where: string): Map<string, Gathered> {
    if (values.size > MOST_COLUMNS) throw this.error(`${values.size} names`, where);
    const columns = new Map<string, Gathered>();
    for (const [name, value] of values) {
      const shape = shapeOf(value);
      if (typeof value === 'string') columns.set(name, { kind: 'texts', values: [] });
      else if (shape !== undefined && !shape.includes(0))
        columns.set(name, { kind: shape.length === 0 ? 'numbers' : 'lists', column: new GrowingColumn(), shape });
    }
    return columns;
  }

  private push(name: string, { column, shape }: Numbers, value: unknown, where: string): void {
    const before = column.length;
    const width = shape.reduce((product, extent) => product * extent, 1);
    this.numbers += width;
    if (this.numbers > MOST_NUMBERS) throw this.error('the data are too large', where, 'Convert them to .npz.');
    const visit = (part: unknown, depth: number): void => {
      if (depth === shape.length) {
        const number = numberOf(part);
        if (number === undefined) throw this.error(`'${name}' is no number here`, where);
        column.push(number);
        return;
      }
      const items = Array.isArray(part) || ArrayBuffer.isView(part) ? (part as ArrayLike<unknown>) : [];
      if (items.length !== shape[depth])
        throw this.error(
          `'${name}' has ${items.length} elements, in the first row ${shape[depth] ?? 0}`,
          where,
          'Rows must have equal lengths: pad or cut them.',
        );
      for (let i = 0; i < items.length; i++) visit(items[i], depth + 1);
    };
    visit(value, 0);
    if (column.length - before !== width) throw this.error(`'${name}' has another shape`, where);
  }

  private error(
    reason: string,
    where: string,
    hint = 'Rows must hold the same names with values of one kind.',
  ): CheckpointError {
    return new CheckpointError(reason, this.file, where, hint);
  }
}

/** Missing values are NaN; undefined: no number. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint' || typeof value === 'boolean') return Number(value);
  return value === null || value === undefined ? NaN : undefined;
}

/** Undefined for what is neither a number nor nested lists of them. */
function shapeOf(value: unknown): readonly number[] | undefined {
  const shape: number[] = [];
  let part: unknown = value;
  while (Array.isArray(part) || (ArrayBuffer.isView(part) && !(part instanceof DataView))) {
    const items = part as ArrayLike<unknown>;
    shape.push(items.length);
    part = items.length === 0 ? 0 : items[0];
    if (shape.length > DEEPEST) return undefined;
  }
  return numberOf(part) === undefined ? undefined : shape;
}
