/** Shapes, and where elements lie. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import {
  add,
  broadcastTo,
  constant,
  convert,
  eq,
  full,
  iota,
  lt,
  mul,
  reshape,
  reverse,
  scale,
  select,
  slice,
  sliceAxis,
  take,
  transpose,
} from '../../../graph/operations';
import type { Shape } from '../../../graph/primitives';
import { normaliseAxes, normaliseAxis, sizeAt, unsqueeze } from '../../compositions/axes';
import { pad, type Amount, type PaddingMode } from '../../compositions/padding';
import { cat, repeat, splitSizes, tril, triu } from '../../compositions/structure';
import { wholeNumbers } from '../initializers';
import type { Operator, OperatorCall } from '../operatorCall';

const vector = (values: readonly number[]): Node => constant(wholeNumbers(values), [values.length]);

/** 0 keeps the size of the input's axis unless `allowzero`, −1 is what is left. */
function sizesOf(x: Node, target: readonly number[], allowZero: boolean): number[] | undefined {
  const sizes = target.map((size, i) => (size === 0 && !allowZero ? sizeAt(x.shape, i) : size));
  const known = elementCount(sizes.filter((size) => size !== -1));
  const total = elementCount(x.shape);
  const free = sizes.filter((size) => size === -1).length;
  if (free > 1 || sizes.some((size) => size < -1)) return undefined;
  if (free === 0) return known === total ? sizes : undefined;
  if (known === 0 || total % known !== 0) return undefined;
  return sizes.map((size) => (size === -1 ? total / known : size));
}

function reshaped(call: OperatorCall): Node {
  const x = call.input(0);
  const target = call.listed(1, 'shape') ?? call.fail('the shape is missing');
  const allowZero = call.int('allowzero', 0) === 1;
  const sizes = sizesOf(x, target, allowZero) ?? sizesOf(x, call.rebatched(target), allowZero);
  return reshape(x, sizes ?? call.fail(`[${x.shape.join(', ')}] has no shape [${target.join(', ')}]`));
}

/** Everything before `axis`, and from there on. */
function flat(call: OperatorCall): Node {
  const x = call.input(0);
  const axis = call.int('axis', 1);
  const from = axis < 0 ? axis + x.shape.length : axis;
  const rows = elementCount(x.shape.slice(0, from));
  return reshape(x, [rows, elementCount(x.shape.slice(from))]);
}

function shapeOf(call: OperatorCall): Node {
  const { shape } = call.input(0);
  return vector(shape.slice(call.int('start', 0), call.has('end') ? call.int('end', 0) : undefined));
}

function squeezed(call: OperatorCall): Node {
  const x = call.input(0);
  const axes = call.listed(1, 'axes') ?? x.shape.flatMap((size, i) => (size === 1 ? [i] : []));
  const dropped = axes.map((axis) => normaliseAxis(axis, x.shape.length));
  const bad = dropped.find((axis) => x.shape[axis] !== 1);
  if (bad !== undefined) call.fail(`axis ${bad} of [${x.shape.join(', ')}] is not of size 1`);
  return reshape(
    x,
    x.shape.filter((_, i) => !dropped.includes(i)),
  );
}

/** Axes count in the result. */
function unsqueezed(call: OperatorCall): Node {
  const x = call.input(0);
  const axes = call.listed(1, 'axes') ?? call.fail('the axes are missing');
  const rank = x.shape.length + axes.length;
  return axes
    .map((axis) => normaliseAxis(axis, rank))
    .sort((a, b) => a - b)
    .reduce((current, axis) => unsqueeze(current, axis), x);
}

function transposed(call: OperatorCall): Node {
  const x = call.input(0);
  const order = call.ints('perm') ?? x.shape.map((_, i) => x.shape.length - 1 - i);
  if (order.length !== x.shape.length || new Set(order).size !== order.length)
    call.fail(`perm [${order.join(', ')}] of a tensor of ${x.shape.length} axes`);
  return transpose(x, order);
}

/** One axis of a slice as a forward range, and whether it is then turned round. */
function rangeOf(size: number, start: number, end: number, step: number) {
  const at = (position: number): number => (position < 0 ? position + size : position);
  if (step > 0) {
    const from = Math.min(Math.max(at(start), 0), size);
    return { from, to: Math.max(from, Math.min(Math.max(at(end), 0), size)), step, turned: false };
  }
  const first = Math.min(Math.max(at(start), -1), size - 1);
  // An end far below zero means before the first element.
  const stop = end < -size ? -1 : Math.min(Math.max(at(end), -1), size - 1);
  const count = Math.max(0, Math.ceil((first - stop) / -step));
  const last = first + (count - 1) * step;
  return { from: count === 0 ? 0 : last, to: count === 0 ? 0 : first + 1, step: -step, turned: true };
}

