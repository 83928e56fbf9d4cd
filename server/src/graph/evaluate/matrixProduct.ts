/** The rows from `offset` on, `stride` elements apart; elements of a row are adjacent. */
export interface Rows {
  readonly data: Float64Array;
  readonly offset: number;
  readonly stride: number;
}

/** A block of columns of a and b that stays in the first-level cache while it is used. */
const depthBlock = 256;
/** Rows of b that stay in the second-level cache while all rows of a pass by. */
const columnBlock = 64;

/**
 * C ← C + A·Bᵀ with A [m, k], B [n, k], C [m, n].
 *
 * Both operands are read along their rows, so that convolutions and contractions need at most one reordering each.
 * Blocks of 4 × 2 sums are kept in registers: 16 operations for 6 loads. Zeros are not skipped, so that 0·∞ and NaN
 * come out as they should.
 */
export function addProductTransposed(m: number, n: number, k: number, a: Rows, b: Rows, c: Rows): void {
  for (let k0 = 0; k0 < k; k0 += depthBlock) {
    const depth = Math.min(k - k0, depthBlock);
    for (let j0 = 0; j0 < n; j0 += columnBlock) {
      const j1 = Math.min(n, j0 + columnBlock);
      let i = 0;
      for (; i + 4 <= m; i += 4) fourRows(i, j0, j1, k0, depth, a, b, c);
      for (; i < m; i++) oneRow(i, j0, j1, k0, depth, a, b, c);
    }
  }
}

function fourRows(i: number, j0: number, j1: number, k0: number, depth: number, a: Rows, b: Rows, c: Rows): void {
  const [A, B, C] = [a.data, b.data, c.data];
  const start = a.offset + i * a.stride + k0;
  let j = j0;
  for (; j + 2 <= j1; j += 2) {
    let p0 = start;
    let p1 = p0 + a.stride;
    let p2 = p1 + a.stride;
    let p3 = p2 + a.stride;
    let q0 = b.offset + j * b.stride + k0;
    let q1 = q0 + b.stride;
    const end = q0 + depth;
    let [s00, s01, s10, s11, s20, s21, s30, s31] = [0, 0, 0, 0, 0, 0, 0, 0];
    for (; q0 < end; p0++, p1++, p2++, p3++, q0++, q1++) {
      const b0 = B[q0] as number;
      const b1 = B[q1] as number;
      const a0 = A[p0] as number;
      const a1 = A[p1] as number;
      const a2 = A[p2] as number;
      const a3 = A[p3] as number;
      s00 += a0 * b0;
      s01 += a0 * b1;
      s10 += a1 * b0;
      s11 += a1 * b1;
      s20 += a2 * b0;
      s21 += a2 * b1;
      s30 += a3 * b0;
      s31 += a3 * b1;
    }
    let o = c.offset + i * c.stride + j;
    C[o] = (C[o] as number) + s00;
    C[o + 1] = (C[o + 1] as number) + s01;
    o += c.stride;
    C[o] = (C[o] as number) + s10;
    C[o + 1] = (C[o + 1] as number) + s11;
    o += c.stride;
    C[o] = (C[o] as number) + s20;
    C[o + 1] = (C[o + 1] as number) + s21;
    o += c.stride;
    C[o] = (C[o] as number) + s30;
    C[o + 1] = (C[o + 1] as number) + s31;
  }
  if (j < j1) {
    let p0 = start;
    let p1 = p0 + a.stride;
    let p2 = p1 + a.stride;
    let p3 = p2 + a.stride;
    let q = b.offset + j * b.stride + k0;
    const end = q + depth;
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (; q < end; p0++, p1++, p2++, p3++, q++) {
      const b0 = B[q] as number;
      s0 += (A[p0] as number) * b0;
      s1 += (A[p1] as number) * b0;
      s2 += (A[p2] as number) * b0;
      s3 += (A[p3] as number) * b0;
    }
    let o = c.offset + i * c.stride + j;
    C[o] = (C[o] as number) + s0;
    o += c.stride;
    C[o] = (C[o] as number) + s1;
    o += c.stride;
    C[o] = (C[o] as number) + s2;
    o += c.stride;
    C[o] = (C[o] as number) + s3;
  }
}

function oneRow(i: number, j0: number, j1: number, k0: number, depth: number, a: Rows, b: Rows, c: Rows): void {
  const [A, B, C] = [a.data, b.data, c.data];
  const start = a.offset + i * a.stride + k0;
  const end = start + depth;
  let o = c.offset + i * c.stride + j0;
  let j = j0;
  for (; j + 4 <= j1; j += 4, o += 4) {
    let q0 = b.offset + j * b.stride + k0;
    let q1 = q0 + b.stride;
    let q2 = q1 + b.stride;
    let q3 = q2 + b.stride;
    let [s0, s1, s2, s3] = [0, 0, 0, 0];
    for (let p = start; p < end; p++, q0++, q1++, q2++, q3++) {
      const a0 = A[p] as number;
      s0 += a0 * (B[q0] as number);
      s1 += a0 * (B[q1] as number);
      s2 += a0 * (B[q2] as number);
      s3 += a0 * (B[q3] as number);
    }
    C[o] = (C[o] as number) + s0;
    C[o + 1] = (C[o + 1] as number) + s1;
    C[o + 2] = (C[o + 2] as number) + s2;
    C[o + 3] = (C[o + 3] as number) + s3;
  }
  for (; j < j1; j++, o++) {
    let q = b.offset + j * b.stride + k0;
    let s = 0;
    for (let p = start; p < end; p++, q++) s += (A[p] as number) * (B[q] as number);
    C[o] = (C[o] as number) + s;
  }
}
