import { unitReflector, type ColumnMatrix } from './bidiagonalise';

/**
 * The triangular factor R of A = QR for a matrix whose rows come in blocks: R has A's singular values and only n² elements, however many rows there
 * are. A block p × n costs 2·p·n² operations. Every reflection acts on one row of R and the block alone, because the other rows of R are zero there.
 */
export class TriangularFactor {
  /** Row k of R at k·size. */
  private readonly factor: Float64Array;

  constructor(private readonly size: number) {
    this.factor = new Float64Array(size * size);
  }

  /** Takes in further rows; destroys the block's data. `pause` is told the share of the block that is done. */
  async absorb({ rows: p, data }: ColumnMatrix, pause: (fraction: number) => Promise<void> | void): Promise<void> {
    const n = this.size;
    const u = new Float64Array(p + 1);
    for (let k = 0; k < n; k++) {
      if (k % 16 === 0) await pause(1 - (1 - k / n) ** 2);
      u[0] = this.factor[k * n + k] as number;
      u.set(data.subarray(k * p, k * p + p), 1);
      this.factor[k * n + k] = unitReflector(u, 0, p + 1);
      reflect(this.factor, data, n, p, k, u);
    }
  }

  /** R, column after column. */
  matrix(): ColumnMatrix {
    const n = this.size;
    const data = new Float64Array(n * n);
    for (let k = 0; k < n; k++) for (let j = k; j < n; j++) data[j * n + k] = this.factor[k * n + j] as number;
    return { rows: n, columns: n, data };
  }
}

/** Columns beyond k of (row k of R, block) ← (I − 2uuᵀ)·them. */
function reflect(factor: Float64Array, data: Float64Array, n: number, p: number, k: number, u: Float64Array): void {
  const head = u[0] as number;
  for (let j = k + 1; j < n; j++) {
    const offset = j * p;
    let [s0, s1] = [head * (factor[k * n + j] as number), 0];
    let i = 0;
    for (; i + 1 < p; i += 2) {
      s0 += (data[offset + i] as number) * (u[i + 1] as number);
      s1 += (data[offset + i + 1] as number) * (u[i + 2] as number);
    }
    if (i < p) s0 += (data[offset + i] as number) * (u[i + 1] as number);
    const twice = 2 * (s0 + s1);
    factor[k * n + j] = (factor[k * n + j] as number) - twice * head;
    for (i = 0; i < p; i++) data[offset + i] = (data[offset + i] as number) - twice * (u[i + 1] as number);
  }
}
