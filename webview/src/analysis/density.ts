/** The spectral density as a curve, and how much of the spectrum lies where. */
import type { DensityNode } from '../../../server/src/curvature/result';
import { smoothDensity } from '../../../server/src/report/spectrumPlot';
import type { SignedScale } from './signedScale';

/** Kernel width as a share of the axis: the quadrature nodes are not resolved below it. */
const KERNEL = 0.012;
const POINTS = 1600;

export interface DensityCurve {
  /** Coordinates of the scale, equally spaced. */
  readonly positions: readonly number[];
  /** Share of all eigenvalues per unit of the coordinate. */
  readonly density: readonly number[];
  /** Height that a single one of `dimension` eigenvalues has. */
  readonly single: number;
  readonly sigma: number;
}

/** Nodes smoothed in the coordinate of `scale` between two coordinates; a node's whole weight stays under the curve. */
export function densityCurve(
  nodes: readonly DensityNode[],
  scale: SignedScale,
  [low, high]: readonly [number, number],
  dimension: number,
): DensityCurve {
  const sigma = KERNEL * (high - low);
  const placed = nodes.map(({ value, weight }) => ({ value: scale.forward(value), weight }));
  const step = (high - low) / POINTS;
  return {
    positions: Array.from({ length: POINTS }, (_, i) => low + (i + 0.5) * step),
    density: smoothDensity(placed, low, high, POINTS, sigma),
    single: 1 / (dimension * sigma * Math.sqrt(2 * Math.PI)),
    sigma,
  };
}

/** Share of the eigenvalues above `value`. */
export const shareAbove = (nodes: readonly DensityNode[], value: number): number =>
  nodes.reduce((sum, node) => (node.value > value ? sum + node.weight : sum), 0);

export interface MassBin {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

/** Shares between neighbouring powers of ten, ascending; the middle bin is |λ| < `threshold`. Sums to the nodes' weight. */
export function massByDecade(nodes: readonly DensityNode[], threshold: number): MassBin[] {
  const largest = Math.max(threshold, ...nodes.map(({ value }) => Math.abs(value)));
  const count = Math.floor(Math.log10(largest / threshold) + 1e-9) + 1;
  const edges = Array.from({ length: count + 1 }, (_, k) => threshold * 10 ** k);
  const bounds = [...edges.map((edge) => -edge).reverse(), ...edges];
  return bounds.slice(0, -1).map((low, i) => {
    const high = bounds[i + 1] ?? low;
    const within = ({ value }: DensityNode): boolean =>
      low < 0 && high <= 0 ? value >= low && value < high : value > low && value <= high;
    const middle = low === -threshold;
    const inside = middle ? ({ value }: DensityNode) => value >= low && value <= high : within;
    return { low, high, share: nodes.filter(inside).reduce((sum, { weight }) => sum + weight, 0) };
  });
}
