/** The least coefficients a ≥ 0 with a·xⱼ ≥ yⱼ at every point: of all such bounds the one nearest to the points, minimising Σ(a·xⱼ − yⱼ). */

/** Share of y by which rounding may break a bound. */
const SLACK = 1e-9;

/**
 * A linear program of few variables and points, solved by trying every vertex: exact, and at most (n + d)ᵈ/d! systems for d variables and n points. Undefined where no bound exists (a point
 * with y > 0 and x = 0).
 */
export function tightestBound(xs: readonly (readonly number[])[], ys: readonly number[]): number[] | undefined {
  const width = xs[0]?.length ?? 0;
  const axes = Array.from({ length: width }, (_, d) => ({
    row: Array.from({ length: width }, (__, e) => (d === e ? 1 : 0)),
    value: 0,
  }));
  const faces = [...xs.map((row, j) => ({ row: [...row], value: ys[j] as number })), ...axes];
  let best: { coefficients: number[]; excess: number } | undefined;
  for (const chosen of combinations(faces.length, width)) {
    const coefficients = solve(
      chosen.map((face) => faces[face]?.row ?? []),
      chosen.map((face) => faces[face]?.value ?? NaN),
    );
    if (coefficients === undefined) continue;
    const values = xs.map((row) => row.reduce((sum, x, d) => sum + x * (coefficients[d] as number), 0));
    const holds =
      coefficients.every((coefficient) => coefficient >= 0) &&
      values.every((value, j) => value >= (ys[j] as number) - SLACK * Math.abs(ys[j] as number));
    const excess = values.reduce((sum, value, j) => sum + value - (ys[j] as number), 0);
    if (holds && excess < (best?.excess ?? Infinity)) best = { coefficients, excess };
  }
  return best?.coefficients;
}

/** All ways to pick `size` of 0 … count−1. */
function combinations(count: number, size: number): number[][] {
  if (size === 0) return [[]];
  return Array.from({ length: count }, (_, first) => first).flatMap((first) =>
    combinations(count - first - 1, size - 1).map((rest) => [first, ...rest.map((each) => each + first + 1)]),
  );
}

/** Gaussian elimination with column scaling and row exchanges; −0 and rounding below zero count as zero. Undefined for a singular matrix. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] | undefined {
  const n = right.length;
  const scales = Array.from({ length: n }, (_, d) => Math.max(...matrix.map((row) => Math.abs(row[d] as number))));
  if (scales.some((scale) => scale === 0)) return undefined;
  const rows = matrix.map((row, i) => [...row.map((x, d) => x / (scales[d] as number)), right[i] as number]);
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let i = column + 1; i < n; i++)
      if (Math.abs(rows[i]?.[column] ?? 0) > Math.abs(rows[pivot]?.[column] ?? 0)) pivot = i;
    const row = rows[pivot] as number[];
    if (Math.abs(row[column] as number) < 1e-12) return undefined;
    rows[pivot] = rows[column] as number[];
    rows[column] = row;
    rows.forEach((other, i) => {
      if (i === column) return;
      const factor = (other[column] as number) / (row[column] as number);
      for (let j = column; j <= n; j++) other[j] = (other[j] as number) - factor * (row[j] as number);
    });
  }
  const scaled = rows.map((row, d) => (row[n] as number) / (row[d] as number));
  const largest = Math.max(...scaled.map(Math.abs));
  return scaled.map((value, d) => (Math.abs(value) <= 1e-12 * largest ? 0 : value / (scales[d] as number)));
}
