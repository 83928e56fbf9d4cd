/** Singular values of a dense matrix that is read in parts: all of them where that ends in a minute or two, else the leading ones. */
import { bidiagonalise, type ColumnMatrix, type Pause } from './bidiagonalise';
import { bidiagonalSingularValues } from './bidiagonalValues';
import { leadingSingularValues } from './leadingSingularValues';
import { TriangularFactor } from './triangularFactor';

/** A matrix somewhere else. */
export interface MatrixSource {
  readonly rows: number;
  readonly columns: number;
  /** Whether float32 holds every element exactly. */
  readonly isNarrow: boolean;
  /** Rows `start` … `start + count`, row after row. */
  readRows(start: number, count: number): Promise<ArrayLike<number>>;
}

export interface SingularValues {
  /** Largest first. All min(rows, columns) of them if `complete`. */
  readonly values: Float64Array;
  readonly complete: boolean;
  /** Every value is within this of a singular value of the matrix (of one within rounding, if `complete`). */
  readonly error: number;
  /** ‖A‖_F, of every element. */
  readonly frobenius: number;
  /** How they were computed. */
  readonly method: string;
}

export interface SingularValueLimits {
  /** Operations up to which all values are computed. */
  readonly operations: number;
  /** Elements that may be held at once. */
  readonly elements: number;
}

/** About two minutes of one core: a square matrix of 4096. */
export const defaultLimits: SingularValueLimits = { operations: 2e11, elements: 2 ** 28 };

/** What the leading values are computed to. */
const LEADING = { wanted: 32, tolerance: 1e-6, mostSteps: 300, seed: 1 };

/** Rows that are read at once, in elements. */
const BLOCK = 1 << 22;

/**
 * Throws `RangeError` where the matrix is too large even for leading values, holds elements that are not finite, or nothing converged; rethrows what `pause` throws.
 */
export async function singularValues(
  source: MatrixSource,
  pause: Pause,
  limits: SingularValueLimits = defaultLimits,
): Promise<SingularValues> {
  const { rows, columns } = source;
  const [long, short] = rows > columns ? [rows, columns] : [columns, rows];
  if (short === 0)
    return { values: new Float64Array(0), complete: true, error: 0, frobenius: 0, method: 'no elements' };
  const direct = 4 * short * short * (long - short / 3);
  const throughFactor = 2 * short * short * long + (8 / 3) * short ** 3;
  const fits = rows * columns <= limits.elements / 2;
  if (rows > columns && throughFactor <= limits.operations && (!fits || throughFactor < direct))
    return byFactor(source, pause, direct);
  if (direct <= limits.operations && fits) return byBidiagonal(source, pause);
  if (rows * columns <= limits.elements) return byLanczos(source, pause);
  throw new RangeError(
    `the matrix has ${(rows * columns).toLocaleString('en-US')} elements; singular values are computed of up to ${limits.elements.toLocaleString('en-US')}`,
  );
}

/** Rounding of a backward stable reduction. */
const roundingOf = (size: number, largest: number): number => size * Number.EPSILON * largest;

async function byBidiagonal(source: MatrixSource, pause: Pause): Promise<SingularValues> {
  const { rows, columns } = source;
  const frobenius = new NormOfParts();
  // A wide matrix is taken as its transpose: its rows are the columns.
  const isWide = columns > rows;
  const matrix: ColumnMatrix = {
    rows: isWide ? columns : rows,
    columns: isWide ? rows : columns,
    data: new Float64Array(rows * columns),
  };
  await forBlocks(source, pause, 0, (block, start, count) => {
    frobenius.add(block);
    if (isWide) matrix.data.set(block, start * columns);
    else transposeInto(matrix, block, start, count, columns);
    return Promise.resolve();
  });
  return complete(matrix, matrix.rows, pause, frobenius, 'Householder bidiagonalization and bisection, float64');
}

