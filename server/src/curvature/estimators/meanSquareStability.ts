/**
 * Stability of SGD on batches in the mean square (catalogue B3). Near a minimum, with batches of B drawn independently, the second moment of the distance Σ changes linearly,
 *     T(Σ) = (I − ηH)Σ(I − ηH) + (η²/B)·(mean HᵢΣHᵢ − HΣH),
 * and stays bounded exactly if T's spectral radius is at most 1 (Mulayoff and Michaeli 2024, "Exact Mean Square Linear Stability Analysis for SGD"). T is self-adjoint, so its restriction to
 * matrices UAUᵀ in the span of a few eigenvectors has a smaller radius: where that is above 1, SGD is unstable; where it is not, nothing is proved.
 */
import { symmetricEigen } from '../linearAlgebra/symmetric';
import { jackknifeHalfWidth } from '../statistics/jackknife';
import type { Random } from '../random';
import { mean } from '../statistics/moments';
import { positiveLimits } from '../statistics/studentisedFunction';
import { studentT95, NORMAL95 } from '../statistics/studentT';
import type { SubspaceForms } from './subsampledHessian';

/** What T needs, k² × k², row-major. */
export interface SecondMomentMap {
  readonly k: number;
  /** mean Mᵢ, k × k. */
  readonly mean: Float64Array;
  /** mean Mᵢ ⊗ Mᵢ. */
  readonly square: Float64Array;
}

/** Σ weights = 1; absent: all samples alike. */
export function secondMomentMap({ matrices, k }: SubspaceForms, weights?: ArrayLike<number>): SecondMomentMap {
  const centre = new Float64Array(k * k);
  const square = new Float64Array(k ** 4);
  matrices.forEach((matrix, i) => {
    const weight = weights?.[i] ?? 1 / matrices.length;
    for (let e = 0; e < centre.length; e++) centre[e] = (centre[e] as number) + weight * (matrix[e] as number);
    addKronecker(square, matrix, matrix, k, weight);
  });
  return { k, mean: centre, square };
}

/** target += weight·a ⊗ b. */
function addKronecker(target: Float64Array, a: Float64Array, b: Float64Array, k: number, weight: number): void {
  for (let i = 0; i < k; i++)
    for (let j = 0; j < k; j++) {
      const entry = weight * (a[i * k + j] as number);
      for (let r = 0; r < k; r++)
        for (let c = 0; c < k; c++) {
          const at = (i * k + r) * k * k + j * k + c;
          target[at] = (target[at] as number) + entry * (b[r * k + c] as number);
        }
    }
}

/** Spectral radius of T: the factor by which second moments grow in one step. */
export function meanSquareGrowth(
  { k, mean: centre, square }: SecondMomentMap,
  learningRate: number,
  batch: number,
): number {
  const step = centre.map((entry, e) => (e % (k + 1) === 0 ? 1 : 0) - learningRate * entry);
  const map = square.map((entry) => (learningRate ** 2 / batch) * entry);
  addKronecker(map, centre, centre, k, -(learningRate ** 2) / batch);
  addKronecker(map, step, step, k, 1);
  const size = k * k;
  const rows = Array.from({ length: size }, (_, r) => map.slice(r * size, (r + 1) * size));
  const { values } = symmetricEigen(rows, false);
  return Math.max(Math.abs(values[0] ?? NaN), Math.abs(values.at(-1) ?? NaN));
}

const BISECTIONS = 40;

