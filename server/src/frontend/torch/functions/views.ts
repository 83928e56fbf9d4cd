/** Functions whose result shares memory with their argument: reshapes, transposes, slices. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import { evaluateConstant } from '../../../graph/evaluate/evaluate';
import { reshape, transpose } from '../../../graph/operations';
import type { PyInstance, PyValue } from '../../../python/values';
import { PyList, PyTuple } from '../../../python/values';
import { normaliseAxes, normaliseAxis, sizeAt } from '../../compositions/axes';
import type { IndexItem } from '../../compositions/indexing';
import { readIndex, writeIndex, writeThrough } from '../../compositions/indexing';
import * as structure from '../../compositions/structure';
import { asDtype } from '../tensor/dtype';
import type { TensorPayload } from '../tensor/payload';
import { cutOff } from '../tensor/tensor';
import type { Call, FunctionRow } from './call';
import { row } from './call';

/** Elements of a tensor into which is written through a view: each has a position in memory, and these take time, too. */
const MOST_WRITTEN = 2 ** 24;

/** A view of any function that only moves elements; it writes back by following every element's position. */
function moving(call: Call, base: TensorPayload, read: (x: Node) => Node, contiguous = false): PyInstance {
  const write = (x: Node, value: Node): Node => {
    const count = elementCount(x.shape);
    return count <= MOST_WRITTEN
      ? writeThrough(x, read, value, evaluateConstant)
      : call.stop(
          `this writes into a view of a tensor of ${count.toLocaleString('en-US')} elements, more than are followed one by one`,
          'write the same without changing the tensor in place',
        );
  };
  return call.view(base, { read, write }, contiguous);
}

/** A view of other shape with the elements in the same order. */
export function reshaped(call: Call, base: TensorPayload, read: (x: Node) => Node): PyInstance {
  // Of scattered memory a reshape is a copy, which does not write back.
  if (!base.contiguous) return call.tensor(read(base.node), base.dtype);
  return call.view(base, { read, write: (x, value) => reshape(value, x.shape) }, true);
}

/** As `reshaped`, for functions that never copy. */
const relabelled = (call: Call, base: TensorPayload, read: (x: Node) => Node): PyInstance =>
  call.view(base, { read, write: (x, value) => reshape(value, x.shape) }, base.contiguous);

function permuted(call: Call, base: TensorPayload, order: readonly number[]): PyInstance {
  const inverse = order.map((_, axis) => order.indexOf(axis));
  const longAxes = order.filter((axis) => base.shape[axis] !== 1);
  const keepsOrder = longAxes.every((axis, i) => i === 0 || axis > (longAxes[i - 1] ?? -1));
  return call.view(
    base,
    { read: (x) => transpose(x, order), write: (_, value) => transpose(value, inverse) },
    base.contiguous && keepsOrder,
  );
}

/** A view by integers and slices. */
export function subscripted(call: Call, base: TensorPayload, items: readonly IndexItem[]): PyInstance {
  // Slicing the first axis leaves one block of memory.
  const inner = items.slice(1);
  const whole = inner.every(({ kind }) => kind === 'ellipsis' || kind === 'newAxis');
  const first = items[0];
  const block =
    first === undefined ||
    first.kind === 'at' ||
    first.kind === 'ellipsis' ||
    (first.kind === 'slice' && first.step === 1);
  return call.view(
    base,
    {
      read: (x) => readIndex(x, items),
      write: (x, value) => writeIndex(x, items, value, evaluateConstant),
    },
    base.contiguous && whole && block,
  );
}

const along = (rank: number, axis: number, item: IndexItem): IndexItem[] => [
  ...Array.from({ length: normaliseAxis(axis, rank) }, (): IndexItem => ({
    kind: 'slice',
    start: undefined,
    stop: undefined,
    step: 1,
  })),
  item,
];

/** x[..., start:stop, ...] as a view. */
const narrowed = (call: Call, base: TensorPayload, axis: number, start: number, stop: number): PyInstance =>
  subscripted(call, base, along(base.shape.length, axis, { kind: 'slice', start, stop, step: 1 }));

