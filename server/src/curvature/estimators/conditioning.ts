/** Condition numbers of a spectrum that is known by quadrature nodes. */
import { mean, meanHalfWidth } from '../statistics/moments';
import type { DensityNode } from '../result';
import type { ProbedSpectrum } from './spectralSum';
import type { ProbeNode } from './stochasticLanczosQuadrature';

/** A ratio and its 95 % interval; `high` null: no upper limit. */
export interface Ratio {
  readonly value: number;
  readonly low: number;
  readonly high: number | null;
}

/**
 * λmax over the smallest eigenvalue above `floor`; undefined where λmax itself is not above it. Nodes of a quadrature are no eigenvalues: then the interval reaches from the largest
 * of the probes' smallest nodes to the floor itself.
 */
export function conditionNumber(
  { perProbe, exact }: ProbedSpectrum,
  largest: number,
  floor: number,
): Ratio | undefined {
  if (!(largest > floor)) return undefined;
  const smallest = perProbe.map((nodes) =>
    nodes.reduce((least, { value, weight }) => (value > floor && weight > 0 ? Math.min(least, value) : least), largest),
  );
  const value = largest / Math.min(...smallest);
  if (exact) return { value, low: value, high: value };
  return { value, low: largest / Math.max(...smallest), high: floor > 0 ? largest / floor : null };
}

/**
 * λmax over the median of the eigenvalues above `floor`, by weight. The interval has the spread of the probes, and that a median may lie anywhere in the cell of its node. Undefined where
 * there are none.
 */
export function medianConditionNumber(
  { perProbe, exact }: ProbedSpectrum,
  largest: number,
  floor: number,
): Ratio | undefined {
  const above = perProbe.map((nodes) => nodes.filter(({ value }) => value > floor));
  const logsOf = (place: (node: ProbeNode) => number): number[] =>
    above.flatMap((nodes) => {
      const median = weightedMedian(
        nodes.map((node) => ({ value: Math.max(place(node), floor), weight: node.weight })),
      );
      return median === undefined ? [] : Math.log(largest / median);
    });
  const logs = logsOf(({ value }) => value);
  if (logs.length === 0 || !(largest > floor)) return undefined;
  const centre = mean(logs);
  if (exact) return { value: Math.exp(centre), low: Math.exp(centre), high: Math.exp(centre) };
  const spread = meanHalfWidth(logs);
  const below = Math.hypot(spread, centre - mean(logsOf(({ to }) => to)));
  const over = Math.hypot(spread, mean(logsOf(({ from }) => from)) - centre);
  return {
    value: Math.exp(centre),
    low: Math.max(1, Math.exp(centre - below)),
    high: Number.isFinite(over) ? Math.exp(centre + over) : null,
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
