/**
 * How far the Hessian of a random batch is from that of all samples inside the span of known eigenvectors U. With Mᵢ = UᵀHᵢU of single samples and M their mean, a batch of B drawn
 * independently has
 *     E‖M_B − M‖_F² = V/B,   V = mean ‖Mᵢ − M‖_F² · N/(N − 1),
 * exactly; its largest eigenvalue is too large on average, which is measured by drawing batches.
 */
import { symmetricEigen } from '../linearAlgebra/symmetric';
import type { Random } from '../random';
import { symmetricSpread, type Spread } from '../quantity';
import { mean, meanHalfWidth } from '../statistics/moments';
import { studentisedFunction } from '../statistics/studentisedFunction';
import type { Probed } from './hutchPlusPlus';
import type { SampleForms } from './samplingInterval';
import { squaredDistance } from './uniformQuantiser';

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

/** V and ‖M‖_F, and the 95 % error of log √V/‖M‖_F as a statement about the distribution of the samples. */
export function inexactness(
  { matrices, k }: SubspaceForms,
  random: Random,
): { readonly variance: number; readonly norm: number; readonly logError: Spread } {
  const n = matrices.length;
  const correction = n / (n - 1);
  const upper = Array.from({ length: k * k }, (_, e) => e).filter((e) => e % k >= Math.floor(e / k));
  const entries = upper.map((e) => Float64Array.from(matrices, (matrix) => matrix[e] as number));
  const squares = Float64Array.from(matrices, (matrix) => matrix.reduce((sum, entry) => sum + entry * entry, 0));
  const normSquare = (means: readonly number[]): number =>
    means.reduce((sum, entry, u) => sum + (isDiagonal(upper[u] as number, k) ? 1 : 2) * entry * entry, 0);
  const centre = normSquare(entries.map((row) => mean(row)));
  const logRatio = ([square = NaN, ...means]: readonly number[]): number => {
    const norm = normSquare(means);
    return Math.log((correction * (square - norm)) / norm) / 2;
  };
  const average = averageOf(matrices, k);
  const variance = correction * mean(matrices.map((matrix) => squaredDistance(matrix, average)));
  return {
    variance,
    norm: Math.sqrt(centre),
    logError: variance > 0 ? studentisedFunction([squares, ...entries], logRatio, random) : symmetricSpread(0),
  };
}

const isDiagonal = (entry: number, k: number): boolean => entry % (k + 1) === 0;

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
