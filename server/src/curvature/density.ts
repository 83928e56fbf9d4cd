import type { DensityNode } from './result';

/** A density curve: `density[i]` at `grid[i]`, integrating to the nodes' total weight. */
export interface DensityCurve {
  readonly grid: Float64Array;
  readonly density: Float64Array;
  /** Kernel width. */
  readonly sigma: number;
}

/**
 * Nodes smoothed by a Gaussian whose width is tied to the range of the spectrum (Ghorbani et al. 2019, section 2). The grid reaches four widths beyond the
 * outermost node of any probe, so that nothing is cut off.
 */
export function densityCurve(nodes: readonly DensityNode[], points = 512, relativeSigma = 0.01): DensityCurve {
  const low = nodes.reduce((least, { value }) => Math.min(least, value), Infinity);
  const high = nodes.reduce((most, { value }) => Math.max(most, value), -Infinity);
  // A spectrum of one point gets a kernel of its own size.
  const sigma = relativeSigma * (high > low ? high - low : Math.max(Math.abs(high), 1));
  const from = low - 4 * sigma;
  const step = (high - low + 8 * sigma) / (points - 1);
  const grid = Float64Array.from({ length: points }, (_, i) => from + i * step);
  const peak = 1 / (sigma * Math.sqrt(2 * Math.PI));
  const density = grid.map((x) =>
    nodes.reduce((sum, { value, weight }) => sum + weight * peak * Math.exp(-0.5 * ((x - value) / sigma) ** 2), 0),
  );
  return { grid, density, sigma };
}