/** Attributes before operator set 10. */
function sliced(call: OperatorCall): Node {
  const x = call.input(0);
  const starts = call.listed(1, 'starts') ?? [];
  const ends = call.listed(2, 'ends') ?? [];
  const axes = normaliseAxes(call.listed(3, 'axes') ?? starts.map((_, i) => i), x.shape.length);
  const steps = call.optionalNumbers(4) ?? starts.map(() => 1);
  if (steps.includes(0)) call.fail('a step of 0');
  const ranges = new Map(
    axes.map((axis, i) => [axis, rangeOf(sizeAt(x.shape, axis), starts[i] ?? 0, ends[i] ?? 0, steps[i] ?? 1)] as const),
  );
  const part = slice(
    x,
    x.shape.map((_, axis) => ranges.get(axis)?.from ?? 0),
    x.shape.map((size, axis) => ranges.get(axis)?.to ?? size),
    x.shape.map((_, axis) => ranges.get(axis)?.step ?? 1),
  );
  return reverse(
    part,
    axes.filter((axis) => ranges.get(axis)?.turned === true),
  );
}

/** Sizes are an attribute before operator set 13; else equal parts, of which the last may be smaller. */
function split(call: OperatorCall): { readonly outputs: readonly Node[] } {
  const x = call.input(0);
  const axis = normaliseAxis(call.int('axis', 0), x.shape.length);
  const given = call.listed(1, 'split');
  return { outputs: splitSizes(x, given ?? equalParts(sizeAt(x.shape, axis), call.node.output.length), axis) };
}

function equalParts(size: number, parts: number): number[] {
  const length = Math.ceil(size / parts);
  return Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(length, size - i * length)));
}

const modes: Readonly<Record<string, PaddingMode>> = {
  constant: 'constant',
  reflect: 'reflect',
  edge: 'replicate',
  wrap: 'circular',
};

/** All starts, then all ends; attributes before operator set 11; `axes` from 18 on. */
function padded(call: OperatorCall): Node {
  const x = call.input(0);
  const rank = x.shape.length;
  const amounts = call.listed(1, 'pads') ?? call.fail('the amounts are missing');
  const axes = normaliseAxes(call.optionalNumbers(3), rank);
  const mode = modes[call.text('mode', 'constant')] ?? call.fail(`mode ${call.text('mode', '')} is not read`);
  const value = call.has('value') ? call.float('value', 0) : (call.optionalNumbers(2)?.[0] ?? 0);
  const perAxis = x.shape.map((_, axis): Amount => {
    const at = axes.indexOf(axis);
    return at < 0 ? [0, 0] : [amounts[at] ?? 0, amounts[at + axes.length] ?? 0];
  });
  return pad(x, perAxis, mode, value);
}

/** Operands of the batch that the file was written for are spread over the one that is read, where its samples are equal. */
function joined(call: OperatorCall): Node {
  const parts = call.inputs();
  const axis = normaliseAxis(call.int('axis', 0), parts[0]?.shape.length ?? 0);
  const { written, read } = call.context.batch;
  const leads = (x: Node, size: number | undefined): boolean => x.shape[0] === size;
  if (axis === 0 || written === read || !parts.some((x) => leads(x, read))) return cat(parts, axis);
  return cat(
    parts.map((x) => (leads(x, written) ? (spreadOver(call, x, read) ?? x) : x)),
    axis,
  );
}

/** Whether a value is one sample, repeated. */
const isRepeated = (x: Node): boolean =>
  x.primitive === 'broadcast' && !x.parameters.axes.some((axis, i) => axis === 0 && x.inputs[0]?.shape[i] !== 1);

function spreadOver(call: OperatorCall, x: Node, batch: number): Node | undefined {
  const [first = 0, ...rest] = x.shape;
  const size = elementCount(rest);
  const known = first === 1 || isRepeated(x) ? undefined : call.context.known(x);
  const isSame = first === 1 || isRepeated(x) || known?.every((value, i) => value === known[i % size]) === true;
  return isSame ? broadcastTo(sliceAxis(x, 0, 0, 1), [batch, ...rest]) : undefined;
}