async function byFactor(source: MatrixSource, pause: Pause, direct: number): Promise<SingularValues> {
  const { rows, columns } = source;
  const frobenius = new NormOfParts();
  const factor = new TriangularFactor(columns);
  const share = Math.min(0.95, (2 * columns * columns * rows) / Math.max(direct, 1));
  await forBlocks(source, pause, share, async (block, start, count) => {
    frobenius.add(block);
    const part: ColumnMatrix = { rows: count, columns, data: new Float64Array(count * columns) };
    transposeInto(part, block, 0, count, columns);
    await factor.absorb(part, (done) => pause((share * (start + done * count)) / rows));
  });
  return complete(
    factor.matrix(),
    rows,
    (done) => pause(share + (1 - share) * done),
    frobenius,
    'Householder QR by blocks of rows, bidiagonalization and bisection, float64',
  );
}

/** `size`: the longer side of the matrix that `matrix` was made from. */
async function complete(
  matrix: ColumnMatrix,
  size: number,
  pause: Pause,
  frobenius: NormOfParts,
  method: string,
): Promise<SingularValues> {
  const values = bidiagonalSingularValues(await bidiagonalise(matrix, pause));
  return { values, complete: true, error: roundingOf(size, values[0] ?? 0), frobenius: frobenius.value, method };
}

async function byLanczos(source: MatrixSource, pause: Pause): Promise<SingularValues> {
  const { rows, columns, isNarrow } = source;
  const frobenius = new NormOfParts();
  const data = isNarrow ? new Float32Array(rows * columns) : new Float64Array(rows * columns);
  await forBlocks(source, pause, 0.1, (block, start) => {
    frobenius.add(block);
    data.set(block, start * columns);
    return Promise.resolve();
  });
  const found = await leadingSingularValues(
    { rows, columns, data },
    { ...LEADING, pause: (step) => pause(0.1 + (0.9 * step) / LEADING.mostSteps) },
  );
  if (found.length === 0) throw new RangeError(`no singular value converged in ${LEADING.mostSteps} steps`);
  return {
    values: Float64Array.from(found, ({ value }) => value),
    complete: found.length === Math.min(rows, columns),
    error: Math.max(roundingOf(rows, found[0]?.value ?? 0), ...found.map(({ residual }) => residual)),
    frobenius: frobenius.value,
    method: 'Golub–Kahan–Lanczos, the leading values only; a repeated value is found once',
  };
}

/** The rows in blocks; `share` of the progress is for reading them. */
async function forBlocks(
  source: MatrixSource,
  pause: Pause,
  share: number,
  take: (block: ArrayLike<number>, start: number, count: number) => Promise<void>,
): Promise<void> {
  const { rows, columns } = source;
  const size = Math.max(1, Math.floor(BLOCK / columns));
  for (let start = 0; start < rows; start += size) {
    const count = Math.min(size, rows - start);
    await pause((share * start) / rows);
    await take(await source.readRows(start, count), start, count);
  }
}

/** Rows of `block` become rows `start` … of the matrix, which lies column after column. */
function transposeInto(
  { rows, data }: ColumnMatrix,
  block: ArrayLike<number>,
  start: number,
  count: number,
  columns: number,
): void {
  for (let i = 0; i < count; i++)
    for (let j = 0; j < columns; j++) data[j * rows + start + i] = block[i * columns + j] as number;
}

/** Frobenius norm without overflow; throws for elements that are not finite. */
class NormOfParts {
  private largest = 0;
  /** Σ (a/largest)² */
  private sum = 0;

  add(block: ArrayLike<number>): void {
    let most = this.largest;
    for (let i = 0; i < block.length; i++) {
      const size = Math.abs(block[i] as number);
      if (!(size < Infinity))
        throw new RangeError('the tensor holds NaN or infinite elements; it has no singular values');
      if (size > most) most = size;
    }
    if (most === 0) return;
    this.sum *= (this.largest / most) ** 2;
    this.largest = most;
    let sum = 0;
    for (let i = 0; i < block.length; i++) sum += ((block[i] as number) / most) ** 2;
    this.sum += sum;
  }

  get value(): number {
    return this.largest * Math.sqrt(this.sum);
  }
}
