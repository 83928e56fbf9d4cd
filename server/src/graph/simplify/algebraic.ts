/**
 * Identities of arithmetic and logic. None of them drops a NaN or an infinity of the data: x·0 stays, x − x stays.
 * The sign of a zero may change (x + 0 = x).
 */
import type { Node } from '../node';
import { operand } from '../node';
import * as op from '../operations';
import type { RewriteTable } from './rewrite';
import { uniformValue } from './uniformValue';

const first = (node: Node): Node => operand(node, 0);
const second = (node: Node): Node => operand(node, 1);

/** x when node is −x. */
const negated = (node: Node): Node | undefined => (node.primitive === 'neg' ? first(node) : undefined);

/** The uniform factor c of a node x·c, which normal form puts second. */
const factorOf = (node: Node): number | undefined =>
  node.primitive === 'mul' ? uniformValue(second(node)) : undefined;

/** Factors that may be multiplied together: far from overflow and from the loss of digits in either precision. */
const isModerate = (factor: number): boolean => Math.abs(factor) > 1e-8 && Math.abs(factor) < 1e8;

/** Whether 1/x is exact in binary floating point, and in range for float32. */
const hasExactReciprocal = (x: number): boolean => isModerate(x) && Number.isInteger(Math.log2(Math.abs(x)));

function product(node: Node<'mul'>): Node | undefined {
  const [a, b] = [first(node), second(node)];
  const [left, right] = [uniformValue(a), uniformValue(b)];
  if (left !== undefined && right === undefined) return op.mul(b, a);
  if (node.dtype !== 'float') return right === 1 ? a : undefined;
  const [minusA, minusB] = [negated(a), negated(b)];
  if (right === 1) return a;
  if (right === -1) return op.neg(a);
  if (right !== undefined && minusA) return op.scale(minusA, -right);
  const inner = factorOf(a);
  if (right !== undefined && inner !== undefined && isModerate(right) && isModerate(inner))
    return op.scale(first(a), inner * right);
  return minusA && minusB ? op.mul(minusA, minusB) : undefined;
}

function power(node: Node<'pow'>): Node | undefined {
  const x = first(node);
  switch (uniformValue(second(node))) {
    case -1:
      return op.div(op.full(1), x);
    case 0:
      return op.full(1, node.shape);
    case 1:
      return x;
    case 2:
      return op.mul(x, x);
    default:
      return undefined;
  }
}

function choice(node: Node<'select'>): Node | undefined {
  const [predicate, whenTrue, whenFalse] = [first(node), second(node), operand(node, 2)];
  if (whenTrue === whenFalse) return whenTrue;
  const known = uniformValue(predicate);
  if (known !== undefined) return known === 0 ? whenFalse : whenTrue;
  if (predicate.primitive === 'not') return op.select(first(predicate), whenFalse, whenTrue);
  if (whenTrue.primitive === 'select' && first(whenTrue) === predicate)
    return op.select(predicate, second(whenTrue), whenFalse);
  if (whenFalse.primitive === 'select' && first(whenFalse) === predicate)
    return op.select(predicate, whenTrue, operand(whenFalse, 2));
  return undefined;
}

/** and / or with a known operand: `neutral` leaves the other, its opposite decides. */
function connective(node: Node, neutral: 0 | 1): Node | undefined {
  const [a, b] = [first(node), second(node)];
  if (a === b) return a;
  for (const [known, other] of [
    [uniformValue(a), b],
    [uniformValue(b), a],
  ] as const)
    if (known !== undefined) return known === neutral ? other : op.full(1 - neutral, node.shape, 'bool');
  return undefined;
}

export const algebraicRewrites: RewriteTable = {
  neg: (node) => {
    const x = first(node);
    const factor = factorOf(x);
    if (x.primitive === 'neg') return first(x);
    if (factor !== undefined && x.dtype === 'float') return op.scale(first(x), -factor);
    return x.primitive === 'sub' ? op.sub(second(x), first(x)) : undefined;
  },
  add: (node) => {
    const [a, b] = [first(node), second(node)];
    if (uniformValue(b) === 0) return a;
    if (uniformValue(a) === 0) return b;
    const [minusA, minusB] = [negated(a), negated(b)];
    return minusB ? op.sub(a, minusB) : minusA ? op.sub(b, minusA) : undefined;
  },
  sub: (node) => {
    const [a, b] = [first(node), second(node)];
    if (uniformValue(b) === 0) return a;
    if (uniformValue(a) === 0) return op.neg(b);
    const minusB = negated(b);
    return minusB && op.add(a, minusB);
  },
  mul: product,
  div: (node) => {
    const divisor = node.dtype === 'float' ? uniformValue(second(node)) : undefined;
    if (divisor === undefined) return undefined;
    if (divisor === 1) return first(node);
    return hasExactReciprocal(divisor) ? op.scale(first(node), 1 / divisor) : undefined;
  },
  pow: (node) => (node.dtype === 'float' ? power(node) : undefined),
  max: (node) => (first(node) === second(node) ? first(node) : undefined),
  min: (node) => (first(node) === second(node) ? first(node) : undefined),
  not: (node) => (first(node).primitive === 'not' ? first(first(node)) : undefined),
  and: (node) => connective(node, 1),
  or: (node) => connective(node, 0),
  select: choice,
  convert: (node) => {
    const x = first(node);
    if (x.dtype === node.dtype) return x;
    const isWidened = x.primitive === 'convert' && first(x).dtype === 'bool';
    return isWidened ? op.convert(first(x), node.dtype) : undefined;
  },
};