/** Numbers from start in steps. */
function range(call: OperatorCall): Node {
  const [start = 0] = call.numbers(0);
  const [limit = 0] = call.numbers(1);
  const [step = 1] = call.numbers(2);
  if (step === 0) call.fail('a step of 0');
  const { dtype } = call.input(0);
  const count = Math.max(0, Math.ceil((limit - start) / step));
  const positions = iota([count], 0);
  return dtype === 'float'
    ? add(scale(convert(positions, 'float'), step), full(start))
    : add(mul(positions, full(step, [], 'int')), full(start, [], 'int'));
}

function constantOfShape(call: OperatorCall): Node {
  const shape = call.numbers(0);
  const value = call.tensor('value');
  return broadcastTo(value === undefined ? full(0) : reshape(value, []), shape);
}

/** Values are 0-d: the depth, and off and on together. */
function oneHot(call: OperatorCall): Node {
  const index = convert(call.input(0), 'int');
  const [depth = 0] = call.numbers(1);
  const values = call.input(2);
  const axis = normaliseAxis(call.int('axis', -1), index.shape.length + 1);
  const shape = withAxisAdded(index.shape, axis, depth);
  const wrapped = select(lt(index, full(0, [], 'int')), add(index, full(depth, [], 'int')), index);
  const hit = eq(broadcastTo(unsqueeze(wrapped, axis), shape), iota(shape, axis));
  return select(hit, take(values, constant(Int32Array.of(1), []), 0), take(values, constant(Int32Array.of(0), []), 0));
}

const withAxisAdded = (shape: Shape, axis: number, size: number): number[] => [
  ...shape.slice(0, axis),
  size,
  ...shape.slice(axis),
];

function triangle(call: OperatorCall): Node {
  const [diagonal = 0] = call.optionalNumbers(1) ?? [0];
  return (call.int('upper', 1) === 1 ? triu : tril)(call.input(0), diagonal);
}

/** DCR: channels as (block, block, C'); CRD: as (C', block, block). */
function depthToSpace(call: OperatorCall): Node {
  const x = call.input(0);
  const block = call.int('blocksize', 1);
  const [n = 1, c = 1, h = 1, w = 1] = x.shape;
  const inner = c / (block * block);
  const columns = call.text('mode', 'DCR') === 'CRD';
  const split_ = reshape(x, columns ? [n, inner, block, block, h, w] : [n, block, block, inner, h, w]);
  const ordered = transpose(split_, columns ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]);
  return reshape(ordered, [n, inner, h * block, w * block]);
}

function spaceToDepth(call: OperatorCall): Node {
  const x = call.input(0);
  const block = call.int('blocksize', 1);
  const [n = 1, c = 1, h = 1, w = 1] = x.shape;
  const split_ = reshape(x, [n, c, h / block, block, w / block, block]);
  const order = call.text('mode', 'DCR') === 'CRD' ? [0, 1, 3, 5, 2, 4] : [0, 3, 5, 1, 2, 4];
  return reshape(transpose(split_, order), [n, c * block * block, h / block, w / block]);
}

/** The value of a Constant is a tensor, or a number or list of its own. */
function constantValue(call: OperatorCall): Node {
  const tensor = call.tensor('value');
  if (tensor !== undefined) return tensor;
  if (call.has('value_float')) return full(call.float('value_float', 0));
  if (call.has('value_int')) return constant(wholeNumbers([call.int('value_int', 0)]), []);
  const floats = call.floats('value_floats');
  if (call.has('value_floats') && floats !== undefined) return constant(Float64Array.from(floats), [floats.length]);
  const ints = call.ints('value_ints');
  if (call.has('value_ints') && ints !== undefined) return vector(ints);
  return call.fail('the value is of a kind that is not read (text, sparse)');
}

export const structure: Readonly<Record<string, Operator>> = {
  Constant: constantValue,
  ConstantOfShape: constantOfShape,
  Range: range,
  Shape: shapeOf,
  Size: (call) => full(elementCount(call.input(0).shape), [], 'int'),
  Reshape: reshaped,
  Flatten: flat,
  Squeeze: squeezed,
  Unsqueeze: unsqueezed,
  Transpose: transposed,
  Slice: sliced,
  Split: split,
  Concat: joined,
  Tile: (call) => repeat(call.input(0), call.numbers(1)),
  Pad: padded,
  OneHot: oneHot,
  Trilu: triangle,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
  Identity: (call) => call.input(0),
  // Nothing is dropped, as in evaluation.
  Dropout: (call) => ({ outputs: [call.input(0), full(1, call.input(0).shape, 'bool')] }),
};