/** Consecutive pieces along an axis, each a view. */
function pieces(call: Call, base: TensorPayload, dim: number, sizes: readonly number[]): PyInstance[] {
  let start = 0;
  return sizes.map((size) => narrowed(call, base, dim, start, (start += size)));
}

const sizesAlong = (parts: readonly Node[], axis: number): number[] => parts.map((part) => sizeAt(part.shape, axis));

function axisOf(call: Call, base: TensorPayload): number {
  return normaliseAxis(call.int('dim'), base.shape.length);
}

function splitting(call: Call): PyValue {
  const base = call.payload('input');
  const axis = axisOf(call, base);
  const given = call.value('split_size');
  const parts =
    typeof given === 'bigint'
      ? structure.split(base.node, Number(given), axis)
      : structure.splitSizes(base.node, call.intList('split_size'), axis);
  return new PyTuple(pieces(call, base, axis, sizesAlong(parts, axis)));
}

function tensorSplitting(call: Call, axis = axisOf(call, call.payload('input'))): PyValue {
  const base = call.payload('input');
  const given = call.value('indices_or_sections');
  if (typeof given === 'bigint')
    return new PyTuple(
      pieces(call, base, axis, sizesAlong(structure.tensorSplit(base.node, Number(given), axis), axis)),
    );
  const size = sizeAt(base.shape, axis);
  const cuts = [
    0,
    ...call.intList('indices_or_sections').map((cut) => Math.min(cut < 0 ? cut + size : cut, size)),
    size,
  ];
  return new PyTuple(
    cuts.slice(1).map((cut, i) => narrowed(call, base, axis, cuts[i] ?? 0, Math.max(cut, cuts[i] ?? 0))),
  );
}

/** `view(dtype)` reads the bits as another type. */
function viewing(call: Call, name: string): PyValue {
  const base = call.payload('input');
  const given = call.value(name);
  const [only] = given instanceof PyTuple || given instanceof PyList ? given.items : [given];
  if (asDtype(only) !== undefined) return call.unsupported('of the bits as another type is not followed');
  const shape = structure.inferShape(call.variadicInts(name), elementCount(base.shape));
  return call.name === 'view'
    ? relabelled(call, base, (x) => reshape(x, shape))
    : reshaped(call, base, (x) => reshape(x, shape));
}

const transposeMatrix = (rank: number): number[] =>
  Array.from({ length: rank }, (_, i) => (i === rank - 1 ? rank - 2 : i === rank - 2 ? rank - 1 : i));

function swapped(call: Call, first: number, second: number): PyInstance {
  const base = call.payload('input');
  const rank = base.shape.length;
  if (rank === 0) return permuted(call, base, []);
  const [a, b] = [normaliseAxis(first, rank), normaliseAxis(second, rank)];
  return permuted(
    call,
    base,
    base.shape.map((_, i) => (i === a ? b : i === b ? a : i)),
  );
}

function movedAxes(call: Call): PyInstance {
  const base = call.payload('input');
  const rank = base.shape.length;
  const from = call.intList('source').map((axis) => normaliseAxis(axis, rank));
  const to = call.intList('destination').map((axis) => normaliseAxis(axis, rank));
  const rest = base.shape.map((_, i) => i).filter((i) => !from.includes(i));
  const order = Array.from({ length: rank }, (_, i) =>
    to.includes(i) ? (from[to.indexOf(i)] ?? 0) : (rest.shift() ?? 0),
  );
  return permuted(call, base, order);
}

const expanded = (call: Call, sizes: readonly number[]): PyInstance =>
  moving(call, call.payload('input'), (x) => structure.expand(x, sizes));

const asIs = (call: Call): PyValue => call.value('input');

