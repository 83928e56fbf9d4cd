/** The lower factor L of a symmetric positive definite matrix A = LLᵀ, by rows; row i has i + 1 entries. n³/3 operations. */
export function cholesky(matrix: readonly Float64Array[]): Float64Array[] {
  const factor: Float64Array[] = [];
  for (const [i, source] of matrix.entries()) {
    const row = new Float64Array(i + 1);
    for (let j = 0; j <= i; j++) {
      const other = j < i ? (factor[j] as Float64Array) : row;
      let sum = source[j] as number;
      for (let k = 0; k < j; k++) sum -= (row[k] as number) * (other[k] as number);
      if (j < i) row[j] = sum / (other[j] as number);
      else if (sum > 0) row[j] = Math.sqrt(sum);
      else throw new RangeError(`the matrix is not positive definite: pivot ${i} is ${sum}`);
    }
    factor.push(row);
  }
  return factor;
}

/** Columns that are solved for at a time, so that they stay in the cache. */
const PANEL = 256;

/** L⁻¹B in place; B by rows. */
export function solveLower(factor: readonly Float64Array[], rows: readonly Float64Array[]): void {
  const columns = rows[0]?.length ?? 0;
  for (let start = 0; start < columns; start += PANEL)
    solvePanel(
      factor,
      rows.map((row) => row.subarray(start, start + PANEL)),
    );
}

function solvePanel(factor: readonly Float64Array[], rows: readonly Float64Array[]): void {
  for (const [i, row] of rows.entries()) {
    const coefficients = factor[i] as Float64Array;
    for (let k = 0; k < i; k++) {
      const other = rows[k] as Float64Array;
      const c = coefficients[k] as number;
      for (let j = 0; j < row.length; j++) row[j] = (row[j] as number) - c * (other[j] as number);
    }
    const pivot = coefficients[i] as number;
    for (let j = 0; j < row.length; j++) row[j] = (row[j] as number) / pivot;
  }
}

/** L⁻ᵀB in place; B by rows. */
export function solveUpper(factor: readonly Float64Array[], rows: readonly Float64Array[]): void {
  for (let i = rows.length - 1; i >= 0; i--) {
    const row = rows[i] as Float64Array;
    const pivot = factor[i]?.[i] as number;
    for (let j = 0; j < row.length; j++) row[j] = (row[j] as number) / pivot;
    for (let k = 0; k < i; k++) {
      const other = rows[k] as Float64Array;
      const c = factor[i]?.[k] as number;
      for (let j = 0; j < row.length; j++) other[j] = (other[j] as number) - c * (row[j] as number);
    }
  }
}
