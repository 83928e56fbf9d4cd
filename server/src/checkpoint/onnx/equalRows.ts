/** Which rows of a tensor are equal: what is left of a table when its rows were read out for positions that never change. */
import { elementCount } from '../elementCount';

export interface EqualRows {
  /** The axis along which rows lie; undefined where each element is a row. */
  readonly axis: number | undefined;
  /** Elements of a row. */
  readonly width: number;
  /** Different rows one after the other, in the order in which they first occur. */
  readonly rows: Float64Array;
  /** By position, in the order of the other axes: the number of its row. */
  readonly index: readonly number[];
}

/** Share of elements that single ones may be left of, where rows are not equal: fewer are equal by chance. */
const ENOUGH = 0.75;
/** Different numbers of a table: fewer are scales of one beside shifts of zero. */
const FEWEST = 3;

/** Undefined where nothing is there twice. Rows of one value, such as zeros, count each by itself: before training many are equal. */
export function equalRows(values: Float64Array, shape: readonly number[]): EqualRows | undefined {
  let best: EqualRows | undefined;
  shape.forEach((size, axis) => {
    if (size < 2) return;
    const found = alongAxis(values, shape, axis);
    if (found.rows.length < (best?.rows.length ?? values.length)) best = found;
  });
  const single = grouped(values, 1, (row) => row);
  const most = ENOUGH * (best?.rows.length ?? values.length);
  const isTable = single.rows.length <= most && new Set(single.rows).size >= FEWEST;
  return isTable ? { axis: undefined, width: 1, ...single } : best;
}

function alongAxis(values: Float64Array, shape: readonly number[], axis: number): EqualRows {
  const width = shape[axis] ?? 1;
  const stride = elementCount(shape.slice(axis + 1));
  const start = (row: number): number => Math.floor(row / stride) * stride * width + (row % stride);
  return { axis, width, ...grouped(values, width, start, stride) };
}

function grouped(
  values: Float64Array,
  width: number,
  start: (row: number) => number,
  stride = 1,
): Pick<EqualRows, 'rows' | 'index'> {
  const at = (row: number, i: number): number => values[start(row) + i * stride] ?? NaN;
  const known = new Map<number, number[]>();
  const firsts: number[] = [];
  const isSame = (a: number, b: number): boolean => {
    for (let i = 0; i < width; i++) if (at(a, i) !== at(b, i)) return false;
    return true;
  };
  const index = Array.from({ length: values.length / width }, (_, row) => {
    let [key, isUniform] = [0, true];
    for (let i = 0; i < width; i++) {
      key = key * 31 + at(row, i);
      isUniform &&= at(row, i) === at(row, 0);
    }
    const alike = known.get(key) ?? [];
    const mayMerge = width === 1 ? at(row, 0) !== 0 : !isUniform;
    const found = mayMerge ? alike.find((number) => isSame(firsts[number] ?? -1, row)) : undefined;
    if (found !== undefined) return found;
    firsts.push(row);
    if (mayMerge) known.set(key, [...alike, firsts.length - 1]);
    return firsts.length - 1;
  });
  const rows = new Float64Array(firsts.length * width);
  firsts.forEach((row, number) => {
    for (let i = 0; i < width; i++) rows[number * width + i] = at(row, i);
  });
  return { rows, index };
}
