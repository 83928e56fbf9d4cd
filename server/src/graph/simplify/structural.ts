/**
 * Normal forms of shape changes: at most one reshape, transposition or broadcast in a row, a broadcast only ever adds
 * axes, and sums are taken before values are repeated.
 */
import type { Node } from '../node';
import { elementCount, operand } from '../node';
import * as op from '../operations';
import type { Shape } from '../primitives';
import type { RewriteTable } from './rewrite';
import { uniformValue } from './uniformValue';

const x0 = (node: Node): Node => operand(node, 0);

const equalShapes = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, axis) => size === b[axis]);

const properAxes = (shape: Shape): number[] => shape.flatMap((size, axis) => (size === 1 ? [] : [axis]));

/** A broadcast of a value without axes of size 1, seen through a reshape that only adds or drops such axes. */
function reshapeBroadcast(x: Node<'broadcast'>, shape: Shape): Node | undefined {
  const source = x0(x);
  if (elementCount(source.shape) === 1) return op.broadcast(op.reshape(source, []), shape, []);
  const [from, to] = [properAxes(x.shape), properAxes(shape)];
  if (
    !equalShapes(
      from.map((axis) => x.shape[axis] ?? 1),
      to.map((axis) => shape[axis] ?? 1),
    )
  )
    return undefined;
  const target = x.parameters.axes.map((axis) => to[from.indexOf(axis)] ?? -1);
  return target.includes(-1) ? undefined : op.broadcast(source, shape, target);
}

/** A broadcast with its result axes permuted: its operand, the smaller one, is permuted instead. */
function transposeBroadcast(x: Node<'broadcast'>, permutation: readonly number[], shape: Shape): Node {
  const target = x.parameters.axes.map((axis) => permutation.indexOf(axis));
  const order = [...target.keys()].sort((i, j) => (target[i] ?? 0) - (target[j] ?? 0));
  return op.broadcast(
    op.transpose(x0(x), order),
    shape,
    order.map((i) => target[i] ?? 0),
  );
}

/** Σ over axes of a broadcast: repeated axes contribute their size as a factor, the others are summed first. */
function sumOfBroadcast(x: Node<'broadcast'>, node: Node<'reduceSum'>): Node | undefined {
  const { axes } = x.parameters;
  const summed = new Set(node.parameters.axes);
  const repeats = elementCount(
    node.parameters.axes.filter((axis) => !axes.includes(axis)).map((axis) => x.shape[axis] ?? 1),
  );
  const source = x0(x);
  if (repeats === 0 || source.shape.some((size, i) => size !== x.shape[axes[i] ?? -1])) return undefined;
  const inner = op.reduceSum(
    source,
    axes.flatMap((axis, i) => (summed.has(axis) ? [i] : [])),
  );
  const total = inner.dtype === 'float' ? op.scale(inner, repeats) : op.mul(inner, op.full(repeats, [], inner.dtype));
  const rankBefore = (axis: number): number => axis - [...summed].filter((i) => i < axis).length;
  return op.broadcast(total, node.shape, axes.filter((axis) => !summed.has(axis)).map(rankBefore));
}

/** A slice of a concatenation that lies within one part. */
function sliceOfConcat(x: Node<'concat'>, node: Node<'slice'>): Node | undefined {
  const { axis } = x.parameters;
  const { start, limit, strides } = node.parameters;
  let offset = 0;
  for (const part of x.inputs) {
    const end = offset + (part.shape[axis] ?? 0);
    if ((start[axis] ?? 0) >= offset && (limit[axis] ?? 0) <= end) {
      const within = (bounds: readonly number[]): number[] => bounds.map((n, i) => (i === axis ? n - offset : n));
      return op.slice(part, within(start), within(limit), strides);
    }
    offset = end;
  }
  return undefined;
}

export const structuralRewrites: RewriteTable = {
  reshape: (node) => {
    const x = x0(node);
    const { shape } = node.parameters;
    if (equalShapes(x.shape, shape)) return x;
    if (x.primitive === 'reshape') return op.reshape(x0(x), shape);
    return x.primitive === 'broadcast' ? reshapeBroadcast(x, shape) : undefined;
  },
  transpose: (node) => {
    const x = x0(node);
    const { permutation } = node.parameters;
    if (x.primitive === 'transpose')
      return op.transpose(
        x0(x),
        permutation.map((axis) => x.parameters.permutation[axis] ?? 0),
      );
    if (x.primitive === 'broadcast') return transposeBroadcast(x, permutation, node.shape);
    const proper = permutation.filter((axis) => x.shape[axis] !== 1);
    const isReshape = proper.every((axis, i) => i === 0 || axis > (proper[i - 1] ?? 0));
    return isReshape ? op.reshape(x, node.shape) : undefined;
  },
  broadcast: (node) => {
    const x = x0(node);
    const { shape, axes } = node.parameters;
    if (elementCount(x.shape) === elementCount(shape)) return op.reshape(x, shape);
    if (x.primitive === 'broadcast')
      return op.broadcast(
        x0(x),
        shape,
        x.parameters.axes.map((axis) => axes[axis] ?? 0),
      );
    const proper = properAxes(x.shape);
    if (proper.length === x.shape.length) return undefined;
    const squeezed = op.reshape(
      x,
      proper.map((axis) => x.shape[axis] ?? 1),
    );
    return op.broadcast(
      squeezed,
      shape,
      proper.map((axis) => axes[axis] ?? 0),
    );
  },
  slice: (node) => {
    const x = x0(node);
    if (equalShapes(x.shape, node.shape)) return x;
    const value = uniformValue(x);
    if (value !== undefined) return op.full(value, node.shape, node.dtype);
    return x.primitive === 'concat' ? sliceOfConcat(x, node) : undefined;
  },
  pad: (node) => (equalShapes(x0(node).shape, node.shape) ? x0(node) : undefined),
  concat: (node) => (node.inputs.length === 1 ? x0(node) : undefined),
  reduceSum: (node) => {
    const x = x0(node);
    const { axes } = node.parameters;
    if (axes.every((axis) => x.shape[axis] === 1)) return op.reshape(x, node.shape);
    if (x.primitive === 'broadcast') return sumOfBroadcast(x, node);
    if (x.primitive === 'neg') return op.neg(op.reduceSum(x0(x), axes));
    if (x.primitive !== 'reduceSum') return undefined;
    const kept = x0(x).shape.flatMap((_, axis) => (x.parameters.axes.includes(axis) ? [] : [axis]));
    return op.reduceSum(
      x0(x),
      [...x.parameters.axes, ...axes.map((axis) => kept[axis] ?? 0)].sort((a, b) => a - b),
    );
  },
};
