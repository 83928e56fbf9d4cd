/**
 * Kronecker factors of the second moment F = Σ w g gᵀ of gradients that are m × n matrices G: F ≈ L ⊗ R (row-major; L acts on rows, R on columns). Shampoo's factors are L = Σ w GGᵀ,
 * R = Σ w GᵀG (Gupta, Koren, Singer 2018); the nearest product in the Frobenius norm is the leading singular pair of the rearranged F, found by L ← Σ w GRGᵀ, R ← Σ w GᵀLG
 * (Van Loan, Pitsianis 1993), of which Shampoo² = L ⊗ R is the first step from the identity (Morwani et al. 2025, A New Perspective on Shampoo's Preconditioner).
 */
import { symmetricEigen } from '../linearAlgebra/symmetric';
import { addScaled, dot, norm, type Vector } from '../linearAlgebra/vector';

export type Matrix = readonly Float64Array[];

export interface Gradients {
  /** Each m·n numbers, row after row. */
  readonly samples: readonly Vector[];
  /** One weight per sample. */
  readonly weights: ArrayLike<number>;
  readonly rows: number;
  readonly columns: number;
}

export interface Factors {
  /** m × m */
  readonly left: Matrix;
  /** n × n */
  readonly right: Matrix;
}

const POWER_STEPS = 100;
const POWER_TOLERANCE = 1e-8;

const zeros = (size: number): Float64Array[] => Array.from({ length: size }, () => new Float64Array(size));
export const identity = (size: number): Float64Array[] =>
  zeros(size).map((row, i) => {
    row[i] = 1;
    return row;
  });

const rowsOf = (g: Vector, rows: number, columns: number): Vector[] =>
  Array.from({ length: rows }, (_, i) => g.subarray(i * columns, (i + 1) * columns));

/** M·A for a symmetric M and A given by rows. */
function product(matrix: Matrix, rows: readonly Vector[], columns: number): Float64Array[] {
  return matrix.map((coefficients) => {
    const sum = new Float64Array(columns);
    coefficients.forEach((c, k) => {
      if (c !== 0) addScaled(sum, c, rows[k] as Vector);
    });
    return sum;
  });
}

const transposed = (rows: readonly Vector[], columns: number): Float64Array[] =>
  Array.from({ length: columns }, (_, j) => Float64Array.from(rows, (row) => row[j] as number));

/** Σ w G R Gᵀ (m × m); R undefined: the identity. */
export function leftMoment({ samples, weights, rows, columns }: Gradients, right?: Matrix): Float64Array[] {
  const sum = zeros(rows);
  samples.forEach((g, s) => {
    const own = rowsOf(g, rows, columns);
    const image = right === undefined ? own : transposed(product(right, transposed(own, columns), rows), rows);
    own.forEach((row, i) =>
      image.forEach((other, j) => {
        const target = sum[i] as Float64Array;
        target[j] = (target[j] as number) + (weights[s] ?? 0) * dot(row, other);
      }),
    );
  });
  return sum;
}

/** Σ w Gᵀ L G (n × n); L undefined: the identity. */
export function rightMoment({ samples, weights, rows, columns }: Gradients, left?: Matrix): Float64Array[] {
  const flipped = samples.map((g) =>
    Float64Array.from(transposed(rowsOf(g, rows, columns), columns).flatMap((row) => [...row])),
  );
  return leftMoment({ samples: flipped, weights, rows: columns, columns: rows }, left);
}

export const shampooFactors = (gradients: Gradients): Factors => ({
  left: leftMoment(gradients),
  right: rightMoment(gradients),
});

/** The nearest Kronecker product. */
export function optimalFactors(gradients: Gradients): Factors {
  let left: Float64Array[] = identity(gradients.rows);
  let right: Float64Array[] = [];
  let size = 0;
  for (let step = 0; step < POWER_STEPS; step++) {
    right = normalised(rightMoment(gradients, left));
    left = leftMoment(gradients, right);
    const now = frobenius(left);
    if (!(Math.abs(now - size) > POWER_TOLERANCE * now)) break;
    size = now;
    left = normalised(left);
  }
  return { left, right };
}

