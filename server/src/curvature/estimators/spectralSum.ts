/**
 * Numbers that the quadratures of random probes give (Ubaru, Chen and Saad 2017), such as Σ f(λᵢ) = p·Σ w f(node), averaged over probes. The interval has two parts: Student's over the
 * probes, and what the Lanczos runs have not resolved, which is told from how far the mean over the probes still moved in the last quarter of the runs. Where f is smooth across the nodes
 * they converge geometrically, and about a third of it is left, as measured: half is taken. A count steps whenever a node passes its limit: all of it is taken, the term dominates, and
 * the interval is a bound rather than one of 95 %.
 */
import type { DensityNode } from '../result';
import { mean, meanHalfWidth } from '../statistics/moments';
import type { Probed } from './hutchPlusPlus';
import type { ProbeQuadrature } from './stochasticLanczosQuadrature';

export interface ProbedSpectrum {
  readonly perProbe: readonly ProbeQuadrature[];
  /** The nodes are all eigenvalues. */
  readonly exact: boolean;
}

type SpectralFunction = (eigenvalue: number) => number;
type Nodes = readonly DensityNode[];

/** Σ w f(node). */
export const quadratureSum = (nodes: Nodes, f: SpectralFunction): number =>
  nodes.reduce((sum, { value, weight }) => sum + weight * f(value), 0);

export interface SpectralSum extends Probed {
  /** The part of the half-width that more probes would not make smaller. */
  readonly unresolved: number;
}

/** Share of the last movement that may be left. */
const LEFT = { smooth: 0.5, stepwise: 1 };
export type Variation = keyof typeof LEFT;

/** The mean over the probes of a number that each one's nodes give; `probe` counts them. */
export function probedMean(
  perProbe: readonly ProbeQuadrature[],
  statistic: (nodes: Nodes, probe: number) => number,
  variation: Variation = 'smooth',
): SpectralSum {
  const values = perProbe.map(({ nodes }, probe) => statistic(nodes, probe));
  const value = mean(values);
  const runs = Math.max(0, ...perProbe.map(({ earlier }) => earlier.length));
  const moved = Array.from({ length: runs }, (_, run) =>
    Math.abs(mean(perProbe.map(({ nodes, earlier }, probe) => statistic(earlier[run] ?? nodes, probe))) - value),
  );
  const unresolved = LEFT[variation] * Math.max(0, ...moved);
  return { value, halfWidth: Math.hypot(meanHalfWidth(values), unresolved), unresolved };
}

const known = (value: number): SpectralSum => ({ value, halfWidth: 0, unresolved: 0 });

/** Σ f(λᵢ) over all p eigenvalues. */
export function spectralSum(
  { perProbe, exact }: ProbedSpectrum,
  dimension: number,
  f: SpectralFunction,
  variation: Variation = 'smooth',
): SpectralSum {
  const sum = probedMean(perProbe, (nodes) => dimension * quadratureSum(nodes, f), variation);
  return exact ? known(sum.value) : sum;
}

/** Σ f(λᵢ)/Σ g(λᵢ) from the same nodes; its error by the linear term of the ratio. */
export function spectralRatio(
  { perProbe, exact }: ProbedSpectrum,
  f: SpectralFunction,
  g: SpectralFunction,
): SpectralSum {
  const below = mean(perProbe.map(({ nodes }) => quadratureSum(nodes, g)));
  const value = mean(perProbe.map(({ nodes }) => quadratureSum(nodes, f))) / below;
  if (exact) return known(value);
  const { halfWidth, unresolved } = probedMean(
    perProbe,
    (nodes) => quadratureSum(nodes, (each) => f(each) - value * g(each)) / below,
  );
  return { value, halfWidth, unresolved };
}
