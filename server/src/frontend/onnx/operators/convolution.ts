/** Convolutions and pooling: x [N, C, …]. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import {
  abs,
  add,
  constant,
  conv,
  convInputGrad,
  full,
  iota,
  mul,
  reduceSum,
  reshape,
  scale,
} from '../../../graph/operations';
import { take, takeAlong, transpose, windowArgmax } from '../../../graph/operations';
import type { ConvGeometry, Shape } from '../../../graph/primitives';
import { alignLeading, sizeAt } from '../../compositions/axes';
import { pad } from '../../compositions/padding';
import { power } from '../../compositions/elementwise';
import { amax, mean } from '../../compositions/reductions';
import type { Operator, OperatorCall } from '../operatorCall';

type Amounts = [number, number][];

/** Sizes, steps and margins along the spatial axes. */
interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: Amounts;
}

const spatialOf = (x: Node): Shape => x.shape.slice(2);

/** `auto_pad` SAME_UPPER puts the odd element behind, SAME_LOWER before; the result has ⌈size/stride⌉ elements. */
function samePadding(reach: number, stride: number, size: number, lower: boolean): [number, number] {
  const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
  const [small, large] = [Math.floor(total / 2), Math.ceil(total / 2)];
  return lower ? [large, small] : [small, large];
}

function windows(call: OperatorCall, x: Node, kernel: readonly number[]): Windows {
  const rank = kernel.length;
  if (x.shape.length !== rank + 2) call.fail(`${rank} window sizes for a tensor of shape [${x.shape.join(', ')}]`);
  const ones = kernel.map(() => 1);
  const strides = call.ints('strides') ?? ones;
  const dilation = call.ints('dilations') ?? ones;
  if ([...strides, ...dilation, ...kernel].some((step) => step < 1)) call.fail('a stride, dilation or size below 1');
  const automatic = call.text('auto_pad', 'NOTSET');
  const pads = call.ints('pads') ?? [];
  const padding = kernel.map((size, i): [number, number] => {
    const reach = (size - 1) * (dilation[i] ?? 1) + 1;
    if (automatic.startsWith('SAME'))
      return samePadding(reach, strides[i] ?? 1, spatialOf(x)[i] ?? 1, automatic === 'SAME_LOWER');
    return automatic === 'VALID' ? [0, 0] : [pads[i] ?? 0, pads[i + rank] ?? 0];
  });
  if (padding.flat().some((margin) => margin < 0)) call.fail('negative padding');
  return { kernel, strides, dilation, padding };
}

const withBias = (y: Node, bias: Node | undefined): Node =>
  bias === undefined ? y : add(y, alignLeading(bias, y.shape.length - 2));

export function convolve(call: OperatorCall): Node {
  const [x, w] = [call.input(0), call.input(1)];
  const { strides, padding, dilation } = windows(call, x, call.ints('kernel_shape') ?? spatialOf(w));
  return withBias(conv(x, w, { strides, padding, dilation, groups: call.int('group', 1) }), call.optional(2));
}

/**
 * size = (in − 1)·stride + reach + output_padding − pads; or `output_shape` is given and the pads follow from it. The margins
 * are cut from the full result.
 */
function convolveTransposed(call: OperatorCall): Node {
  const [x, w] = [call.input(0), call.input(1)];
  const { kernel, strides, padding, dilation } = windows(call, x, call.ints('kernel_shape') ?? spatialOf(w));
  const extra = call.ints('output_padding') ?? kernel.map(() => 0);
  const wanted = call.ints('output_shape')?.slice(-kernel.length);
  const automatic = call.text('auto_pad', 'NOTSET');
  const extents = kernel.map((size, i) => {
    const reach = (size - 1) * (dilation[i] ?? 1) + 1;
    const whole = (sizeAt(x.shape, i + 2) - 1) * (strides[i] ?? 1) + reach;
    const same = automatic.startsWith('SAME') ? sizeAt(x.shape, i + 2) * (strides[i] ?? 1) : undefined;
    const target = wanted?.[i] ?? same;
    const total = target === undefined ? 0 : whole + (extra[i] ?? 0) - target;
    const [small, large] = [Math.floor(total / 2), Math.ceil(total / 2)];
    const cut: readonly [number, number] =
      target === undefined ? (padding[i] ?? [0, 0]) : automatic === 'SAME_UPPER' ? [small, large] : [large, small];
    return { whole, extra: extra[i] ?? 0, cut };
  });
  const geometry: ConvGeometry = { strides, dilation, padding: kernel.map(() => [0, 0]), groups: call.int('group', 1) };
  const full_ = convInputGrad(
    x,
    w,
    geometry,
    extents.map(({ whole }) => whole),
  );
  const margins = extents.map(({ extra: behind, cut: [before, after] }): [number, number] => [-before, behind - after]);
  return withBias(pad(full_, [[0, 0], [0, 0], ...margins]), call.optional(2));
}

