/**
 * How far the Hessian of a random batch is from that of all samples inside the span of known eigenvectors U. With Mᵢ = UᵀHᵢU of single samples and M their mean, a batch of B drawn
 * independently has
 *     E‖M_B − M‖_F² = V/B,   V = mean ‖Mᵢ − M‖_F² · N/(N − 1),
 * exactly; its largest eigenvalue is too large on average, which is measured by drawing batches.
 */
import { orthogonalise } from '../linearAlgebra/orthogonalise';
import { symmetricEigen } from '../linearAlgebra/symmetric';
import type { Random } from '../random';
import { symmetricSpread, type Spread } from '../quantity';
import { mean, meanHalfWidth } from '../statistics/moments';
import { studentisedFunction } from '../statistics/studentisedFunction';
import type { Probed } from './hutchPlusPlus';
import type { SampleForms } from './traceSampling';
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

/** What single samples have outside of the span: [a][probe][sample] = zᵀHᵢuₐ with random signs z made orthogonal to U, and the distances of the eigenvalues from the rest. */
export interface SpanLeaks {
  readonly forms: readonly (readonly Float64Array[])[];
  readonly gaps: readonly number[];
}

const PROBES = 3;

export async function spanLeaks(
  forms: SampleForms,
  pairs: readonly { readonly value: number; readonly vector: Float64Array }[],
  rest: number,
  random: Random,
): Promise<SpanLeaks> {
  const vectors = pairs.map(({ vector }) => vector);
  const size = vectors[0]?.length ?? 0;
  const probes = size > vectors.length ? Array.from({ length: PROBES }, () => signsOutside(random, size, vectors)) : [];
  const found = await forms.bilinear(vectors.flatMap((u) => probes.map((z) => [u, z] as const)));
  return {
    forms: vectors.map((_, a) => found.slice(a * probes.length, (a + 1) * probes.length)),
    gaps: pairs.map(({ value }) => value - rest),
  };
}

function signsOutside(random: Random, size: number, vectors: readonly Float64Array[]): Float64Array {
  const probe = random.rademacherVector(size);
  orthogonalise(probe, vectors);
  return probe;
}

/**
 * V and ‖M‖_F, and the 95 % error of log √V/‖M‖_F as a statement about the distribution of the samples, in the span that these samples have.
 *
 * The span was chosen by the same samples, and so is steeper for them than for others. Every sample is therefore looked at in the span that the others would have chosen: by perturbation theory sample i turns uₐ by
 * PHᵢuₐ/(N(λₐ − λ_rest)), P the projection off U. That is a mean distance: twice the whole correction is its share of the interval.
 */
export function inexactness(
  { matrices, k }: SubspaceForms,
  leaks: SpanLeaks,
  random: Random,
): { readonly variance: number; readonly norm: number; readonly logError: Spread } {
  const n = matrices.length;
  const correction = n / (n - 1);
  const upper = Array.from({ length: k * k }, (_, e) => e).filter((e) => e % k >= Math.floor(e / k));
  const normSquare = (means: readonly number[]): number =>
    means.reduce((sum, entry, u) => sum + (isDiagonal(upper[u] as number, k) ? 1 : 2) * entry * entry, 0);
  const logRatio = ([square = NaN, ...means]: readonly number[]): number => {
    const norm = normSquare(means);
    return Math.log((correction * (square - norm)) / norm) / 2;
  };
  const average = averageOf(matrices, k);
  const variance = correction * mean(matrices.map((matrix) => squaredDistance(matrix, average)));
  const norm = Math.hypot(...average);
  if (!(variance > 0)) return { variance, norm, logError: symmetricSpread(0) };
  const apart = matrices.map((matrix, i) => withoutOwnTurn(matrix, k, leaks, i, n));
  const squares = Float64Array.from(apart, ({ square }) => square);
  const entries = upper.map((e) => Float64Array.from(apart, ({ matrix }) => matrix[e] as number));
  const rows = [squares, ...entries];
  const spread = studentisedFunction(rows, logRatio, random);
  const shift = logRatio(rows.map((row) => mean(row))) - Math.log(variance / norm ** 2) / 2;
  return {
    variance,
    norm,
    logError: { shift, below: Math.hypot(spread.below, 2 * shift), above: Math.hypot(spread.above, 2 * shift) },
  };
}

/** UᵀHᵢU and ‖UᵀHᵢU‖_F², to first order in the turn of U that is due to sample i itself. */
function withoutOwnTurn(
  own: Float64Array,
  k: number,
  { forms, gaps }: SpanLeaks,
  sample: number,
  n: number,
): { readonly matrix: Float64Array; readonly square: number } {
  const matrix = own.slice();
  let square = own.reduce((sum, entry) => sum + entry * entry, 0);
  for (let a = 0; a < k; a++)
    for (let b = 0; b < k; b++) {
      const probes = forms[a]?.length ?? 0;
      // (PHᵢuₐ)·(PHᵢu_b)/N
      let shared = 0;
      for (let z = 0; z < probes; z++)
        shared += ((forms[a]?.[z]?.[sample] ?? 0) * (forms[b]?.[z]?.[sample] ?? 0)) / probes / n;
      const [turnA, turnB] = [shared / (gaps[a] ?? Infinity), shared / (gaps[b] ?? Infinity)];
      matrix[a * k + b] = (own[a * k + b] ?? 0) - turnA - turnB;
      square -= 4 * (own[a * k + b] ?? 0) * turnA;
    }
  return { matrix, square };
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