/** Functions and methods. */
export const viewRows: readonly FunctionRow[] = [
  row('reshape(input, *shape)', (call) => viewing(call, 'shape')),
  row('permute(input, *dims)', (call) => {
    const base = call.payload('input');
    const dims = call.variadicInts('dims');
    structure.permute(base.node, dims);
    return permuted(call, base, dims.length === 0 ? [] : normaliseAxes(dims, base.shape.length));
  }),
  row('transpose(input, dim0, dim1)', (call) => swapped(call, call.int('dim0'), call.int('dim1'))),
  row('swapaxes(input, axis0, axis1)', (call) => swapped(call, call.int('axis0'), call.int('axis1'))),
  row('swapdims(input, dim0, dim1)', (call) => swapped(call, call.int('dim0'), call.int('dim1'))),
  row('t(input)', (call) => {
    const rank = call.payload('input').shape.length;
    if (rank > 2) return call.fail(`t() expects a tensor with <= 2 dimensions, but self is ${rank}D`);
    return permuted(call, call.payload('input'), rank === 2 ? [1, 0] : call.payload('input').shape.map((_, i) => i));
  }),
  row('adjoint(input)', (call) =>
    permuted(call, call.payload('input'), transposeMatrix(call.payload('input').shape.length)),
  ),
  row('movedim(input, source, destination)', movedAxes),
  row('moveaxis(input, source, destination)', movedAxes),
  row('flatten(input, start_dim=0, end_dim=-1)', (call) =>
    reshaped(call, call.payload('input'), (x) => structure.flatten(x, call.int('start_dim'), call.int('end_dim'))),
  ),
  row('ravel(input)', (call) => reshaped(call, call.payload('input'), (x) => structure.flatten(x))),
  row('unflatten(input, dim, sizes)', (call) => {
    const sizes = call.intList('sizes');
    return relabelled(call, call.payload('input'), (x) => structure.unflatten(x, call.int('dim'), sizes));
  }),
  row('unsqueeze(input, dim)', (call) =>
    relabelled(call, call.payload('input'), (x) => structure.addAxis(x, call.int('dim'))),
  ),
  row('squeeze(input, dim=None)', (call) => {
    const dims = call.optionalIntList('dim');
    return relabelled(call, call.payload('input'), (x) => structure.squeeze(x, dims));
  }),
  row('broadcast_to(input, size)', (call) => expanded(call, call.intList('size'))),
  row('narrow(input, dim, start, length)', (call) => {
    const base = call.payload('input');
    const axis = axisOf(call, base);
    const size = sizeAt(base.shape, axis);
    const start = call.int('start') < 0 ? call.int('start') + size : call.int('start');
    const stop = start + call.int('length');
    if (stop > size)
      return call.fail(`start (${start}) + length (${call.int('length')}) exceeds dimension size (${size}).`);
    return narrowed(call, base, axis, start, stop);
  }),
  row('select(input, dim, index)', (call) => {
    const base = call.payload('input');
    return subscripted(call, base, along(base.shape.length, call.int('dim'), { kind: 'at', index: call.int('index') }));
  }),
  row('split(input, split_size, dim=0)', splitting),
  row('split_with_sizes(input, split_size, dim=0)', splitting),
  row('chunk(input, chunks, dim=0)', (call) => {
    const base = call.payload('input');
    const axis = axisOf(call, base);
    return new PyTuple(
      pieces(call, base, axis, sizesAlong(structure.chunk(base.node, call.int('chunks'), axis), axis)),
    );
  }),
  row('tensor_split(input, indices_or_sections, dim=0)', (call) => tensorSplitting(call)),
  row('hsplit(input, indices_or_sections)', (call) =>
    tensorSplitting(call, call.payload('input').shape.length > 1 ? 1 : 0),
  ),
  row('vsplit(input, indices_or_sections)', (call) => tensorSplitting(call, 0)),
  row('dsplit(input, indices_or_sections)', (call) => tensorSplitting(call, 2)),
  row('unbind(input, dim=0)', (call) => {
    const base = call.payload('input');
    const axis = axisOf(call, base);
    return new PyTuple(
      Array.from({ length: sizeAt(base.shape, axis) }, (_, index) =>
        subscripted(call, base, along(base.shape.length, axis, { kind: 'at', index })),
      ),
    );
  }),
  row('diagonal(input, offset=0, dim1=0, dim2=1)', (call) => {
    const [offset, dim1, dim2] = [call.int('offset'), call.int('dim1'), call.int('dim2')];
    return moving(call, call.payload('input'), (x) => structure.diagonal(x, offset, dim1, dim2));
  }),
  row('detach(input)', (call) => {
    const base = call.payload('input');
    return base.context.withGradient(false, () =>
      call.view(base, { read: cutOff(base.context), write: (_, value) => value }, base.contiguous),
    );
  }),
  row('view_as_real(input)', (call) => call.fail('view_as_real is only supported for complex tensors')),
  row('real(input)', asIs),
];