/** Windows that begin inside the input or its margin before; `ceil_mode` lets the last hang over the end. */
function counted(call: OperatorCall, x: Node, w: Windows): { readonly counts: number[]; readonly padding: Amounts } {
  const ceil = call.int('ceil_mode', 0) === 1;
  const results = w.kernel.map((size, i) => {
    const reach = (size - 1) * (w.dilation[i] ?? 1) + 1;
    const [before, after] = w.padding[i] ?? [0, 0];
    const [extent, stride] = [sizeAt(x.shape, i + 2), w.strides[i] ?? 1];
    const room = extent + before + after - reach;
    let count = (ceil ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1;
    if (ceil && (count - 1) * stride >= extent + before) count -= 1;
    if (count < 1) call.fail(`a window of ${reach} does not fit into ${extent + before + after} elements`);
    const needed = (count - 1) * stride + reach - extent - before;
    return { count, margin: [before, Math.max(0, needed)] as [number, number] };
  });
  return { counts: results.map(({ count }) => count), padding: results.map(({ margin }) => margin) };
}

const flattened = (x: Node): Node => reshape(x, [...x.shape.slice(0, 2), elementCount(spatialOf(x))]);

function maxPool(call: OperatorCall): { readonly outputs: readonly Node[] } {
  const x = call.input(0);
  const w = windows(call, x, call.ints('kernel_shape') ?? call.fail('kernel_shape is missing'));
  const { padding } = counted(call, x, w);
  const index = windowArgmax(x, { window: w.kernel, strides: w.strides, padding, dilation: w.dilation });
  const values = reshape(takeAlong(flattened(x), flattened(index), 2), index.shape);
  return { outputs: [values, throughWhole(index, x.shape, call.int('storage_order', 0) === 1)] };
}

/** A place in its image [N, C, …] as one in the whole tensor; `columns`: counted with the first spatial axis fastest. */
function throughWhole(index: Node, shape: Shape, columns: boolean): Node {
  const spatial = shape.slice(2);
  const images = elementCount(shape.slice(0, 2));
  const order = iota([elementCount(spatial)], 0);
  const turned = transpose(
    reshape(order, [...spatial].reverse()),
    spatial.map((_, i) => spatial.length - 1 - i),
  );
  const place = columns && spatial.length > 1 ? take(reshape(turned, order.shape), index, 0) : index;
  if (images === 1) return place;
  const offset = mul(iota([images], 0), full(elementCount(spatial), [], 'int'));
  return add(place, reshape(offset, [...shape.slice(0, 2), ...spatial.map(() => 1)]));
}

/** Sums over windows: a convolution of each channel with ones. */
function windowSums(x: Node, { kernel, strides, dilation }: Windows, padding: Amounts, counts: Shape): Node {
  const images = reshape(x, [sizeAt(x.shape, 0) * sizeAt(x.shape, 1), 1, ...spatialOf(x)]);
  const sums = conv(images, full(1, [1, 1, ...kernel]), { strides, padding, dilation, groups: 1 });
  return reshape(sums, [...x.shape.slice(0, 2), ...counts]);
}

/** Elements a window is divided by: those inside the input, with `count_include_pad` also its margins. */
function divisors(x: Node, w: Windows, counts: Shape, withMargins: boolean): Float64Array {
  const perAxis = counts.map((count, axis) => {
    const extent = sizeAt(x.shape, axis + 2);
    const [before, after] = w.padding[axis] ?? [0, 0];
    const [low, high] = withMargins ? [-before, extent + after] : [0, extent];
    return Array.from({ length: count }, (_, i) => {
      const start = i * (w.strides[axis] ?? 1) - before;
      const places = Array.from({ length: w.kernel[axis] ?? 1 }, (_unused, k) => start + k * (w.dilation[axis] ?? 1));
      return places.filter((place) => place >= low && place < high).length;
    });
  });
  let flat = [1];
  for (const axis of perAxis) flat = flat.flatMap((outer) => axis.map((inner) => outer * inner));
  return Float64Array.from(flat);
}

function averagePool(call: OperatorCall): Node {
  const x = call.input(0);
  const w = windows(call, x, call.ints('kernel_shape') ?? call.fail('kernel_shape is missing'));
  const { counts, padding } = counted(call, x, w);
  const sums = windowSums(x, w, padding, counts);
  const shares = divisors(x, w, counts, call.int('count_include_pad', 0) === 1).map((count) => 1 / count);
  const [first = 1] = shares;
  return shares.every((share) => share === first) ? scale(sums, first) : mul(sums, constant(shares, counts));
}

/** |x|^p; even powers need no absolute value, whose derivative jumps. */
const magnitude = (x: Node, p: number): Node => (p % 2 === 0 ? power(x, full(p)) : power(abs(x), full(p)));

/** (Σ |x|^p)^(1/p) over each window. */
function lpPool(call: OperatorCall): Node {
  const x = call.input(0);
  const w = windows(call, x, call.ints('kernel_shape') ?? call.fail('kernel_shape is missing'));
  const { counts, padding } = counted(call, x, w);
  const p = call.int('p', 2);
  return power(windowSums(magnitude(x, p), w, padding, counts), full(1 / p));
}

const spatialAxes = (x: Node): number[] => spatialOf(x).map((_, i) => i + 2);

export const convolution: Readonly<Record<string, Operator>> = {
  Conv: convolve,
  ConvTranspose: convolveTransposed,
  MaxPool: maxPool,
  AveragePool: averagePool,
  LpPool: lpPool,
  GlobalAveragePool: (call) => mean(call.input(0), spatialAxes(call.input(0)), true),
  GlobalMaxPool: (call) => amax(call.input(0), spatialAxes(call.input(0)), true),
  GlobalLpPool: (call) => {
    const [x, p] = [call.input(0), call.int('p', 2)];
    const sums = reduceSum(magnitude(x, p), spatialAxes(x));
    return reshape(power(sums, full(1 / p)), [...x.shape.slice(0, 2), ...spatialOf(x).map(() => 1)]);
  },
};
