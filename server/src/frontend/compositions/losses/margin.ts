/** Hinge-like losses. */
import type { Node } from '../../../graph/node';
import {
  add,
  and,
  broadcast,
  convert,
  cumsum,
  div,
  eq,
  full,
  iota,
  lt,
  mul,
  not,
  reduceSum,
  reshape,
  scale,
  scatterAddAlong,
  select,
  sqrt,
  sub,
  take,
  takeAlong,
  neg,
  min,
} from '../../../graph/operations';
import { sizeAt, unsqueeze } from '../axes';
import { pairwiseDistance } from '../distance';
import { clamp, power } from '../elementwise';
import type { Reduction } from './reduce';
import { reduceLoss } from './reduce';

/** max(x, 0) with derivative 1 at 0, as clamp(min=0). */
const positivePart = (x: Node): Node => clamp(x, full(0), undefined);

/** x where t = 1, max(0, margin − x) where t = −1. */
export function hingeEmbeddingLoss(x: Node, target: Node, margin: number, reduction: Reduction): Node {
  const zero = full(0);
  const away = select(eq(target, full(1)), zero, positivePart(sub(full(margin), x)));
  const near = select(eq(target, full(-1)), zero, x);
  return reduceLoss(add(away, near), reduction);
}

/** max(0, −t(x1 − x2) + margin) */
export const marginRankingLoss = (x1: Node, x2: Node, target: Node, margin: number, reduction: Reduction): Node =>
  reduceLoss(positivePart(add(neg(mul(target, sub(x1, x2))), full(margin))), reduction);

/** 1 − cos where t = 1, max(0, cos − margin) where t = −1. PyTorch adds 1e-12 to both squared norms. */
export function cosineEmbeddingLoss(x1: Node, x2: Node, target: Node, margin: number, reduction: Reduction): Node {
  const axis = x1.shape.length - 1;
  const inner = (a: Node, b: Node): Node => reduceSum(mul(a, b), [axis]);
  const norms = sqrt(mul(add(inner(x1, x1), full(1e-12)), add(inner(x2, x2), full(1e-12))));
  const cosine = div(inner(x1, x2), norms);
  const near = select(eq(target, full(1)), sub(full(1), cosine), full(0));
  const away = select(eq(target, full(-1)), positivePart(sub(cosine, full(margin))), full(0));
  return reduceLoss(add(near, away), reduction);
}

/** max(0, d(a, p) − d(a, n) + margin); with `swap` the smaller of d(a, n) and d(p, n) counts. */
export function tripletLoss(
  distances: { anchorPositive: Node; anchorNegative: Node; positiveNegative: Node | undefined },
  margin: number,
  reduction: Reduction,
): Node {
  const { anchorPositive, anchorNegative, positiveNegative } = distances;
  const negative = positiveNegative === undefined ? anchorNegative : min(anchorNegative, positiveNegative);
  return reduceLoss(positivePart(add(sub(anchorPositive, negative), full(margin))), reduction);
}

export function tripletMarginLoss(
  [anchor, positive, negative]: readonly [Node, Node, Node],
  { margin, p, eps, swap }: { margin: number; p: number; eps: number; swap: boolean },
  reduction: Reduction,
): Node {
  const between = (a: Node, b: Node): Node => pairwiseDistance(a, b, p, eps);
  return tripletLoss(
    {
      anchorPositive: between(anchor, positive),
      anchorNegative: between(anchor, negative),
      positiveNegative: swap ? between(positive, negative) : undefined,
    },
    margin,
    reduction,
  );
}

const asRows = (x: Node): Node => (x.shape.length < 2 ? reshape(x, [1, x.shape[0] ?? 1]) : x);

/** Σ_{i ≠ y} w_y·max(0, margin − x_y + x_i)ᵖ / C */
export function multiMarginLoss(
  input: Node,
  targetClass: Node,
  { p, margin, weight }: { p: number; margin: number; weight: Node | undefined },
  reduction: Reduction,
): Node {
  const x = asRows(input);
  const [rows, classes] = [sizeAt(x.shape, 0), sizeAt(x.shape, 1)];
  const target = reshape(targetClass, [rows]);
  const chosen = takeAlong(x, reshape(target, [rows, 1]), 1);
  const hinge = positivePart(add(sub(x, chosen), full(margin)));
  const terms = p === 1 ? hinge : power(hinge, full(p));
  const isTarget = eq(iota(x.shape, 1), broadcast(target, x.shape, [0]));
  const others = select(isTarget, full(0), terms);
  const sums = scale(reduceSum(others, [1]), 1 / classes);
  const loss = weight === undefined ? sums : mul(sums, take(weight, target, 0));
  return reduceLoss(input.shape.length < 2 ? reshape(loss, []) : loss, reduction);
}

/** Σ_{j ∈ targets} Σ_{i ∉ targets} max(0, 1 − x_j + x_i) / C. A row of targets ends at its first −1. */
export function multilabelMarginLoss(input: Node, targets: Node, reduction: Reduction): Node {
  const x = asRows(input);
  const target = asRows(targets);
  const classes = sizeAt(x.shape, 1);
  const ended = lt(full(0, [], 'int'), cumsum(convert(lt(target, full(0, [], 'int')), 'int'), 1));
  const present = not(ended);
  const safe = select(present, target, full(0, [], 'int'));
  const isTarget = lt(full(0, [], 'int'), scatterAddAlong(convert(present, 'int'), safe, 1, classes));
  const chosen = takeAlong(x, safe, 1);
  // [row, target j, class i]
  const hinge = positivePart(add(sub(unsqueeze(x, 1), unsqueeze(chosen, 2)), full(1)));
  const counted = and(broadcast(present, hinge.shape, [0, 1]), broadcast(not(isTarget), hinge.shape, [0, 2]));
  const loss = scale(reduceSum(select(counted, hinge, full(0)), [1, 2]), 1 / classes);
  return reduceLoss(input.shape.length < 2 ? reshape(loss, []) : loss, reduction);
}
