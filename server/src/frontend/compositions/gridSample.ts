/** Sampling of images at given positions (spatial transformers; Jaderberg et al. 2015). */
import type { Node } from '../../graph/node';
import { elementCount } from '../../graph/node';
import {
  abs,
  add,
  and,
  broadcastTo,
  concat,
  constant,
  convert,
  dot,
  floor,
  full,
  le,
  mul,
  remainder,
  reshape,
  round,
  scale,
  select,
  sliceAxis,
  sub,
  takeAlong,
  transpose,
} from '../../graph/operations';
import type { Shape } from '../../graph/primitives';
import { sizeAt } from './axes';
import { clamp } from './elementwise';

export interface GridSampleOptions {
  readonly mode: 'bilinear' | 'nearest';
  readonly padding: 'zeros' | 'border' | 'reflection';
  readonly alignCorners: boolean;
}

/** From [−1, 1] to element positions. */
function toPosition(coordinate: Node, size: number, alignCorners: boolean): Node {
  return alignCorners
    ? scale(add(coordinate, full(1)), (size - 1) / 2)
    : scale(sub(scale(add(coordinate, full(1)), size), full(1)), 0.5);
}

/** Position folded back at the borders [low, low + span]. */
function reflect(position: Node, low: number, span: number): Node {
  if (span === 0) return scale(position, 0);
  const offset = abs(sub(position, full(low)));
  const phase = remainder(offset, full(2 * span));
  // |span − phase| counts from the far end.
  return add(sub(full(span), abs(sub(phase, full(span)))), full(low));
}

function place(coordinate: Node, size: number, { padding, alignCorners }: GridSampleOptions): Node {
  const position = toPosition(coordinate, size, alignCorners);
  if (padding === 'zeros') return position;
  const folded =
    padding === 'border' ? position : alignCorners ? reflect(position, 0, size - 1) : reflect(position, -0.5, size);
  return clamp(folded, full(0), full(size - 1));
}

/**
 * x [N, C, …in], grid [N, …out, d] with the last axis in the order (x, y[, z]) → [N, C, …out].
 * Differentiable in x and in the grid.
 */
export function gridSample(x: Node, grid: Node, options: GridSampleOptions): Node {
  const spatial = x.shape.slice(2);
  const rank = spatial.length;
  const outer = grid.shape.slice(1, -1);
  const count = elementCount(outer);
  const batch = sizeAt(x.shape, 0);
  const channels = sizeAt(x.shape, 1);
  const flat = reshape(x, [batch, channels, elementCount(spatial)]);
  // Position along each spatial axis, [N, count]; the grid names the last axis first.
  const positions = spatial.map((size, axis) =>
    place(reshape(sliceAxis(grid, rank + 1, rank - 1 - axis, rank - axis), [batch, count]), size, options),
  );

  const corner = (whole: readonly Node[]): Node => {
    const inside = whole.map((at, axis) => and(le(full(0), at), le(at, full(sizeAt(spatial, axis) - 1)))).reduce(and);
    const index = whole
      .map((at, axis) => convert(clamp(at, full(0), full(sizeAt(spatial, axis) - 1)), 'int'))
      .reduce((outerIndex, at, axis) => add(mul(outerIndex, full(sizeAt(spatial, axis), [], 'int')), at));
    const everyChannel = (values: Node): Node =>
      broadcastTo(reshape(values, [batch, 1, count]), [batch, channels, count]);
    const value = takeAlong(flat, everyChannel(index), 2);
    return select(everyChannel(inside), value, full(0));
  };

  if (options.mode === 'nearest') return reshape(corner(positions.map(round)), [batch, channels, ...outer]);

  const below = positions.map(floor);
  const fraction = positions.map((at, i) => sub(at, below[i] ?? at));
  const corners = Array.from({ length: 1 << rank }, (_, bits) => {
    const upper = (axis: number): boolean => ((bits >> axis) & 1) === 1;
    const value = corner(below.map((at, axis) => (upper(axis) ? add(at, full(1)) : at)));
    const weight = fraction.map((part, axis) => (upper(axis) ? part : sub(full(1), part))).reduce(mul);
    return mul(value, reshape(weight, [batch, 1, count]));
  });
  return reshape(corners.reduce(add), [batch, channels, ...outer]);
}

/** Coordinates of F.affine_grid: theta [N, d, d+1], result [N, …spatial, d]. */
export function affineGrid(theta: Node, size: Shape, alignCorners: boolean): Node {
  const spatial = size.slice(2);
  const rank = spatial.length;
  const count = elementCount(spatial);
  const columns = Array.from({ length: rank }, (_, i) => {
    const axis = rank - 1 - i;
    const extent = sizeAt(spatial, axis);
    const inner = elementCount(spatial.slice(axis + 1));
    const coordinate = (k: number): number => {
      if (alignCorners) return extent > 1 ? -1 + (2 * k) / (extent - 1) : 0;
      return (2 * k + 1) / extent - 1;
    };
    return constant(
      Float64Array.from({ length: count }, (_unused, flat) => coordinate(Math.floor(flat / inner) % extent)),
      [count, 1],
    );
  });
  const base = concat([...columns, full(1, [count, 1])], 1);
  const product = dot(base, theta, { lhsContract: [1], rhsContract: [2], lhsBatch: [], rhsBatch: [] });
  return reshape(transpose(product, [1, 0, 2]), [sizeAt(theta.shape, 0), ...spatial, rank]);
}
