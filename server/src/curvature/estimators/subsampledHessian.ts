/**
 * How far the Hessian of a random batch is from that of all samples inside the span of known eigenvectors U. With Mᵢ = UᵀHᵢU of single samples and M their mean, a batch of B drawn
 * independently has
 *     E‖M_B − M‖_F² = V/B,   V = mean ‖Mᵢ − M‖_F² · N/(N − 1),
 * exactly; its largest eigenvalue is too large on average, which is measured by drawing batches.
 */
import { symmetricEigen } from '../linearAlgebra/symmetric';
import type { Random } from '../random';
import { mean, meanHalfWidth } from '../statistics/moments';
import type { Probed } from './hutchPlusPlus';
import type { SampleForms } from './samplingInterval';

export interface SubspaceForms {
  /** Row-major k × k matrices UᵀHᵢU. */
  readonly matrices: readonly Float64Array[];
  readonly k: number;
}

export async function subspaceForms(forms: SampleForms, vectors: readonly Float64Array[]): Promise<SubspaceForms> {
  const k = vectors.length;
  const pairs = vectors.flatMap((u, a) => vectors.slice(a).map((v, b) => ({ a, b: a + b, vectors: [u, v] as const })));
  const values = await forms.bilinear(pairs.map((pair) => pair.vectors));
  const matrices = Array.from({ length: values[0]?.length ?? 0 }, (_, i) => {
    const matrix = new Float64Array(k * k);
    pairs.forEach(({ a, b }, p) => (matrix[a * k + b] = matrix[b * k + a] = values[p]?.[i] ?? 0));
    return matrix;
  });
  return { matrices, k };
}

/** Squared distances ‖Mᵢ − M‖_F² · N/(N − 1), one per sample, and ‖M‖_F. */
export function deviations({ matrices, k }: SubspaceForms): { readonly squares: Float64Array; readonly norm: number } {
  const n = matrices.length;
  const centre = averageOf(matrices, k);
  const squares = Float64Array.from(
    matrices,
    (matrix) => (n / (n - 1)) * matrix.reduce((sum, entry, e) => sum + (entry - (centre[e] as number)) ** 2, 0),
  );
  return { squares, norm: Math.hypot(...centre) };
}

/** Mean of λmax(M_B) over batches of `batch` samples, less λmax(M). */
export function largestEigenvalueBias(
  { matrices, k }: SubspaceForms,
  batch: number,
  draws: number,
  random: Random,
): Probed {
  const whole = largestOf(averageOf(matrices, k), k);
  const excess = Array.from({ length: draws }, () => {
    const picked = Array.from({ length: batch }, () => matrices[random.integer(matrices.length)] as Float64Array);
    return largestOf(averageOf(picked, k), k) - whole;
  });
  return { value: mean(excess), halfWidth: meanHalfWidth(excess) };
}

function averageOf(matrices: readonly Float64Array[], k: number): Float64Array {
  const average = new Float64Array(k * k);
  for (const matrix of matrices)
    for (let e = 0; e < average.length; e++)
      average[e] = (average[e] as number) + (matrix[e] as number) / matrices.length;
  return average;
}

const largestOf = (matrix: Float64Array, k: number): number =>
  symmetricEigen(
    Array.from({ length: k }, (_, a) => matrix.subarray(a * k, (a + 1) * k)),
    false,
  ).values.at(-1) ?? NaN;
