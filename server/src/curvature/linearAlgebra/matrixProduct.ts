/** Products of dense matrices given by rows, in blocks of entries: each number that is loaded serves several of them. */
import { dot, type Vector } from './vector';

type Rows = readonly Float64Array[];

/** Rows and columns of one block of entries. */
const [TALL, WIDE] = [2, 4];
/** Numbers of a row that are multiplied at a time, so that those of many rows stay in the cache. */
const PANEL = 256;

const zeros = (rows: number, columns: number): Float64Array[] =>
  Array.from({ length: rows }, () => new Float64Array(columns));

/** ABᵀ: the products of all rows of `a` with all rows of `b`, which are of the same length; added to `result`, where that is given. */
export function timesTransposed(
  a: readonly Vector[],
  b: readonly Vector[],
  result = zeros(a.length, b.length),
): Float64Array[] {
  addTimesTransposed(a, b, result, () => b.length);
  return result;
}

/** ABᵀ where it is known to be symmetric, as AAᵀ is: half of the work. */
export function symmetricTimesTransposed(a: readonly Vector[], b: readonly Vector[]): Float64Array[] {
  const result = zeros(a.length, a.length);
  addTimesTransposed(a, b, result, (lastRow) => lastRow + 1);
  for (const [i, row] of result.entries())
    for (let j = 0; j < i; j++) (result[j] as Float64Array)[i] = row[j] as number;
  return result;
}

/** `columnsFor`: entries of a row that are wanted, by the number of the last row of its block. */
function addTimesTransposed(
  a: readonly Vector[],
  b: readonly Vector[],
  result: Rows,
  columnsFor: (lastRow: number) => number,
): void {
  const length = a[0]?.length ?? 0;
  for (let start = 0; start < length; start += PANEL) {
    const panel = (rows: readonly Vector[]): Float64Array[] =>
      rows.map((row) => float64(length <= PANEL ? row : row.subarray(start, start + PANEL)));
    addPanel(panel(a), panel(b), result, columnsFor);
  }
}

const float64 = (row: Vector): Float64Array => (row instanceof Float64Array ? row : Float64Array.from(row));

function addPanel(a: Rows, b: Rows, result: Rows, columnsFor: (lastRow: number) => number): void {
  for (let i = 0; i < a.length; i += TALL) {
    const isTall = i + TALL <= a.length;
    const columns = Math.min(b.length, columnsFor(Math.min(i + TALL, a.length) - 1));
    let j = 0;
    if (isTall) for (; j + WIDE <= b.length && j < columns; j += WIDE) addBlock(a, b, result, i, j);
    for (let row = i; row < Math.min(i + TALL, a.length); row++)
      for (let column = j; column < columns; column++) addEntry(a, b, result, row, column);
  }
}

function addEntry(a: Rows, b: Rows, result: Rows, i: number, j: number): void {
  const target = result[i] as Float64Array;
  target[j] = (target[j] as number) + dot(a[i] as Float64Array, b[j] as Float64Array);
}

/** Eight entries at once, each a sum of its own. */
function addBlock(a: Rows, b: Rows, result: Rows, i: number, j: number): void {
  const a0 = a[i] as Float64Array;
  const a1 = a[i + 1] as Float64Array;
  const b0 = b[j] as Float64Array;
  const b1 = b[j + 1] as Float64Array;
  const b2 = b[j + 2] as Float64Array;
  const b3 = b[j + 3] as Float64Array;
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  for (let k = 0; k < a0.length; k++) {
    const x = a0[k] as number;
    const y = a1[k] as number;
    const p = b0[k] as number;
    const q = b1[k] as number;
    const r = b2[k] as number;
    const s = b3[k] as number;
    s00 += x * p;
    s01 += x * q;
    s02 += x * r;
    s03 += x * s;
    s10 += y * p;
    s11 += y * q;
    s12 += y * r;
    s13 += y * s;
  }
  const upper = result[i] as Float64Array;
  const lower = result[i + 1] as Float64Array;
  upper[j] = (upper[j] as number) + s00;
  upper[j + 1] = (upper[j + 1] as number) + s01;
  upper[j + 2] = (upper[j + 2] as number) + s02;
  upper[j + 3] = (upper[j + 3] as number) + s03;
  lower[j] = (lower[j] as number) + s10;
  lower[j + 1] = (lower[j + 1] as number) + s11;
  lower[j + 2] = (lower[j + 2] as number) + s12;
  lower[j + 3] = (lower[j + 3] as number) + s13;
}
