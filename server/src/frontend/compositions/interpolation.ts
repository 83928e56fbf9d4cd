/**
 * Resizing of the spatial axes of x [N, C, …]. Every mode is linear and separable: nearest gathers, the others multiply
 * each axis by a small matrix of weights.
 */
import type { Node } from '../../graph/node';
import { constant, take } from '../../graph/operations';
import { sizeAt } from './axes';
import { applyAlongAxis } from './pooling';
import { repeatInterleave } from './structure';

export interface AxisScale {
  readonly size: number;
  /** Input step per output step as the caller gave it; undefined: in/out. */
  readonly step: number | undefined;
}

/** Gather index of nearest: ⌊i·step⌋, or ⌊(i + ½)·step⌋ for `nearest-exact`. */
function nearestAxis(x: Node, axis: number, { size, step }: AxisScale, exact: boolean): Node {
  const extent = sizeAt(x.shape, axis);
  const ratio = step ?? extent / size;
  if (Number.isInteger(size / extent) && ratio === extent / size) return repeatInterleave(x, size / extent, axis);
  const index = Int32Array.from({ length: size }, (_, i) =>
    Math.min(Math.floor((exact ? i + 0.5 : i) * ratio), extent - 1),
  );
  return take(x, constant(index, [size]), axis);
}

/** Keys' cubic kernel with a = −0.75 (a = −0.5 for antialiasing), as PyTorch. */
export function cubic(distance: number, a: number): number {
  const t = Math.abs(distance);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? ((a * t - 5 * a) * t + 8 * a) * t - 4 * a : 0;
}

/** Position in the input of output element `i`. */
function sourcePosition(i: number, extent: number, { size, step }: AxisScale, alignCorners: boolean): number {
  if (alignCorners) return size > 1 ? (i * (extent - 1)) / (size - 1) : 0;
  return (i + 0.5) * (step ?? extent / size) - 0.5;
}

/** Weights [size, extent] of linear or cubic interpolation; positions outside count as the border element. */
function interpolationMatrix(
  extent: number,
  scale: AxisScale,
  mode: 'linear' | 'cubic',
  alignCorners: boolean,
): Float64Array {
  const weights = new Float64Array(scale.size * extent);
  const place = (row: number, column: number, weight: number): void => {
    const at = row * extent + Math.min(Math.max(column, 0), extent - 1);
    weights[at] = (weights[at] ?? 0) + weight;
  };
  for (let i = 0; i < scale.size; i++) {
    const position = sourcePosition(i, extent, scale, alignCorners);
    if (mode === 'linear') {
      const inside = Math.max(position, 0);
      const below = Math.min(Math.floor(inside), extent - 1);
      place(i, below, 1 - (inside - below));
      place(i, below + 1, inside - below);
    } else {
      const below = Math.floor(position);
      for (let k = -1; k <= 2; k++) place(i, below + k, cubic(position - below - k, -0.75));
    }
  }
  return weights;
}

/** Weights of the antialiased filters: the kernel is stretched by the step when shrinking, and normalised. */
function antialiasMatrix(
  extent: number,
  { size, step }: AxisScale,
  mode: 'linear' | 'cubic',
  alignCorners: boolean,
): Float64Array {
  const ratio = alignCorners ? (size > 1 ? (extent - 1) / (size - 1) : 0) : (step ?? extent / size);
  const stretch = Math.max(ratio, 1);
  const radius = (mode === 'linear' ? 1 : 2) * stretch;
  const kernel = (t: number): number => (mode === 'linear' ? Math.max(0, 1 - Math.abs(t)) : cubic(t, -0.5));
  const weights = new Float64Array(size * extent);
  for (let i = 0; i < size; i++) {
    const centre = alignCorners ? ratio * i + 0.5 : ratio * (i + 0.5);
    const from = Math.max(Math.trunc(centre - radius + 0.5), 0);
    const to = Math.min(Math.trunc(centre + radius + 0.5), extent);
    const row = Array.from({ length: to - from }, (_, k) => kernel((k + from - centre + 0.5) / stretch));
    const total = row.reduce((sum, weight) => sum + weight, 0);
    row.forEach((weight, k) => (weights[i * extent + from + k] = weight / total));
  }
  return weights;
}

export function interpolate(
  x: Node,
  scales: readonly AxisScale[],
  mode: 'nearest' | 'nearest-exact' | 'linear' | 'cubic',
  { alignCorners = false, antialias = false }: { readonly alignCorners?: boolean; readonly antialias?: boolean } = {},
): Node {
  return scales.reduce((current, scale, i) => {
    const axis = i + 2;
    const extent = sizeAt(current.shape, axis);
    if (mode === 'nearest' || mode === 'nearest-exact') return nearestAxis(current, axis, scale, mode !== 'nearest');
    if (extent === scale.size && (scale.step ?? 1) === 1) return current;
    const weights = (antialias ? antialiasMatrix : interpolationMatrix)(extent, scale, mode, alignCorners);
    return applyAlongAxis(current, constant(weights, [scale.size, extent]), axis);
  }, x);
}
