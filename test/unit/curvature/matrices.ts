import type { Image } from '../../../server/src/curvature/estimators/sketch';
import type { LinearOperator } from '../../../server/src/curvature/linearAlgebra/linearOperator';
/** Symmetric matrices of known spectrum. */
import { normalise } from '../../../server/src/curvature/linearAlgebra/orthogonalise';
import { Random } from '../../../server/src/curvature/random';

/** Rows of QΛQᵀ with Q a product of three random reflections. */
export function rotated(eigenvalues: readonly number[], seed: number): Float64Array[] {
  const n = eigenvalues.length;
  const random = new Random(seed, 'rotated');
  const rows = eigenvalues.map((value, i) => {
    const row = new Float64Array(n);
    row[i] = value;
    return row;
  });
  for (let k = 0; k < 3; k++) {
    const u = random.gaussianVector(n);
    normalise(u);
    for (const row of rows) reflect(row, u);
    for (let j = 0; j < n; j++) {
      const column = Float64Array.from(rows, (row) => row[j] ?? 0);
      reflect(column, u);
      rows.forEach((row, i) => (row[j] = column[i] ?? 0));
    }
  }
  // Exactly symmetric in spite of rounding.
  return rows.map((row, i) => row.map((entry, j) => (entry + (rows[j]?.[i] ?? 0)) / 2));
}

function reflect(vector: Float64Array, u: Float64Array): void {
  let along = 0;
  vector.forEach((x, i) => (along += x * (u[i] ?? 0)));
  vector.forEach((x, i) => (vector[i] = x - 2 * along * (u[i] ?? 0)));
}

/** Vectors with their products. */
export async function imagesOf(operator: LinearOperator, vectors: readonly Float64Array[]): Promise<Image[]> {
  const products = await operator.applyBlock(vectors);
  return vectors.map((vector, k) => ({ vector, product: products[k] as Float64Array }));
}

/** Three outliers over a bulk of both signs. */
export const spikedEigenvalues = [20, 12, 9, ...Array.from({ length: 77 }, (_, i) => Math.cos(3 * i) + 0.2)];
export const spiked = (): Float64Array[] => rotated(spikedEigenvalues, 17);

/** Its rows in two groups of two ranges each. */
export const spikedGroups = [
  {
    name: 'first',
    size: 30,
    ranges: [
      [0, 20],
      [50, 60],
    ] as const,
  },
  {
    name: 'second',
    size: 50,
    ranges: [
      [20, 50],
      [60, 80],
    ] as const,
  },
];
