/** Condition numbers of a spectrum that is known by quadrature nodes. */
import type { DensityNode } from '../result';
import { mean } from '../statistics/moments';
import { NORMAL95 } from '../statistics/studentT';
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
 * λmax over the median of the eigenvalues above `floor`, by weight; undefined where there are none. `dimension`: p, of the matrix. The interval is a bound with two parts. A quadrature tells
 * the share of eigenvalues below a node only up to that node's weight (Chebyshev–Markov–Stieltjes), so that the median lies between the node's neighbours. And a random probe w sees a share
 * A/2 of the eigenvalues as wᵀPw, P a projector of trace pA/2: against half of what it sees above the floor, its variance is at most A/2p, whatever the eigenvectors.
 */
export function medianConditionNumber(
  { perProbe, exact }: ProbedSpectrum,
  largest: number,
  floor: number,
  dimension: number,
): Ratio | undefined {
  const seeing = perProbe.filter(({ nodes }) => medianAbove(nodes, floor) !== undefined);
  if (seeing.length === 0 || !(largest > floor)) return undefined;
  const logarithm = (median: number | undefined): number => Math.log(largest / (median ?? largest));
  if (exact) {
    const value = Math.exp(mean(seeing.map(({ nodes }) => logarithm(medianAbove(nodes, floor)))));
    return { value, low: value, high: value };
  }
  const { value, unresolved } = probedMean(seeing, (nodes) => logarithm(medianAbove(nodes, floor)));
  const around = seeing.map(({ nodes }) => aroundMedian(nodes, floor, seeing.length * dimension));
  const low = mean(around.map(({ highest }) => logarithm(highest))) - unresolved;
  const high = mean(around.map(({ lowest }) => logarithm(lowest))) + unresolved;
  return {
    value: Math.exp(value),
    low: Math.max(1, Math.exp(low)),
    high: Number.isFinite(high) ? Math.exp(high) : null,
  };
}

/** Probes from which on their chance is less than half the mean weight of a node, which bounds the median anyway; at most `most`. */
export const probesForMedian = (dimension: number, steps: number, most: number): number =>
  Math.min(most, Math.ceil((2 * steps * chanceOfHalf(1, dimension)) ** 2));

/** 95 % of how far half of a share A of all eigenvalues is seen off by probes with `numbers` random signs in all, as a part of A. */
const chanceOfHalf = (share: number, numbers: number): number => NORMAL95 / Math.sqrt(2 * share * numbers);

const above = (nodes: readonly DensityNode[], floor: number): readonly DensityNode[] =>
  nodes.filter(({ value }) => value > floor);

const medianAbove = (nodes: readonly DensityNode[], floor: number): number | undefined =>
  weightedMedian(above(nodes, floor));

interface Around {
  readonly lowest: number;
  readonly highest: number;
}

/** Nodes that the median above `floor` lies between; `floor` and no limit where there are none. `numbers`: random signs of all probes. */
function aroundMedian(nodes: readonly DensityNode[], floor: number, numbers: number): Around {
  const sorted = above(nodes, floor)
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => a.value - b.value);
  const share = sorted.reduce((sum, { weight }) => sum + weight, 0);
  const chance = chanceOfHalf(share, numbers);
  let [below, lowest, highest] = [0, floor, Infinity];
  for (const { value, weight } of sorted) {
    // Up to a node lies at most its own weight and those before it; below it, at least those before it.
    if (below + weight < (0.5 - chance) * share) lowest = value;
    if (below > (0.5 + chance) * share) highest = Math.min(highest, value);
    below += weight;
  }
  return { lowest, highest };
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
