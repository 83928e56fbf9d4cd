/** Householder reduction of a dense matrix to bidiagonal form (Golub and Kahan 1965), for singular values alone. */

/** A dense matrix, column after column: element (i, j) at j·rows + i. */
export interface ColumnMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** Upper bidiagonal with the singular values of what it was made from. */
export interface Bidiagonal {
  readonly diagonal: Float64Array;
  /** One shorter. */
  readonly superdiagonal: Float64Array;
}

/** Called now and then with the share of the work that is done; rejects to end it. */
export type Pause = (fraction: number) => Promise<void> | void;

/**
 * `matrix`: at least as many rows as columns; its data is destroyed. Costs 4·n²·(m − n/3) operations. The computed values are those of a matrix within a
 * small multiple of n·ε·‖A‖ of the given one.
 *
 * Every step reflects from the left so that a column becomes zero below the diagonal, then from the right so that a row becomes zero beyond the
 * superdiagonal. The right reflection A ← A − y·vᵀ is left pending and done by the next step's pass over the columns: the matrix is then read
 * twice in a step, not four times.
 */
export async function bidiagonalise({ rows: m, columns: n, data }: ColumnMatrix, pause: Pause): Promise<Bidiagonal> {
  const diagonal = new Float64Array(n);
  const superdiagonal = new Float64Array(Math.max(0, n - 1));
  const row = new Float64Array(n);
  const right = new Float64Array(n);
  const pending = new Float64Array(m);
  const left = new Float64Array(m);
  for (let k = 0; k < n; k++) {
    if (k % 8 === 0) await pause(1 - (1 - k / n) ** 3);
    subtractScaled(data, k * m, right[k] as number, pending, k, m);
    left.set(data.subarray(k * m + k, k * m + m), k);
    diagonal[k] = unitReflector(left, k, m);
    reflectColumns(data, m, n, k, left, pending, right, row);
    right.fill(0);
    if (k + 1 >= n) continue;
    right.set(row.subarray(k + 1), k + 1);
    superdiagonal[k] = unitReflector(right, k + 1, n);
    combineColumns(pending, data, m, n, right, k + 1);
  }
  return { diagonal, superdiagonal };
}

/**
 * Turns `vector` from `start` to `end` into the unit u for which (I − 2uuᵀ) maps it to a multiple of the first axis, and returns that multiple. u is zero
 * where nothing is left to remove.
 */
export function unitReflector(vector: Float64Array, start: number, end: number): number {
  const first = vector[start] ?? 0;
  let largest = 0;
  for (let i = start + 1; i < end; i++) largest = Math.max(largest, Math.abs(vector[i] as number));
  if (largest === 0) {
    vector.fill(0, start, end);
    return first;
  }
  largest = Math.max(largest, Math.abs(first));
  // Scaled by the largest magnitude, squares neither overflow nor vanish.
  let sum = 0;
  for (let i = start; i < end; i++) {
    const value = (vector[i] as number) / largest;
    vector[i] = value;
    sum += value * value;
  }
  const length = Math.sqrt(sum);
  const head = vector[start] as number;
  const image = head > 0 ? -length : length;
  vector[start] = head - image;
  const size = Math.sqrt(2 * length * (length + Math.abs(head)));
  for (let i = start; i < end; i++) vector[i] = (vector[i] as number) / size;
  return image * largest;
}

/** data[offset + i] ← data[offset + i] − αxᵢ for start ≤ i < end. */
export function subtractScaled(
  data: Float64Array,
  offset: number,
  alpha: number,
  x: Float64Array,
  start: number,
  end: number,
): void {
  for (let i = start; i < end; i++) data[offset + i] = (data[offset + i] as number) - alpha * (x[i] as number);
}

/** On columns beyond k and rows from k on: A ← A − y·vᵀ, then A ← (I − 2uuᵀ)A. `row` receives row k of the result. */
function reflectColumns(
  data: Float64Array,
  m: number,
  n: number,
  k: number,
  u: Float64Array,
  y: Float64Array,
  v: Float64Array,
  row: Float64Array,
): void {
  for (let j = k + 1; j < n; j++) {
    const offset = j * m;
    const alpha = v[j] as number;
    let [s0, s1] = [0, 0];
    let i = k;
    for (; i + 1 < m; i += 2) {
      const a0 = (data[offset + i] as number) - alpha * (y[i] as number);
      const a1 = (data[offset + i + 1] as number) - alpha * (y[i + 1] as number);
      data[offset + i] = a0;
      data[offset + i + 1] = a1;
      s0 += a0 * (u[i] as number);
      s1 += a1 * (u[i + 1] as number);
    }
    if (i < m) {
      const a0 = (data[offset + i] as number) - alpha * (y[i] as number);
      data[offset + i] = a0;
      s0 += a0 * (u[i] as number);
    }
    const twice = 2 * (s0 + s1);
    for (i = k; i < m; i++) data[offset + i] = (data[offset + i] as number) - twice * (u[i] as number);
    row[j] = data[offset + k] as number;
  }
}

/** target ← 2·Σⱼ weights[j]·column j over j ≥ start, on the rows from `start` on; four columns at a time save passes over the target. */
function combineColumns(
  target: Float64Array,
  data: Float64Array,
  m: number,
  n: number,
  weights: Float64Array,
  start: number,
): void {
  target.fill(0);
  let j = start;
  for (; j + 3 < n; j += 4) {
    const a = j * m;
    const b = a + m;
    const c = b + m;
    const d = c + m;
    const wa = 2 * (weights[j] as number);
    const wb = 2 * (weights[j + 1] as number);
    const wc = 2 * (weights[j + 2] as number);
    const wd = 2 * (weights[j + 3] as number);
    for (let i = start; i < m; i++)
      target[i] =
        (target[i] as number) +
        (wa * (data[a + i] as number) +
          wb * (data[b + i] as number) +
          (wc * (data[c + i] as number) + wd * (data[d + i] as number)));
  }
  for (; j < n; j++) {
    const weight = 2 * (weights[j] as number);
    for (let i = start; i < m; i++) target[i] = (target[i] as number) + weight * (data[j * m + i] as number);
  }
}
