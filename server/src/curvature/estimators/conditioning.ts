/** Condition numbers of a spectrum that is known by quadrature nodes. */
import type { DensityNode } from '../result';
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

/** λmax over the median of the eigenvalues above `floor`, by weight; undefined where there are none. The interval is that of the logarithm's mean over the probes. */
export function medianConditionNumber(
  { perProbe, exact }: ProbedSpectrum,
  largest: number,
  floor: number,
): Ratio | undefined {
  const seeing = perProbe.filter(({ nodes }) => medianAbove(nodes, floor) !== undefined);
  if (seeing.length === 0 || !(largest > floor)) return undefined;
  const { value, halfWidth } = probedMean(seeing, (nodes) =>
    Math.log(largest / (medianAbove(nodes, floor) ?? largest)),
  );
  const error = exact ? 0 : halfWidth;
  return {
    value: Math.exp(value),
    low: exact ? Math.exp(value) : Math.max(1, Math.exp(value - error)),
    high: Number.isFinite(error) ? Math.exp(value + error) : null,
  };
}

const medianAbove = (nodes: readonly DensityNode[], floor: number): number | undefined =>
  weightedMedian(nodes.filter(({ value }) => value > floor));

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
