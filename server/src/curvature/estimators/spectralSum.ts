/**
 * Σ f(λᵢ) over all p eigenvalues from the quadrature of each probe (Ubaru, Chen and Saad 2017): p·Σ w f(node), averaged. The interval has two parts: Student's over the probes, and what
 * the quadrature cannot see. A node stands for mass somewhere in its cell with its centre at the node; moved to both ends of the cell it would give
 *     w·|½(f(from) + f(to)) − f(node)|
 * more or less, nothing where f is straight across the cell, and half a jump where f is steeper than nodes are dense.
 */
import { mean, meanHalfWidth } from '../statistics/moments';
import type { Probed } from './hutchPlusPlus';
import type { ProbeNode } from './stochasticLanczosQuadrature';

export interface ProbedSpectrum {
  /** Nodes of each probe; weights sum to 1. */
  readonly perProbe: readonly (readonly ProbeNode[])[];
  /** The nodes are all eigenvalues. */
  readonly exact: boolean;
}

type SpectralFunction = (eigenvalue: number) => number;

/** Σ w f(node). */
export const quadratureSum = (nodes: readonly ProbeNode[], f: SpectralFunction): number =>
  nodes.reduce((sum, { value, weight }) => sum + weight * f(value), 0);

/** What the cells of the nodes leave open of it. */
export const unresolvedSum = (nodes: readonly ProbeNode[], f: SpectralFunction): number =>
  nodes.reduce((sum, { value, weight, from, to }) => sum + weight * Math.abs((f(from) + f(to)) / 2 - f(value)), 0);

export interface SpectralSum extends Probed {
  /** The part of the half-width that more probes would not make smaller. */
  readonly unresolved: number;
}

export function spectralSum({ perProbe, exact }: ProbedSpectrum, dimension: number, f: SpectralFunction): SpectralSum {
  const sums = perProbe.map((nodes) => dimension * quadratureSum(nodes, f));
  const value = mean(sums);
  if (exact) return { value, halfWidth: 0, unresolved: 0 };
  const unresolved = dimension * mean(perProbe.map((nodes) => unresolvedSum(nodes, f)));
  return { value, halfWidth: Math.hypot(meanHalfWidth(sums), unresolved), unresolved };
}

/** Σ f(λᵢ)/Σ g(λᵢ) from the same nodes; its error by the linear term of the ratio. */
export function spectralRatio({ perProbe, exact }: ProbedSpectrum, f: SpectralFunction, g: SpectralFunction): Probed {
  const above = perProbe.map((nodes) => quadratureSum(nodes, f));
  const below = perProbe.map((nodes) => quadratureSum(nodes, g));
  const value = mean(above) / mean(below);
  if (exact) return { value, halfWidth: 0 };
  const linear = above.map((each, k) => (each - value * (below[k] as number)) / mean(below));
  const unresolved = mean(perProbe.map((nodes) => unresolvedSum(nodes, (each) => f(each) - value * g(each))));
  return { value, halfWidth: Math.hypot(meanHalfWidth(linear), unresolved / mean(below)) };
}
