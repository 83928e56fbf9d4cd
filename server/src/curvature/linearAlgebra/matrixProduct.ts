/** Products of dense matrices given by rows. */
import { addProductTransposed, type Rows } from '../../graph/evaluate/matrixProduct';
import type { Vector } from './vector';

/** Numbers of a row that are copied side by side at a time, so that the copy stays small beside the matrices. */
const PANEL = 2048;
/** Rows of a symmetric product that are computed up to the same column. */
const BAND = 32;

const zeros = (rows: number, columns: number): Float64Array[] =>
  Array.from({ length: rows }, () => new Float64Array(columns));

/** ABᵀ: the products of all rows of `a` with all rows of `b`, which are of the same length; added to `result`, where that is given. */
export function timesTransposed(
  a: readonly Vector[],
  b: readonly Vector[],
  result = zeros(a.length, b.length),
): Float64Array[] {
  const [m, n] = [a.length, b.length];
  const product = flat(m, n);
  for (const { depth, left, right } of panels(a, b)) addProductTransposed(m, n, depth, left, right, product);
  result.forEach((row, i) => {
    for (let j = 0; j < n; j++) row[j] = (row[j] as number) + (product.data[i * n + j] as number);
  });
  return result;
}

/** ABᵀ where it is known to be symmetric, as AAᵀ is: half of the work. */
export function symmetricTimesTransposed(a: readonly Vector[], b: readonly Vector[]): Float64Array[] {
  const n = a.length;
  const product = flat(n, n);
  for (const { depth, left, right } of panels(a, b))
    for (let first = 0; first < n; first += BAND) {
      const end = Math.min(n, first + BAND);
      addProductTransposed(end - first, end, depth, from(left, first), right, from(product, first));
    }
  const result = Array.from({ length: n }, (_, i) => product.data.slice(i * n, (i + 1) * n));
  for (const [i, row] of result.entries())
    for (let j = 0; j < i; j++) (result[j] as Float64Array)[i] = row[j] as number;
  return result;
}

const flat = (rows: number, columns: number): Rows => ({
  data: new Float64Array(rows * columns),
  offset: 0,
  stride: columns,
});

/** The rows from `first` on. */
const from = (rows: Rows, first: number): Rows => ({ ...rows, offset: rows.offset + first * rows.stride });

/** Both matrices, some columns at a time, their rows one after another. */
function* panels(a: readonly Vector[], b: readonly Vector[]): Iterable<{ depth: number; left: Rows; right: Rows }> {
  const length = a[0]?.length ?? 0;
  for (let start = 0; start < length; start += PANEL) {
    const depth = Math.min(PANEL, length - start);
    const left = packed(a, start, depth);
    yield { depth, left, right: a === b ? left : packed(b, start, depth) };
  }
}

function packed(rows: readonly Vector[], start: number, depth: number): Rows {
  const panel = flat(rows.length, depth);
  rows.forEach((row, i) => panel.data.set(row.subarray(start, start + depth), i * depth));
  return panel;
}
