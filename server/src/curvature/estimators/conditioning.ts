/** Condition numbers of a spectrum that is known by quadrature nodes. */
import type { DensityNode } from '../result';
import { mean } from '../statistics/moments';
import { probedMean, type ProbedSpectrum } from './spectralSum';

/** A ratio and its 95 % interval; `high` null: no upper limit. */
export interface Ratio {
  readonly value: number;
  readonly low: number;
  readonly high: number | null;
}

/**
 * λmax over the smallest eigenvalue above `floor`; undefined where λmax itself is not above it. Nodes of a quadrature are no eigenvalues, but between two of them lies one: the interval is a
 * bound, from the second-smallest node above the floor, of the probe where it is least, to the floor itself.
 */
export function conditionNumber(
  { perProbe, exact }: ProbedSpectrum,
  largest: number,
  floor: number,
): Ratio | undefined {
  if (!(largest > floor)) return undefined;
  const lowest = perProbe.map(({ nodes }) =>
    nodes
      .flatMap(({ value, weight }) => (value > floor && weight > 0 ? [value] : []))
      .sort((a, b) => a - b)
      .slice(0, 2),
  );
  const value = largest / Math.min(largest, ...lowest.flatMap(([first]) => first ?? []));
  if (exact) return { value, low: value, high: value };
  const second = Math.min(largest, ...lowest.flatMap(([, next]) => next ?? []));
  return { value, low: largest / second, high: floor > 0 ? largest / floor : null };
}

/**
 * λmax over the median of the eigenvalues above `floor`, by weight; undefined where there are none. The interval has the error of the logarithm's mean over the probes, and on both sides the
 * distance to the neighbouring nodes: a quadrature tells the share of eigenvalues below a node only up to that node's weight (Chebyshev–Markov–Stieltjes), so the median lies between them.
 */
export function medianConditionNumber(
  { perProbe, exact }: ProbedSpectrum,
  largest: number,
  floor: number,
): Ratio | undefined {
  const seeing = perProbe.filter(({ nodes }) => medianAbove(nodes, floor) !== undefined);
  if (seeing.length === 0 || !(largest > floor)) return undefined;
  const logarithm = (median: number | undefined): number => Math.log(largest / (median ?? largest));
  const { value, halfWidth } = probedMean(seeing, (nodes) => logarithm(medianAbove(nodes, floor)));
  if (exact) return { value: Math.exp(value), low: Math.exp(value), high: Math.exp(value) };
  const neighbours = seeing.map(({ nodes }) => aroundMedian(nodes, floor));
  const low = mean(neighbours.map(({ above }) => logarithm(above))) - halfWidth;
  const high = mean(neighbours.map(({ below }) => logarithm(below))) + halfWidth;
  return {
    value: Math.exp(value),
    low: Math.max(1, Math.exp(low)),
    high: Number.isFinite(high) ? Math.exp(high) : null,
  };
}

const above = (nodes: readonly DensityNode[], floor: number): readonly DensityNode[] =>
  nodes.filter(({ value }) => value > floor);

const medianAbove = (nodes: readonly DensityNode[], floor: number): number | undefined =>
  weightedMedian(above(nodes, floor));

/** The nodes next to the median, or `floor` and the median itself where it has none. */
function aroundMedian(
  nodes: readonly DensityNode[],
  floor: number,
): { readonly below: number; readonly above: number } {
  const median = medianAbove(nodes, floor) ?? floor;
  const values = above(nodes, floor).flatMap(({ value, weight }) => (weight > 0 ? [value] : []));
  return {
    below: Math.max(floor, ...values.filter((value) => value < median)),
    above: Math.min(...values.filter((value) => value > median), Infinity),
  };
}

/** The mean of the two middle values where the weight splits exactly between them. */
export function weightedMedian(nodes: readonly DensityNode[]): number | undefined {
  const sorted = [...nodes].sort((a, b) => a.value - b.value);
  const half = sorted.reduce((sum, { weight }) => sum + weight, 0) / 2;
  let below = 0;
  for (const [i, { value, weight }] of sorted.entries()) {
    below += weight;
    if (Math.abs(below - half) <= 1e-12 * half) return (value + (sorted[i + 1]?.value ?? value)) / 2;
    if (below > half) return value;
  }
  return undefined;
}
