/**
 * What every primitive does to single rows (entries of the first axis, which counts samples): from the rows of its result that are wanted
 * to the rows of its operands that these need.
 */
import { elementwisePrimitives } from '../../graph/evaluate/elementwise';
import type { Node } from '../../graph/node';
import { operand } from '../../graph/node';
import * as op from '../../graph/operations';
import type { Primitive } from '../../graph/primitives';
import { NotByRows } from './notByRows';
import { pushedTransposition } from './pushedTransposition';

/** Indices along the first axis. */
export type Rows = readonly number[];

export interface RowAccess {
  /** A node whose first axis holds these rows of `node`. */
  rows(node: Node, wanted: Rows): Promise<Node>;
  /** The value of a node that does not count samples, or is small: a constant. */
  whole(node: Node): Promise<Node>;
  /** A position along the first axis of the real samples, for one in a graph that does not know their number. */
  position(extent: number): number;
}

type RowRule<P extends Primitive> = (node: Node<P>, wanted: Rows, access: RowAccess) => Promise<Node>;

const refuse: RowRule<Primitive> = (node) => Promise.reject(new NotByRows(node));

/** The same rows of every operand. */
const sameRows: RowRule<Primitive> = async (node, wanted, access) => {
  const operands: Node[] = [];
  for (const each of node.inputs) operands.push(await access.rows(each, wanted));
  return op.emit(node.primitive, operands, node.parameters);
};

/** The same rows of the first operand, the others as they are: weights of a convolution. */
const rowsOfFirst: RowRule<Primitive> = async (node, wanted, access) => {
  const [first, ...others] = node.inputs;
  if (first === undefined) return refuse(node, wanted, access);
  const operands = [await access.rows(first, wanted)];
  for (const each of others) operands.push(await access.whole(each));
  return op.emit(node.primitive, operands, node.parameters);
};

/** Acts along axes; the first must not be one of them. */
const along =
  <P extends Primitive>(axes: (node: Node<P>) => readonly number[]): RowRule<P> =>
  (node, wanted, access) =>
    (axes(node).includes(0) ? refuse : sameRows)(node, wanted, access);

const alongAxis = along<'reduceMax' | 'argmax' | 'cumsum' | 'argsort' | 'takeAlong'>(({ parameters: { axis } }) => [
  axis,
]);

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Values of a constant of integers. */
function integersOf(node: Node): readonly number[] {
  if (node.primitive !== 'constant' || node.dtype !== 'int') throw new NotByRows(node);
  return Array.from(node.parameters.data);
}

const reshape: RowRule<'reshape'> = async (node, wanted, access) => {
  const x = operand(node, 0);
  if (x.shape[0] !== node.shape[0]) throw new NotByRows(node);
  return op.reshape(await access.rows(x, wanted), [wanted.length, ...node.shape.slice(1)]);
};

const transpose: RowRule<'transpose'> = async (node, wanted, access) => {
  if (node.parameters.permutation[0] !== 0) {
    const pushed = pushedTransposition(node);
    if (pushed === undefined) throw new NotByRows(node);
    return access.rows(pushed, wanted);
  }
  return op.transpose(await access.rows(operand(node, 0), wanted), node.parameters.permutation);
};

const broadcast: RowRule<'broadcast'> = async (node, wanted, access) => {
  const x = operand(node, 0);
  const { axes } = node.parameters;
  const follows = axes[0] === 0 && x.shape[0] === node.shape[0];
  const value = follows ? await access.rows(x, wanted) : await access.whole(x);
  return op.broadcast(value, [wanted.length, ...node.shape.slice(1)], axes);
};

const slice: RowRule<'slice'> = async (node, wanted, access) => {
  const { start, limit, strides } = node.parameters;
  const first = access.position(start[0] ?? 0);
  const x = await access.rows(
    operand(node, 0),
    wanted.map((row) => first + row * (strides[0] ?? 1)),
  );
  return op.slice(x, [0, ...start.slice(1)], [wanted.length, ...limit.slice(1)], [1, ...strides.slice(1)]);
};