/** Largest η at which second moments in the span do not grow. The mean must be positive definite, as it is in the span of eigenvectors of positive curvature. */
export function meanSquareLimit(map: SecondMomentMap, batch: number): number {
  const rows = Array.from({ length: map.k }, (_, a) => map.mean.slice(a * map.k, (a + 1) * map.k));
  // Noise can only lower the limit of the full gradient.
  let [low, high] = [0, 2 / (symmetricEigen(rows, false).values.at(-1) ?? NaN)];
  for (let i = 0; i < BISECTIONS; i++) {
    const middle = (low + high) / 2;
    if (meanSquareGrowth(map, middle, batch) > 1) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** Groups of samples left out in turn. */
const GROUPS = 24;

/** The limit in the span and its 95 % error as a statement about the distribution of the samples, by the jackknife over groups of them; null for too few samples. */
export function meanSquareLimitOverSamples(
  forms: SubspaceForms,
  batch: number,
): { readonly value: number; readonly halfWidth: number | null } {
  const samples = forms.matrices.length;
  const value = meanSquareLimit(secondMomentMap(forms), batch);
  if (samples < 2 * GROUPS) return { value, halfWidth: null };
  const without = (group: number): Float64Array => {
    const kept = Float64Array.from({ length: samples }, (_, i) => (i % GROUPS === group ? 0 : 1));
    const total = kept.reduce((sum, weight) => sum + weight, 0);
    return kept.map((weight) => weight / total);
  };
  const half = jackknifeHalfWidth(GROUPS, (group) => meanSquareLimit(secondMomentMap(forms, without(group)), batch));
  return { value, halfWidth: (half * studentT95(GROUPS - 1)) / NORMAL95 };
}

/** Value and 95 % limits of `frobeniusLimit` from independent estimates of mean ‖Hᵢ‖_F². */
export function frobeniusLimits(
  trace: number,
  frobenius: number,
  squares: Float64Array,
  batch: number,
  random: Random,
): { readonly value: number; readonly low: number; readonly high: number } {
  const at = (meanSquare: number): number => frobeniusLimit(trace, frobenius, meanSquare, batch);
  const { low, high } = positiveLimits([squares], ([square = NaN]) => square, random);
  return { value: at(mean(squares)), low: at(high), high: at(low) };
}

/**
 * 2·tr(H)/(‖H‖_F²·(1 − 1/B) + mean ‖Hᵢ‖_F²/B): the learning rate above which ⟨I, T(I)⟩ > ⟨I, I⟩, so that T's radius is above 1. For B = 1 and Hessians of rank one it is at most 2/tr(H)
 * (Wu and Su 2023, "The Implicit Regularization of Dynamical Stability in Stochastic Gradient Descent").
 */
export const frobeniusLimit = (trace: number, frobenius: number, meanSquare: number, batch: number): number =>
  (2 * trace) / (frobenius ** 2 * (1 - 1 / batch) + meanSquare / batch);

/**
 * Coherence of the samples' Hessians (Dexter et al. 2024, Definition 1, where Hessians are of rank one in all that is concluded from it): λmax(S)/max λmax(Mᵢ) with Sᵢⱼ = ‖Mᵢ^½Mⱼ^½‖_F = √tr(MᵢMⱼ), from 1 (samples curve different directions) to N (all the same). Negative
 * eigenvalues of Mᵢ are left out, since a root needs none.
 */
export function coherence({ matrices, k }: SubspaceForms): number {
  const positive = matrices.map((matrix) => positivePart(matrix, k));
  const largest = Math.max(...positive.map(({ top }) => top));
  const n = positive.length;
  const rows = positive.map(({ matrix }) =>
    Float64Array.from(positive, (other) =>
      Math.sqrt(
        Math.max(
          0,
          matrix.reduce((sum, entry, e) => sum + entry * (other.matrix[e] as number), 0),
        ),
      ),
    ),
  );
  // S has no negative entries: power iteration from ones converges to its largest eigenvalue.
  let vector = new Float64Array(n).fill(1 / Math.sqrt(n));
  let value = 0;
  for (let i = 0; i < 100; i++) {
    const image = Float64Array.from(rows, (row) => row.reduce((sum, s, j) => sum + s * (vector[j] as number), 0));
    const length = Math.hypot(...image);
    if (length === 0) return 0;
    vector = image.map((x) => x / length);
    if (Math.abs(length - value) <= 1e-12 * length) break;
    value = length;
  }
  return value / largest;
}

function positivePart(matrix: Float64Array, k: number): { readonly matrix: Float64Array; readonly top: number } {
  const rows = Array.from({ length: k }, (_, a) => matrix.slice(a * k, (a + 1) * k));
  const { values, vectors } = symmetricEigen(rows);
  const part = new Float64Array(k * k);
  values.forEach((value, v) => {
    if (value <= 0) return;
    const u = vectors[v] as Float64Array;
    for (let a = 0; a < k; a++)
      for (let b = 0; b < k; b++)
        part[a * k + b] = (part[a * k + b] as number) + value * (u[a] as number) * (u[b] as number);
  });
  return { matrix: part, top: Math.max(0, values.at(-1) ?? 0) };
}
