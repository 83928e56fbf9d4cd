/**
 * The diagonal of a symmetric operator from probes z of random signs (Bekas, Kokiopoulou, Saad 2007): E[z ⊙ Hz] = diag H, with the directions of a sketch U taken out
 * as Hutch++ takes them out of the trace:
 *     diag H = Σ u ⊙ Hu + E[z ⊙ H(I − UUᵀ)z]
 */
import { addScaled, dot } from '../linearAlgebra/vector';
import type { ParameterGroup } from '../problem';
import { mean, meanHalfWidth, variance } from '../statistics/moments';
import type { Probed } from './hutchPlusPlus';
import type { SignProducts } from './signProducts';
import type { Sketch } from './sketch';

export interface DiagonalOptions {
  /** Weights ω of the sums that are reported with their error: Σ_{i ∈ group} ωᵢhᵢᵢ. */
  readonly weights: Float64Array;
  readonly groups: readonly ParameterGroup[];
  /** Relative half-width of the sum over all groups to reach. */
  readonly tolerance: number;
  readonly maxProbes: number;
  readonly onProbes?: (probes: number) => void;
}

export interface ProbedDiagonal {
  /** Unbiased, but single entries are noisy. */
  readonly diagonal: Float64Array;
  /** Variance of every entry. */
  readonly noise: Float64Array;
  /** Weighted sums, one per group. */
  readonly sums: readonly Probed[];
  /** 0: exact. */
  readonly probes: number;
  readonly resolved: boolean;
}

/** Intervals are looked at at these numbers of probes only, doubling. */
const FIRST_LOOK = 16;

export async function probedDiagonal(
  source: SignProducts,
  sketch: Sketch,
  options: DiagonalOptions,
): Promise<ProbedDiagonal> {
  const { groups, weights, maxProbes, tolerance } = options;
  const { operator } = source;
  const known = sketchDiagonal(operator.size, sketch);
  const rest = new Float64Array(operator.size);
  const squares = new Float64Array(operator.size);
  const sums: number[][] = groups.map(() => []);
  const totals: number[] = [];
  for (let target = Math.min(FIRST_LOOK, maxProbes); ; target = Math.min(2 * target, maxProbes)) {
    while (totals.length < target) {
      const count = Math.min(operator.blockSize, target - totals.length);
      for (const { signs: z, product: whole } of await source.from(totals.length, count)) {
        const product = outside(z, whole, sketch);
        for (let i = 0; i < product.length; i++) {
          const value = (product[i] as number) * (z[i] as number);
          product[i] = value;
          rest[i] = (rest[i] as number) + value;
          squares[i] = (squares[i] as number) + value * value;
        }
        const parts = groups.map((group) => weightedSum(product, weights, group));
        parts.forEach((part, g) => sums[g]?.push(part));
        totals.push(parts.reduce((sum, part) => sum + part, 0));
      }
      options.onProbes?.(totals.length);
    }
    const knownSums = groups.map((group) => weightedSum(known, weights, group));
    const total = knownSums.reduce((sum, part) => sum + part, 0) + mean(totals);
    const resolved = meanHalfWidth(totals) <= tolerance * Math.abs(total);
    if (!resolved && target < maxProbes) continue;
    const n = totals.length;
    return {
      diagonal: known.map((value, i) => value + (rest[i] as number) / n),
      noise: rest.map((sum, i) => Math.max(0, (squares[i] as number) - (sum * sum) / n) / (n * Math.max(1, n - 1))),
      sums: groups.map((_, g) => ({
        value: (knownSums[g] as number) + mean(sums[g] ?? []),
        halfWidth: Math.hypot(meanHalfWidth(sums[g] ?? []), 8 * operator.roundoff * Math.abs(knownSums[g] as number)),
      })),
      probes: n,
      resolved,
    };
  }
}

/** Of a known matrix; its error is the rounding of its entries. */
export function exactDiagonal(
  rows: readonly Float64Array[],
  roundoff: number,
  { weights, groups }: Pick<DiagonalOptions, 'weights' | 'groups'>,
): ProbedDiagonal {
  const diagonal = Float64Array.from(rows, (row, i) => row[i] as number);
  const sums = groups.map((group) => {
    const value = weightedSum(diagonal, weights, group);
    const size = weightedSum(diagonal.map(Math.abs), weights, group);
    return { value, halfWidth: 8 * roundoff * size };
  });
  return { diagonal, noise: new Float64Array(rows.length), sums, probes: 0, resolved: true };
}

/**
 * Entries of each group drawn towards the group's mean by the share of their spread that is noise (Stein's shrinkage): single entries of less error, for rankings. Sums of a group
 * stay as they are.
 */
export function shrunkDiagonal(
  { diagonal, noise }: Pick<ProbedDiagonal, 'diagonal' | 'noise'>,
  groups: readonly ParameterGroup[],
): Float64Array {
  const result = diagonal.slice();
  for (const [start, end] of groups.flatMap(({ ranges }) => ranges)) {
    const entries = diagonal.subarray(start, end);
    const centre = mean(entries);
    const spread = entries.length > 1 ? variance(entries) : 0;
    const kept = spread > 0 ? Math.max(0, 1 - mean(noise.subarray(start, end)) / spread) : 1;
    for (let i = start; i < end; i++) result[i] = centre + kept * ((diagonal[i] as number) - centre);
  }
  return result;
}

function sketchDiagonal(size: number, { vectors, products }: Sketch): Float64Array {
  const diagonal = new Float64Array(size);
  vectors.forEach((u, k) => {
    const product = products[k] as Float64Array;
    for (let i = 0; i < size; i++) diagonal[i] = (diagonal[i] as number) + (u[i] as number) * (product[i] as number);
  });
  return diagonal;
}

/** H(I − UUᵀ)z from Hz and HU. */
function outside(z: Float64Array, product: Float64Array, { vectors, products }: Sketch): Float64Array {
  const rest = product.slice();
  vectors.forEach((u, k) => addScaled(rest, -dot(u, z), products[k] as Float64Array));
  return rest;
}

const weightedSum = (values: Float64Array, weights: Float64Array, { ranges }: ParameterGroup): number =>
  ranges.reduce((sum, [start, end]) => sum + dot(values.subarray(start, end), weights.subarray(start, end)), 0);