/** Methods only. */
export const viewMethodRows: readonly FunctionRow[] = [
  row('view(input, *shape)', (call) => viewing(call, 'shape')),
  row('view_as(input, other)', (call) => {
    const { shape } = call.payload('other');
    return relabelled(call, call.payload('input'), (x) => structure.view(x, shape));
  }),
  row('reshape_as(input, other)', (call) => {
    const { shape } = call.payload('other');
    return reshaped(call, call.payload('input'), (x) => structure.view(x, shape));
  }),
  row('expand(input, *size)', (call) => expanded(call, call.variadicInts('size'))),
  row('expand_as(input, other)', (call) => expanded(call, call.payload('other').shape)),
  row('unfold(input, dimension, size, step)', (call) => {
    const [dim, size, step] = [call.int('dimension'), call.int('size'), call.int('step')];
    return moving(call, call.payload('input'), (x) => structure.slidingWindows(x, dim, size, step));
  }),
  row('contiguous(input, memory_format=None)', (call) => {
    const base = call.payload('input');
    return base.contiguous ? call.value('input') : call.tensor(base.node, base.dtype);
  }),
];

/** In-place changes of shape: the tensor becomes a view of what it was. */
export const reshapingInPlace: readonly FunctionRow[] = [
  row('unsqueeze_(input, dim)', (call) => reshapeInPlace(call, structure.addAxis(call.node('input'), call.int('dim')))),
  row('squeeze_(input, dim=None)', (call) =>
    reshapeInPlace(call, structure.squeeze(call.node('input'), call.optionalIntList('dim'))),
  ),
  row('t_(input)', (call) => reshapeInPlace(call, structure.swapAxes(call.node('input'), 0, 1))),
  row('transpose_(input, dim0, dim1)', (call) =>
    reshapeInPlace(call, structure.swapAxes(call.node('input'), call.int('dim0'), call.int('dim1'))),
  ),
  row('resize_(input, *sizes)', (call) => {
    const sizes = call.variadicInts('sizes');
    if (elementCount(sizes) !== elementCount(call.node('input').shape))
      return call.unsupported('to another number of elements is not followed');
    return reshapeInPlace(call, reshape(call.node('input'), sizes));
  }),
];

function reshapeInPlace(call: Call, node: Node): PyValue {
  const payload = call.payload('input');
  payload.replace(node, payload.dtype);
  return call.value('input');
}

/** The transposes that are attributes: T, mT, H, mH. */
export const transposeAttributes: Readonly<Record<string, (call: Call) => PyValue>> = {
  T: (call) =>
    permuted(
      call,
      call.payload('self'),
      call.payload('self').shape.map((_, i, all) => all.length - 1 - i),
    ),
  H: (call) =>
    permuted(
      call,
      call.payload('self'),
      call.payload('self').shape.map((_, i, all) => all.length - 1 - i),
    ),
  mT: (call) => permuted(call, call.payload('self'), transposeMatrix(call.payload('self').shape.length)),
  mH: (call) => permuted(call, call.payload('self'), transposeMatrix(call.payload('self').shape.length)),
};
