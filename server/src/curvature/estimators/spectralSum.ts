/**
 * Σ f(λᵢ) over all p eigenvalues from the quadrature of each probe (Ubaru, Chen and Saad 2017): p·Σ w f(node), averaged. The interval has two parts: Student's
 * over the probes, and how far the sum moves when the quadrature loses a quarter of its steps, which bounds what it has not resolved yet.
 */
import type { DensityNode } from '../result';
import { mean, meanHalfWidth } from '../statistics/moments';
import type { Probed } from './hutchPlusPlus';

export interface ProbedSpectrum {
  /** Nodes of each probe; weights sum to 1. */
  readonly perProbe: readonly (readonly DensityNode[])[];
  /** The same with fewer steps. */
  readonly coarse: readonly (readonly DensityNode[])[];
  /** The nodes are all eigenvalues. */
  readonly exact: boolean;
}

export function spectralSum(
  { perProbe, coarse, exact }: ProbedSpectrum,
  dimension: number,
  f: (eigenvalue: number) => number,
): Probed {
  const sumOf = (nodes: readonly DensityNode[]): number =>
    dimension * nodes.reduce((sum, { value, weight }) => sum + weight * f(value), 0);
  const sums = perProbe.map(sumOf);
  const value = mean(sums);
  if (exact) return { value, halfWidth: 0 };
  const unresolved = Math.abs(value - mean(coarse.map(sumOf)));
  return { value, halfWidth: Math.hypot(meanHalfWidth(sums), unresolved) };
}

/** Σ f(λᵢ)/Σ g(λᵢ) from the same nodes; its error by the linear term of the ratio. */
export function spectralRatio(
  { perProbe, coarse, exact }: ProbedSpectrum,
  f: (eigenvalue: number) => number,
  g: (eigenvalue: number) => number,
): Probed {
  const means = (probes: ProbedSpectrum['perProbe'], of: typeof f): number[] =>
    probes.map((nodes) => nodes.reduce((sum, { value, weight }) => sum + weight * of(value), 0));
  const [above, below] = [means(perProbe, f), means(perProbe, g)];
  const value = mean(above) / mean(below);
  if (exact) return { value, halfWidth: 0 };
  const linear = above.map((each, k) => (each - value * (below[k] as number)) / mean(below));
  const unresolved = Math.abs(value - mean(means(coarse, f)) / mean(means(coarse, g)));
  return { value, halfWidth: Math.hypot(meanHalfWidth(linear), unresolved) };
}
