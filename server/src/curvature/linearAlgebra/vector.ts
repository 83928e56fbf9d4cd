/** Dense vectors. Krylov bases may be kept in float32 to save memory; sums are always float64. */
export type Vector = Float64Array | Float32Array;

/** Σ aᵢbᵢ, in four partial sums: faster, and with less rounding than one. */
export function dot(a: Vector, b: Vector): number {
  const n = a.length;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < n; i += 4) {
    s0 += (a[i] as number) * (b[i] as number);
    s1 += (a[i + 1] as number) * (b[i + 1] as number);
    s2 += (a[i + 2] as number) * (b[i + 2] as number);
    s3 += (a[i + 3] as number) * (b[i + 3] as number);
  }
  for (; i < n; i++) s0 += (a[i] as number) * (b[i] as number);
  return s0 + s1 + (s2 + s3);
}

/** ‖a‖² */
export const squaredNorm = (a: Vector): number => dot(a, a);

export const norm = (a: Vector): number => Math.sqrt(dot(a, a));

/** Σ aᵢbᵢ over the half-open ranges. */
export function dotOver(a: Vector, b: Vector, ranges: readonly (readonly [number, number])[]): number {
  let sum = 0;
  for (const [start, end] of ranges) sum += dot(a.subarray(start, end), b.subarray(start, end));
  return sum;
}

/** y ← y + αx. */
export function addScaled(y: Vector, alpha: number, x: Vector): void {
  for (let i = 0; i < y.length; i++) y[i] = (y[i] as number) + alpha * (x[i] as number);
}

/** αx, float64. */
export function scaled(x: Vector, alpha: number): Float64Array {
  const y = new Float64Array(x.length);
  for (let i = 0; i < y.length; i++) y[i] = alpha * (x[i] as number);
  return y;
}

/** Σₖ coefficients[k]·vectors[k], float64. */
export function combination(vectors: readonly Vector[], coefficients: ArrayLike<number>): Float64Array {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  vectors.forEach((vector, k) => addScaled(sum, coefficients[k] ?? 0, vector));
  return sum;
}
