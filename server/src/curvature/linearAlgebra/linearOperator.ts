import type { Vector } from './vector';
import { dot } from './vector';

/** A symmetric matrix known by its products. */
export interface LinearOperator {
  /** Rows. */
  readonly size: number;
  /** Vectors that are multiplied at the cost of about one: callers do well to pass multiples of it. */
  readonly blockSize: number;
  /** Unit roundoff of the arithmetic behind the products (2⁻²⁴ or 2⁻⁵³). */
  readonly roundoff: number;
  /** Products with each vector. Throws the signal's reason when the analysis was cancelled. */
  applyBlock(vectors: readonly Vector[]): Promise<Float64Array[]>;
  /** Vectors multiplied so far. */
  readonly applications: number;
}

export const ROUNDOFF = { float32: 2 ** -24, float64: 2 ** -53 } as const;

/** An operator on vectors of length `size` whose products a function computes in float64, one by one. */
export function functionOperator(size: number, product: (v: Vector) => Float64Array): LinearOperator {
  let applications = 0;
  return {
    size,
    blockSize: 1,
    roundoff: ROUNDOFF.float64,
    get applications() {
      return applications;
    },
    applyBlock: (vectors) => {
      applications += vectors.length;
      return Promise.resolve(vectors.map(product));
    },
  };
}

/** An explicit matrix as an operator. */
export const matrixOperator = (rows: readonly Float64Array[]): LinearOperator =>
  functionOperator(rows.length, (v) => Float64Array.from(rows, (row) => dot(row, v)));

/** An operator of the same size whose products are made of products with `source`, which counts them. */
export const derivedOperator = (source: LinearOperator, applyBlock: LinearOperator['applyBlock']): LinearOperator => ({
  size: source.size,
  blockSize: source.blockSize,
  roundoff: source.roundoff,
  get applications() {
    return source.applications;
  },
  applyBlock,
});

/** The vector of length `size` with `part` on the ranges and zero elsewhere. */
export function embed(part: Vector, ranges: readonly (readonly [number, number])[], size: number): Float64Array {
  const whole = new Float64Array(size);
  let taken = 0;
  for (const [start, end] of ranges) {
    whole.set(part.subarray(taken, taken + end - start), start);
    taken += end - start;
  }
  return whole;
}

/** The components of `whole` on the ranges, one after another. */
export function restrict(whole: Vector, ranges: readonly (readonly [number, number])[], size: number): Float64Array {
  const part = new Float64Array(size);
  let filled = 0;
  for (const [start, end] of ranges) {
    part.set(whole.subarray(start, end), filled);
    filled += end - start;
  }
  return part;
}
