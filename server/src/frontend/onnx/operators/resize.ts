/** Resize (Upsample in older operator sets): every mode is linear and separable. */
import type { Node } from '../../../graph/node';
import { constant, take } from '../../../graph/operations';
import { normaliseAxes, sizeAt } from '../../compositions/axes';
import { cubic } from '../../compositions/interpolation';
import { applyAlongAxis } from '../../compositions/pooling';
import type { Operator, OperatorCall } from '../operatorCall';

/** How one axis is resized. */
interface AxisPlan {
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  readonly scale: number;
}

type Position = (i: number, plan: AxisPlan) => number;

/** `coordinate_transformation_mode`: position in the input of element `i` of the result. */
const positions: Readonly<Record<string, Position>> = {
  half_pixel: (i, { scale }) => (i + 0.5) / scale - 0.5,
  pytorch_half_pixel: (i, { scale, to }) => (to > 1 ? (i + 0.5) / scale - 0.5 : 0),
  align_corners: (i, { from, to }) => (to > 1 ? (i * (from - 1)) / (to - 1) : 0),
  asymmetric: (i, { scale }) => i / scale,
  half_pixel_symmetric: (i, { scale, from, to }) => {
    const adjustment = to / (scale * from);
    return (from / 2) * (1 - adjustment) + (i + 0.5) / scale - 0.5;
  },
};

/** `nearest_mode` */
const roundings: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** A filter: its weight at a distance, and how far it reaches. */
interface Filter {
  readonly kernel: (distance: number) => number;
  readonly reach: number;
}

/** With `antialias`, a filter is stretched by as much as the axis shrinks. */
function stretched({ kernel, reach }: Filter, scale: number): Filter {
  const factor = Math.min(1, scale);
  return { kernel: (distance) => kernel(distance * factor), reach: Math.ceil(reach / factor) };
}

/** Weights [to, from] that add up to 1 in each row; positions outside count as the border element, or not at all. */
function weightsOf(plan: AxisPlan, at: Position, { kernel, reach }: Filter, excludeOutside: boolean): Float64Array {
  const { from, to } = plan;
  const weights = new Float64Array(to * from);
  for (let i = 0; i < to; i++) {
    const position = at(i, plan);
    const below = Math.floor(position);
    const taps = Array.from({ length: 2 * reach }, (_, k) => below - reach + 1 + k).map((place) => ({
      place,
      weight: excludeOutside && (place < 0 || place >= from) ? 0 : kernel(position - place),
    }));
    const total = taps.reduce((sum, { weight }) => sum + weight, 0);
    for (const { place, weight } of taps) {
      const column = i * from + Math.min(Math.max(place, 0), from - 1);
      weights[column] = (weights[column] ?? 0) + weight / total;
    }
  }
  return weights;
}

/** Largest matrix of weights along an axis, and longest axis of a result. */
const LARGEST_WEIGHTS = 1 << 24;

function resizeAxis(call: OperatorCall, x: Node, plan: AxisPlan): Node {
  const { axis, from, to } = plan;
  if (from === to && plan.scale === 1) return x;
  const transformation = call.text('coordinate_transformation_mode', call.version < 11 ? 'asymmetric' : 'half_pixel');
  const at = positions[transformation] ?? call.fail(`coordinate_transformation_mode ${transformation} is not read`);
  const mode = call.text('mode', 'nearest');
  if (mode === 'nearest') {
    const name = call.text('nearest_mode', call.version < 11 ? 'floor' : 'round_prefer_floor');
    const round = roundings[name] ?? call.fail(`nearest_mode ${name} is not read`);
    const index = Int32Array.from({ length: to }, (_, i) => Math.min(Math.max(round(at(i, plan)), 0), from - 1));
    return take(x, constant(index, [to]), axis);
  }
  if (from * to > LARGEST_WEIGHTS) call.fail(`${from} elements to ${to} are too many`);
  const a = call.float('cubic_coeff_a', -0.75);
  const filters: Readonly<Record<string, Filter>> = {
    cubic: { kernel: (distance) => cubic(distance, a), reach: 2 },
    linear: { kernel: (distance) => Math.max(0, 1 - Math.abs(distance)), reach: 1 },
  };
  const filter = filters[mode] ?? call.fail(`mode ${mode} is not read`);
  const own = call.int('antialias', 0) === 1 ? stretched(filter, plan.scale) : filter;
  const weights = weightsOf(plan, at, own, call.int('exclude_outside', 0) === 1);
  return applyAlongAxis(x, constant(weights, [to, from]), axis);
}

/** Operands: (x, scales) before operator set 11, (x, roi, scales, sizes) after. */
function resize(call: OperatorCall): Node {
  const x = call.input(0);
  const nonEmpty = (values: readonly number[] | undefined): readonly number[] | undefined =>
    values === undefined || values.length === 0 ? undefined : values;
  const scales = nonEmpty(
    call.floats('scales') ?? (call.version < 11 ? call.optionalNumbers(1) : call.optionalNumbers(2)),
  );
  const sizes = call.version < 11 ? undefined : nonEmpty(call.optionalNumbers(3));
  const axes = normaliseAxes(call.ints('axes'), x.shape.length);
  const common = commonScale(
    call,
    axes.map((axis, i) => (sizes?.[i] ?? 1) / sizeAt(x.shape, axis)),
  );
  const plans = axes.map((axis, i): AxisPlan => {
    const from = sizeAt(x.shape, axis);
    if (common !== undefined) return { axis, from, to: Math.round(common * from), scale: common };
    const given = axis === 0 && sizes !== undefined ? call.rebatched(sizes)[0] : sizes?.[i];
    const to = given ?? Math.floor(from * (scales?.[i] ?? 1));
    return { axis, from, to, scale: scales?.[i] ?? to / from };
  });
  for (const { axis, to } of plans)
    if (!(to > 0 && to <= LARGEST_WEIGHTS))
      call.fail(`axis ${axis} would get ${to} elements; 1 to ${LARGEST_WEIGHTS} are read`);
  return plans.reduce((current, plan) => resizeAxis(call, current, plan), x);
}

/** One scale for all axes, so that no result, or every one, is larger than its size; undefined: each has its own. */
function commonScale(call: OperatorCall, scales: readonly number[]): number | undefined {
  const policy = call.text('keep_aspect_ratio_policy', 'stretch');
  if (policy === 'not_larger') return Math.min(...scales);
  return policy === 'not_smaller' ? Math.max(...scales) : undefined;
}

export const resizing: Readonly<Record<string, Operator>> = { Resize: resize, Upsample: resize };
