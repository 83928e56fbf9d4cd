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
  addCombination(sum, coefficients, vectors);
  return sum;
}

/** y ← y + Σₖ coefficients[k]·vectors[k]: four vectors at a time, so that y is read and written once for all of them. */
export function addCombination(y: Float64Array, coefficients: ArrayLike<number>, vectors: readonly Vector[]): void {
  const fours = vectors.length - (vectors.length % 4);
  const c = (k: number): number => coefficients[k] ?? 0;
  for (let k = 0; k < fours; k += 4) {
    const [x0, x1, x2, x3] = vectors.slice(k, k + 4) as [Vector, Vector, Vector, Vector];
    addFour(y, [c(k), c(k + 1), c(k + 2), c(k + 3)], x0, x1, x2, x3);
  }
  for (let k = fours; k < vectors.length; k++) addScaled(y, c(k), vectors[k] as Vector);
}

function addFour(
  y: Float64Array,
  [c0, c1, c2, c3]: readonly [number, number, number, number],
  x0: Vector,
  x1: Vector,
  x2: Vector,
  x3: Vector,
): void {
  for (let i = 0; i < y.length; i++)
    y[i] =
      (y[i] as number) +
      (c0 * (x0[i] as number) + c1 * (x1[i] as number) + (c2 * (x2[i] as number) + c3 * (x3[i] as number)));
}

/** The inner products of `y` with each of the vectors. */
export function dots(vectors: readonly Vector[], y: Float64Array): Float64Array {
  const products = new Float64Array(vectors.length);
  const fours = vectors.length - (vectors.length % 4);
  for (let k = 0; k < fours; k += 4) {
    const [x0, x1, x2, x3] = vectors.slice(k, k + 4) as [Vector, Vector, Vector, Vector];
    products.set(dotFour(y, x0, x1, x2, x3), k);
  }
  for (let k = fours; k < vectors.length; k++) products[k] = dot(vectors[k] as Vector, y);
  return products;
}

function dotFour(
  y: Float64Array,
  x0: Vector,
  x1: Vector,
  x2: Vector,
  x3: Vector,
): readonly [number, number, number, number] {
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let i = 0; i < y.length; i++) {
    const own = y[i] as number;
    s0 += own * (x0[i] as number);
    s1 += own * (x1[i] as number);
    s2 += own * (x2[i] as number);
    s3 += own * (x3[i] as number);
  }
  return [s0, s1, s2, s3];
}
