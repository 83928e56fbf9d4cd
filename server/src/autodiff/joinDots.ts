import type { Node } from '../graph/node';
import { elementCount, operand } from '../graph/node';
import * as op from '../graph/operations';

type Axes = Node<'dot'>['parameters'];

const equalLists = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);

const equalAxes = (a: Axes, b: Axes): boolean =>
  equalLists(a.lhsContract, b.lhsContract) &&
  equalLists(a.rhsContract, b.rhsContract) &&
  equalLists(a.lhsBatch, b.lhsBatch) &&
  equalLists(a.rhsBatch, b.rhsBatch);

/** Whether `x` and `like` differ at most along `axis`. */
const matches = (x: Node, like: Node, axis: number): boolean =>
  x.shape.length === like.shape.length && x.shape.every((size, i) => i === axis || size === like.shape[i]);

/**
 * Σₜ aₜ·bₜ as one contraction of the concatenated factors, or undefined where that copies more than the sums would.
 * A weight that is used at every step of a recurrence so gets its gradient by one matrix product instead of one
 * product and one sum of its own size per step.
 */
export function joinDots(parts: readonly Node[]): Node | undefined {
  const [first] = parts;
  if (first?.primitive !== 'dot' || parts.length < 2) return undefined;
  const axes = first.parameters;
  const [lhsAxis, rhsAxis] = [axes.lhsContract[0], axes.rhsContract[0]];
  if (lhsAxis === undefined || rhsAxis === undefined) return undefined;
  const [lhs, rhs] = [operand(first, 0), operand(first, 1)];
  let copied = 0;
  for (const part of parts) {
    if (part.primitive !== 'dot' || !equalAxes(part.parameters, axes)) return undefined;
    const [a, b] = [operand(part, 0), operand(part, 1)];
    if (!matches(a, lhs, lhsAxis) || !matches(b, rhs, rhsAxis)) return undefined;
    copied += elementCount(a.shape) + elementCount(b.shape);
  }
  if (copied > (parts.length - 1) * elementCount(first.shape)) return undefined;
  const joined = (index: 0 | 1, axis: number): Node =>
    op.concat(
      parts.map((part) => operand(part, index)),
      axis,
    );
  return op.dot(joined(0, lhsAxis), joined(1, rhsAxis), axes);
}
