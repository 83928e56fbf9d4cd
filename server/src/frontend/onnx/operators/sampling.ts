/** Values of images between their elements: at positions of a grid, of regions, of a convolution whose window is deformed. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import {
  add,
  broadcastTo,
  constant,
  conv,
  full,
  iota,
  convert,
  max,
  mul,
  reshape,
  scale,
  sliceAxis,
  sub,
  take,
  transpose,
} from '../../../graph/operations';
import { alignLeading, sizeAt } from '../../compositions/axes';
import { affineGrid, gridSample, type GridSampleOptions } from '../../compositions/gridSample';
import { mean } from '../../compositions/reductions';
import { stack } from '../../compositions/structure';
import type { Operator, OperatorCall } from '../operatorCall';

const modes: Readonly<Record<string, GridSampleOptions['mode']>> = {
  bilinear: 'bilinear',
  linear: 'bilinear',
  nearest: 'nearest',
};
const paddings: Readonly<Record<string, GridSampleOptions['padding']>> = {
  zeros: 'zeros',
  border: 'border',
  reflection: 'reflection',
};

const atGrid: Operator = (call) => {
  const mode = call.text('mode', 'linear');
  const padding = call.text('padding_mode', 'zeros');
  return gridSample(call.input(0), call.input(1), {
    mode: modes[mode] ?? call.fail(`mode ${mode} is not read`),
    padding: paddings[padding] ?? call.fail(`padding_mode ${padding} is not read`),
    alignCorners: call.int('align_corners', 0) === 1,
  });
};

/** Element positions as coordinates of a grid that does not align corners. */
const coordinate = (position: Node, size: number): Node =>
  sub(scale(add(scale(position, 2), full(1)), 1 / size), full(1));

interface DeformedWindow {
  readonly kernel: readonly [number, number];
  readonly result: readonly [number, number];
  /** Where element k of the window of result o lies along an axis, [K, …result], before it is moved. */
  readonly base: (axis: 0 | 1) => Node;
}

function deformedWindow(call: OperatorCall, w: Node, result: readonly [number, number]): DeformedWindow {
  const kernel = [sizeAt(w.shape, 2), sizeAt(w.shape, 3)] as const;
  const [strides, dilations, pads] = ['strides', 'dilations', 'pads'].map((name) => call.ints(name));
  const [rows, columns] = kernel;
  const base = (axis: 0 | 1): Node => {
    const shape = [rows * columns, ...result];
    const inner = axis === 0 ? elementCount(result.slice(1)) : 1;
    const [step, reach, margin] = [strides?.[axis] ?? 1, dilations?.[axis] ?? 1, pads?.[axis] ?? 0];
    const values = Float64Array.from({ length: elementCount(shape) }, (_, flat) => {
      const k = Math.floor(flat / elementCount(result));
      const place = Math.floor((flat % elementCount(result)) / inner) % (result[axis] || 1);
      const tap = axis === 0 ? Math.floor(k / columns) : k % columns;
      return place * step - margin + tap * reach;
    });
    return constant(values, shape);
  };
  return { kernel, result, base };
}

/** Deformable convolution (Dai et al. 2017), modulated by a mask where there is one (Zhu et al. 2019): images only. */
const deformed: Operator = (call) => {
  const [x, w, offset] = [call.input(0), call.input(1), call.input(2)];
  if (x.shape.length !== 4) call.fail('only images are read');
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape;
  const groups = call.int('offset_group', 1);
  const window = deformedWindow(call, w, [sizeAt(offset.shape, 2), sizeAt(offset.shape, 3)]);
  const taps = elementCount(window.kernel);
  const moved = reshape(offset, [batch * groups, taps, 2, ...window.result]);
  const along = (axis: 0 | 1): Node =>
    add(reshape(sliceAxis(moved, 2, axis, axis + 1), [batch * groups, taps, ...window.result]), window.base(axis));
  const grid = stack([coordinate(along(1), width), coordinate(along(0), height)], 4);
  const [rows, columns] = window.result;
  const samples = gridSample(
    reshape(x, [batch * groups, channels / groups, height, width]),
    reshape(grid, [batch * groups, taps * rows, columns, 2]),
    { mode: 'bilinear', padding: 'zeros', alignCorners: false },
  );
  const perTap = reshape(samples, [batch, groups, channels / groups, taps, rows, columns]);
  const mask = call.optional(4);
  const weighed = mask === undefined ? perTap : mul(perTap, reshape(mask, [batch, groups, 1, taps, rows, columns]));
  const columnsOf = reshape(weighed, [batch, channels * taps, rows, columns]);
  const flat = reshape(w, [sizeAt(w.shape, 0), sizeAt(w.shape, 1) * taps, 1, 1]);
  const one = {
    strides: [1, 1],
    padding: [
      [0, 0],
      [0, 0],
    ] as [number, number][],
    dilation: [1, 1],
  };
  const result = conv(columnsOf, flat, { ...one, groups: call.int('group', 1) });
  const bias = call.optional(3);
  return bias === undefined ? result : add(result, alignLeading(bias, 2));
};

/** Means over a grid of points in each cell of a region (He et al. 2017). The number of points must be given. */
const regions: Operator = (call) => {
  const [x, boxes, owner] = [call.input(0), call.input(1), convert(call.input(2), 'int')];
  const points = call.int('sampling_ratio', 0);
  if (points < 1) call.fail('the number of points per cell depends on the data (sampling_ratio 0)');
  if (call.text('mode', 'avg') !== 'avg') call.fail('mode max is not read');
  const [, channels = 0, height = 0, width = 0] = x.shape;
  const half = call.text('coordinate_transformation_mode', call.version < 16 ? 'output_half_pixel' : 'half_pixel');
  const shift = half === 'half_pixel' ? 0.5 : 0;
  const count = sizeAt(boxes.shape, 0);
  const side = (index: number): Node =>
    sub(scale(sliceAxis(boxes, 1, index, index + 1), call.float('spatial_scale', 1)), full(shift));
  const positions = (low: Node, high: Node, cells: number): Node => {
    const extent = sub(high, low);
    const span = shift === 0 ? max(extent, full(1)) : extent;
    const parts = scale(add(convert(iota([1, cells * points], 1), 'float'), full(0.5)), 1 / (cells * points));
    return add(low, mul(span, parts));
  };
  const [rows, columns] = [call.int('output_height', 1), call.int('output_width', 1)];
  const y = positions(side(1), side(3), rows);
  const across = positions(side(0), side(2), columns);
  const shape = [count, rows * points, columns * points];
  const grid = stack(
    [
      broadcastTo(reshape(coordinate(across, width), [count, 1, columns * points]), shape),
      broadcastTo(reshape(coordinate(y, height), [count, rows * points, 1]), shape),
    ],
    3,
  );
  const samples = gridSample(take(x, owner, 0), grid, { mode: 'bilinear', padding: 'border', alignCorners: false });
  const cells = reshape(samples, [count, channels, rows, points, columns, points]);
  const ordered = reshape(transpose(cells, [0, 1, 2, 4, 3, 5]), [count, channels, rows, columns, points * points]);
  return mean(ordered, [4]);
};

export const sampling: Readonly<Record<string, Operator>> = {
  GridSample: atGrid,
  AffineGrid: (call) => affineGrid(call.input(0), call.numbers(1), call.int('align_corners', 0) === 1),
  DeformConv: deformed,
  RoiAlign: regions,
};
