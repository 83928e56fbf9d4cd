import type { LinearOperator } from '../linearAlgebra/linearOperator';

/** Rows of the matrix, made symmetric: p products with the unit vectors, in blocks. `onProgress` gets the share done. */
export async function denseMatrix(
  operator: LinearOperator,
  onProgress?: (fraction: number) => void,
): Promise<Float64Array[]> {
  const { size } = operator;
  const columns: Float64Array[] = [];
  const block = Math.max(1, operator.blockSize);
  for (let first = 0; first < size; first += block) {
    const units = Array.from({ length: Math.min(block, size - first) }, (_, i) => {
      const unit = new Float64Array(size);
      unit[first + i] = 1;
      return unit;
    });
    columns.push(...(await operator.applyBlock(units)));
    onProgress?.(columns.length / size);
  }
  return columns.map((column, i) => Float64Array.from(column, (entry, j) => (entry + (columns[j]?.[i] as number)) / 2));
}