const reverse: RowRule<'reverse'> = async (node, wanted, access) => {
  const { axes } = node.parameters;
  const last = access.position(node.shape[0] ?? 0) - 1;
  const x = await access.rows(operand(node, 0), axes.includes(0) ? wanted.map((row) => last - row) : wanted);
  return op.reverse(
    x,
    axes.filter((axis) => axis !== 0),
  );
};

const pad: RowRule<'pad'> = (node, wanted, access) => {
  const { low, high, interior } = node.parameters;
  const isSame = low[0] === 0 && high[0] === 0 && interior[0] === 0;
  return (isSame ? sameRows : refuse)(node, wanted, access);
};

const concat: RowRule<'concat'> = async (node, wanted, access) => {
  if (node.parameters.axis !== 0) return sameRows(node, wanted, access);
  let begin = 0;
  const parts: Node[] = [];
  const places: number[] = [];
  for (const x of node.inputs) {
    const end = begin + access.position(x.shape[0] ?? 0);
    const inside = [...wanted.keys()].filter((place) => (wanted[place] ?? -1) >= begin && (wanted[place] ?? -1) < end);
    const first = begin;
    if (inside.length > 0)
      parts.push(
        await access.rows(
          x,
          inside.map((place) => (wanted[place] ?? 0) - first),
        ),
      );
    places.push(...inside);
    begin = end;
  }
  const order = range(wanted.length).map((place) => places.indexOf(place));
  return op.take(op.concat(parts, 0), op.constant(Int32Array.from(order), [order.length]), 0);
};

/** Rows of a table for the rows of an index (class vectors), an index of the rows themselves (a permutation), or one along other axes. */
const take: RowRule<'take'> = async (node, wanted, access) => {
  const [x, index] = [operand(node, 0), operand(node, 1)];
  const { axis } = node.parameters;
  if (axis !== 0) return op.take(await access.rows(x, wanted), await access.whole(index), axis);
  if (index.shape.length === 0) throw new NotByRows(node);
  const chosen = await access.rows(index, wanted);
  if (index.shape.length > 1) return op.take(await access.whole(x), chosen, 0);
  const [known] = [await access.whole(chosen)];
  return access.rows(x, integersOf(known));
};

/** A matrix on the right of rows, or one product for each row. */
const dot: RowRule<'dot'> = async (node, wanted, access) => {
  const [lhs, rhs] = [operand(node, 0), operand(node, 1)];
  const { lhsBatch, rhsBatch, lhsContract } = node.parameters;
  const left = await access.rows(lhs, wanted);
  if (lhsBatch[0] === 0 && rhsBatch[0] === 0) return op.dot(left, await access.rows(rhs, wanted), node.parameters);
  if (lhsBatch.length > 0 || lhsContract.includes(0)) throw new NotByRows(node);
  return op.dot(left, await access.whole(rhs), node.parameters);
};

const iota: RowRule<'iota'> = (node, wanted) => {
  const shape = [wanted.length, ...node.shape.slice(1)];
  if (node.parameters.axis !== 0) return Promise.resolve(op.iota(shape, node.parameters.axis));
  return Promise.resolve(op.broadcast(op.constant(Int32Array.from(wanted), [wanted.length]), shape, [0]));
};

/** What is stored is read by the access itself. */
const rules: { readonly [P in Primitive]?: RowRule<P> } = {
  iota,
  reshape,
  transpose,
  broadcast,
  slice,
  reverse,
  pad,
  concat,
  take,
  dot,
  reduceSum: along<'reduceSum'>(({ parameters: { axes } }) => axes),
  reduceMax: alongAxis,
  argmax: alongAxis,
  cumsum: alongAxis,
  argsort: alongAxis,
  takeAlong: alongAxis,
  conv: rowsOfFirst,
  convInputGrad: rowsOfFirst,
  windowArgmax: rowsOfFirst,
};

/** The rule of a node's primitive; what is not known by rows is refused with a `NotByRows`. */
export function rowsOf(node: Node, wanted: Rows, access: RowAccess): Promise<Node> {
  if (elementwisePrimitives.has(node.primitive)) return sameRows(node, wanted, access);
  // The rule under a node's primitive is one for its kind of node.
  return ((rules[node.primitive] as RowRule<Primitive> | undefined) ?? refuse)(node, wanted, access);
}
