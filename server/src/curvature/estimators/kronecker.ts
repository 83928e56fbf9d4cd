/**
 * Kronecker factors of the second moment F = Σ w g gᵀ of gradients that are m × n matrices G: F ≈ L ⊗ R (row-major; L acts on rows, R on columns). Shampoo's factors are L = Σ w GGᵀ,
 * R = Σ w GᵀG (Gupta, Koren, Singer 2018); the nearest product in the Frobenius norm is the leading singular pair of the rearranged F, found by L ← Σ w GRGᵀ, R ← Σ w GᵀLG
 * (Van Loan, Pitsianis 1993), of which Shampoo² = L ⊗ R is the first step from the identity (Morwani et al. 2025, A New Perspective on Shampoo's Preconditioner).
 */
import { timesTransposed } from '../linearAlgebra/matrixProduct';
import { addScaled, dot, norm, type Vector } from '../linearAlgebra/vector';
import { GradientMoments, type Gradients, type Matrix } from './gradientMoments';

export interface Factors {
  /** m × m */
  readonly left: Matrix;
  /** n × n */
  readonly right: Matrix;
}

const POWER_STEPS = 100;
const POWER_TOLERANCE = 1e-8;

const zeros = (size: number): Float64Array[] => Array.from({ length: size }, () => new Float64Array(size));

const rowsOf = (g: Vector, rows: number, columns: number): Vector[] =>
  Array.from({ length: rows }, (_, i) => g.subarray(i * columns, (i + 1) * columns));

export const shampooFactors = (moments: GradientMoments): Factors => ({ left: moments.left(), right: moments.right() });

/** The nearest Kronecker product. */
export function optimalFactors(moments: GradientMoments): Factors {
  let left: Float64Array[] | undefined;
  let right: Float64Array[] = [];
  let size = 0;
  for (let step = 0; step < POWER_STEPS; step++) {
    right = normalised(moments.right(left));
    left = moments.left(right);
    const now = frobenius(left);
    if (!(Math.abs(now - size) > POWER_TOLERANCE * now)) break;
    size = now;
    left = normalised(left);
  }
  return { left: left ?? [], right };
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
export function kroneckerCosine(moments: GradientMoments, { left, right }: Factors, size: number): number {
  // ⟨F, L ⊗ R⟩ = tr(L·Σ w G R Gᵀ) for symmetric factors.
  const inner = moments.left(right).reduce((sum, row, i) => sum + dot(row, left[i] as Float64Array), 0);
  return inner / (size * frobenius(left) * frobenius(right));
}

/** (L ⊗ R)v for v of m·n numbers. */
export function applyKronecker({ left, right }: Factors, v: Vector): Float64Array {
  const n = right.length;
  const rows = left.map((coefficients) => {
    const sum = new Float64Array(n);
    coefficients.forEach((c, k) => addScaled(sum, c, v.subarray(k * n, (k + 1) * n)));
    return sum;
  });
  const result = new Float64Array(left.length * n);
  timesTransposed(
    rows,
    right,
    rows.map((_, i) => result.subarray(i * n, (i + 1) * n)),
  );
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
