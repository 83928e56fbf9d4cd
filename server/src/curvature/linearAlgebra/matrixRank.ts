import { symmetricEigen } from './symmetric';
import { dot } from './vector';

/** Eigenvalues of the Gram matrix below this share of the largest are rounding. */
const NEGLIGIBLE = 1e-10;

/** Rank of a row-major matrix with `rows` rows, from the eigenvalues of its smaller Gram matrix. */
export function matrixRank(data: ArrayLike<number>, rows: number): number {
  const columns = data.length / rows;
  const vectors =
    rows <= columns
      ? Array.from({ length: rows }, (_, i) =>
          Float64Array.from({ length: columns }, (_, j) => data[i * columns + j] as number),
        )
      : Array.from({ length: columns }, (_, j) =>
          Float64Array.from({ length: rows }, (_, i) => data[i * columns + j] as number),
        );
  const gram = vectors.map((a) => Float64Array.from(vectors, (b) => dot(a, b)));
  const { values } = symmetricEigen(gram, false);
  const largest = values.at(-1) ?? 0;
  return values.filter((value) => value > NEGLIGIBLE * largest).length;
}
