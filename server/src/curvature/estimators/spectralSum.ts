/**
 * Σ f(λᵢ) over all p eigenvalues from the quadrature of each probe (Ubaru, Chen and Saad 2017): p·Σ w f(node), averaged. The interval has two parts: Student's
 * over the probes, and what the quadrature has not resolved yet, from how the sum moves with its steps.
 */
import type { DensityNode } from '../result';
import { mean, meanHalfWidth } from '../statistics/moments';
import type { Probed } from './hutchPlusPlus';

export interface ProbedSpectrum {
  /** Nodes of each probe; weights sum to 1. */
  readonly perProbe: readonly (readonly DensityNode[])[];
  /** The same with three quarters and with half of the steps. */
  readonly coarse: readonly (readonly DensityNode[])[];
  readonly coarser: readonly (readonly DensityNode[])[];
  /** The nodes are all eigenvalues. */
  readonly exact: boolean;
}

export function spectralSum(
  { perProbe, coarse, coarser, exact }: ProbedSpectrum,
  dimension: number,
  f: (eigenvalue: number) => number,
): Probed {
  const sumOf = (nodes: readonly DensityNode[]): number =>
    dimension * nodes.reduce((sum, { value, weight }) => sum + weight * f(value), 0);
  const sums = perProbe.map(sumOf);
  const value = mean(sums);
  if (exact) return { value, halfWidth: 0 };
  const missing = unresolved(value, mean(coarse.map(sumOf)), mean(coarser.map(sumOf)));
  return { value, halfWidth: Math.hypot(meanHalfWidth(sums), missing) };
}

/** A geometric sequence that slows down more than this has no telling end. */
const SLOWEST = 0.9;

/**
 * What a quadrature misses, from its values with all, three quarters and half of the steps: where differences shrink by r, what follows adds up to r/(1 − r) of the last (Aitken); at
 * least the last difference itself.
 */
export function unresolved(fine: number, coarse: number, coarser: number): number {
  const [last, before] = [Math.abs(fine - coarse), Math.abs(coarse - coarser)];
  const rate = Math.min(SLOWEST, before > 0 ? last / before : 0);
  return last * Math.max(1, rate / (1 - rate));
}

/** Σ f(λᵢ)/Σ g(λᵢ) from the same nodes; its error by the linear term of the ratio. */
export function spectralRatio(
  { perProbe, coarse, coarser, exact }: ProbedSpectrum,
  f: (eigenvalue: number) => number,
  g: (eigenvalue: number) => number,
): Probed {
  const means = (probes: ProbedSpectrum['perProbe'], of: typeof f): number[] =>
    probes.map((nodes) => nodes.reduce((sum, { value, weight }) => sum + weight * of(value), 0));
  const [above, below] = [means(perProbe, f), means(perProbe, g)];
  const value = mean(above) / mean(below);
  if (exact) return { value, halfWidth: 0 };
  const linear = above.map((each, k) => (each - value * (below[k] as number)) / mean(below));
  const ratioOf = (probes: ProbedSpectrum['perProbe']): number => mean(means(probes, f)) / mean(means(probes, g));
  return {
    value,
    halfWidth: Math.hypot(meanHalfWidth(linear), unresolved(value, ratioOf(coarse), ratioOf(coarser))),
  };
}