const frobenius = (matrix: Matrix): number => Math.hypot(...matrix.map((row) => norm(row)));

function normalised(matrix: Float64Array[]): Float64Array[] {
  const size = frobenius(matrix);
  return size > 0 ? matrix.map((row) => row.map((x) => x / size)) : matrix;
}

/** ‖Σ w g gᵀ‖_F from the products of the gradients with each other. */
export function momentNorm({ samples, weights }: Gradients): number {
  let sum = 0;
  samples.forEach((a, i) =>
    samples.slice(i).forEach((b, k) => {
      const weight = (weights[i] ?? 0) * (weights[i + k] ?? 0);
      if (weight !== 0) sum += (k === 0 ? 1 : 2) * weight * dot(a, b) ** 2;
    }),
  );
  return Math.sqrt(sum);
}

/** ⟨F, L ⊗ R⟩/(‖F‖‖L ⊗ R‖); `size`: ‖F‖_F. */
export function kroneckerCosine(gradients: Gradients, { left, right }: Factors, size: number): number {
  // ⟨F, L ⊗ R⟩ = tr(L·Σ w G R Gᵀ) for symmetric factors.
  const inner = leftMoment(gradients, right).reduce((sum, row, i) => sum + dot(row, left[i] as Float64Array), 0);
  return inner / (size * frobenius(left) * frobenius(right));
}

/** A^power of a positive semidefinite A, eigenvalues raised by `damping` times their mean before. */
export function matrixPower(matrix: Matrix, power: number, damping: number): Float64Array[] {
  const { values, vectors } = symmetricEigen(matrix);
  const floor = (damping * values.reduce((sum, value) => sum + Math.max(0, value), 0)) / Math.max(1, values.length);
  const result = zeros(matrix.length);
  vectors.forEach((v, k) => {
    const value = Math.max(0, values[k] as number) + floor;
    const factor = value > 0 ? value ** power : 0;
    v.forEach((x, i) => addScaled(result[i] as Float64Array, factor * x, v));
  });
  return result;
}

/** (L ⊗ R)v for v of m·n numbers. */
export function applyKronecker({ left, right }: Factors, v: Vector): Float64Array {
  const [m, n] = [left.length, right.length];
  const first = product(left, rowsOf(v, m, n), n);
  const result = new Float64Array(m * n);
  first.forEach((row, i) => right.forEach((coefficients, j) => (result[i * n + j] = dot(coefficients, row))));
  return result;
}

/**
 * K-FAC's factors (Martens, Grosse 2015) where every gradient is δaᵀ and δ is the gradient of the bias: L = E[δδᵀ], R = E[aaᵀ]; undefined where gradients are no such products (convolutions,
 * weights used at several positions).
 */
export function kfacFactors(
  { samples, weights, rows, columns }: Gradients,
  biases: readonly Vector[],
): Factors | undefined {
  const left = zeros(rows);
  const right = zeros(columns);
  let mass = 0;
  for (const [s, g] of samples.entries()) {
    const delta = biases[s] as Vector;
    const square = dot(delta, delta);
    const weight = weights[s] ?? 0;
    if (!(square > 0) || weight === 0) continue;
    const own = rowsOf(g, rows, columns);
    const input = new Float64Array(columns);
    own.forEach((row, i) => addScaled(input, (delta[i] as number) / square, row));
    // ‖G − δaᵀ‖² = ‖G‖² − ‖δ‖²‖a‖²
    if (Math.abs(dot(g, g) - square * dot(input, input)) > 1e-4 * dot(g, g)) return undefined;
    left.forEach((row, i) => addScaled(row, weight * (delta[i] as number), delta));
    right.forEach((row, j) => addScaled(row, weight * (input[j] as number), input));
    mass += weight;
  }
  return mass > 0 ? { left, right: right.map((row) => row.map((x) => x / mass)) } : undefined;
}
