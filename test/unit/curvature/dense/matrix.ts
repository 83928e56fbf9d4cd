/** Small dense matrices by rows, in plain arithmetic. */
export type Rows = readonly (readonly number[])[];

export const at = (values: readonly number[], i: number): number => values[i] ?? NaN;
export const inner = (x: readonly number[], y: readonly number[]): number =>
  x.reduce((sum, v, i) => sum + v * at(y, i), 0);
export const average = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
export const times = (matrix: Rows, x: readonly number[]): number[] => matrix.map((row) => inner(row, x));
export const transposed = (matrix: Rows): number[][] =>
  (matrix[0] ?? []).map((_, j) => matrix.map((row) => at(row, j)));
export const product = (a: Rows, b: Rows): number[][] => {
  const columns = transposed(b);
  return a.map((row) => columns.map((column) => inner(row, column)));
};
export const outer = (x: readonly number[], y: readonly number[]): number[][] => x.map((a) => y.map((b) => a * b));
export const kronecker = (a: Rows, b: Rows): number[][] =>
  a.flatMap((rowA) => b.map((rowB) => rowA.flatMap((x) => rowB.map((y) => x * y))));
export const trace = (matrix: Rows): number => matrix.reduce((sum, row, i) => sum + at(row, i), 0);
export const frobenius = (matrix: Rows): number => Math.sqrt(matrix.reduce((sum, row) => sum + inner(row, row), 0));
export const minus = (a: Rows, b: Rows): number[][] => a.map((row, i) => row.map((x, j) => x - at(b[i] ?? [], j)));
export const mean = (matrices: readonly Rows[]): number[][] =>
  (matrices[0] ?? []).map((row, i) => row.map((_, j) => average(matrices.map((matrix) => at(matrix[i] ?? [], j)))));
export const block = (matrix: Rows, rows: Range, columns: Range = rows): number[][] =>
  matrix.slice(...rows).map((row) => row.slice(...columns));
export const diagonal = (values: readonly number[]): number[][] =>
  values.map((value, i) => values.map((_, j) => (i === j ? value : 0)));

/** From the first to before the last. */
export type Range = readonly [number, number];

const SWEEPS = 60;

/** Eigenvalues, falling, and eigenvectors of a symmetric matrix by Jacobi's rotations. */
export function eigen(matrix: Rows): { readonly values: number[]; readonly vectors: number[][] } {
  const a = matrix.map((row) => [...row]);
  const n = a.length;
  const v = diagonal(a.map(() => 1));
  for (let sweep = 0; sweep < SWEEPS; sweep++)
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, p, q);
  const order = a.map((row, i) => ({ value: at(row, i), i })).sort((x, y) => y.value - x.value);
  const columns = transposed(v);
  return { values: order.map(({ value }) => value), vectors: order.map(({ i }) => columns[i] ?? []) };
}

/** Makes the entry (p, q) zero. */
function rotate(a: number[][], v: number[][], p: number, q: number): void {
  const [rowP, rowQ] = [a[p] as number[], a[q] as number[]];
  const off = at(rowP, q);
  if (off === 0) return;
  const ratio = (at(rowQ, q) - at(rowP, p)) / (2 * off);
  const t = (ratio < 0 ? -1 : 1) / (Math.abs(ratio) + Math.hypot(1, ratio));
  const c = 1 / Math.hypot(1, t);
  const s = t * c;
  const turn = (row: number[]): void => {
    [row[p], row[q]] = [c * at(row, p) - s * at(row, q), s * at(row, p) + c * at(row, q)];
  };
  a.forEach(turn);
  for (let k = 0; k < rowP.length; k++)
    [rowP[k], rowQ[k]] = [c * at(rowP, k) - s * at(rowQ, k), s * at(rowP, k) + c * at(rowQ, k)];
  v.forEach(turn);
}

export const eigenvalues = (matrix: Rows): number[] => eigen(matrix).values;
export const largest = (matrix: Rows): number => at(eigenvalues(matrix), 0);
/** Singular values, falling, as many as the smaller side has. */
export const singularValues = (matrix: Rows): number[] => {
  const few = matrix.length <= (matrix[0]?.length ?? 0) ? matrix : transposed(matrix);
  return eigenvalues(product(few, transposed(few))).map((square) => Math.sqrt(Math.max(0, square)));
};
/** f(A) of a symmetric matrix. */
export const applied = (matrix: Rows, f: (eigenvalue: number) => number): number[][] => {
  const { values, vectors } = eigen(matrix);
  return product(
    transposed(vectors),
    vectors.map((vector, k) => vector.map((x) => f(at(values, k)) * x)),
  );
};
