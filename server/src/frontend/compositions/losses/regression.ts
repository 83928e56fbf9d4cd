/** Losses between numbers. Operands broadcast. */
import type { Node } from '../../../graph/node';
import {
  abs,
  add,
  div,
  exp,
  full,
  gt,
  le,
  log,
  lt,
  mul,
  scale,
  select,
  stopGradient,
  sub,
} from '../../../graph/operations';
import { xlogy } from '../elementwise';
import { alignLeading, sizeAt } from '../axes';
import type { Reduction } from './reduce';
import { reduceLoss } from './reduce';

export function mseLoss(x: Node, target: Node, reduction: Reduction): Node {
  const difference = sub(x, target);
  return reduceLoss(mul(difference, difference), reduction);
}

export const l1Loss = (x: Node, target: Node, reduction: Reduction): Node => reduceLoss(abs(sub(x, target)), reduction);

/** ½d²/β for |d| < β, else |d| − ½β. */
export function smoothL1Loss(x: Node, target: Node, reduction: Reduction, beta: number): Node {
  if (beta === 0) return l1Loss(x, target, reduction);
  const difference = sub(x, target);
  const magnitude = abs(difference);
  const near = lt(magnitude, full(beta));
  const quadratic = scale(mul(difference, difference), 0.5 / beta);
  return reduceLoss(select(near, quadratic, sub(magnitude, full(beta / 2))), reduction);
}

/** ½d² for |d| ≤ δ, else δ(|d| − ½δ); Huber 1964. */
export function huberLoss(x: Node, target: Node, reduction: Reduction, delta: number): Node {
  const difference = sub(x, target);
  const magnitude = abs(difference);
  const near = le(magnitude, full(delta));
  const quadratic = scale(mul(difference, difference), 0.5);
  return reduceLoss(select(near, quadratic, scale(sub(magnitude, full(delta / 2)), delta)), reduction);
}

/** t(log t − x), or e^t(t − x) for targets in the log space. 'batchmean' divides the sum by the batch size. */
export function klDivergence(x: Node, target: Node, reduction: Reduction | 'batchmean', logTarget: boolean): Node {
  const terms = logTarget ? mul(exp(target), sub(target, x)) : sub(xlogy(target, target), mul(target, x));
  if (reduction !== 'batchmean') return reduceLoss(terms, reduction);
  return scale(reduceLoss(terms, 'sum'), 1 / (x.shape.length === 0 ? 1 : sizeAt(x.shape, 0)));
}

export interface PoissonOptions {
  readonly logInput: boolean;
  /** Adds Stirling's approximation of log t! for t > 1. */
  readonly full: boolean;
  readonly eps: number;
}

export function poissonNllLoss(x: Node, target: Node, options: PoissonOptions, reduction: Reduction): Node {
  const loss = options.logInput ? sub(exp(x), mul(target, x)) : sub(x, mul(target, log(add(x, full(options.eps)))));
  if (!options.full) return reduceLoss(loss, reduction);
  const large = gt(target, full(1));
  const safe = select(large, target, full(1));
  const stirling = add(sub(mul(safe, log(safe)), safe), scale(log(scale(safe, 2 * Math.PI)), 0.5));
  return reduceLoss(add(loss, select(large, stirling, full(0))), reduction);
}

/** ½(log v + (x − t)²/v), v raised to eps without touching its derivative, as PyTorch does. */
export function gaussianNllLoss(
  x: Node,
  target: Node,
  variance: Node,
  withConstant: boolean,
  eps: number,
  reduction: Reduction,
): Node {
  const aligned = variance.shape.length === x.shape.length - 1 ? alignLeading(variance, 1) : variance;
  const lifted = add(aligned, stopGradient(select(lt(aligned, full(eps)), sub(full(eps), aligned), full(0))));
  const difference = sub(x, target);
  const loss = scale(add(log(lifted), div(mul(difference, difference), lifted)), 0.5);
  return reduceLoss(withConstant ? add(loss, full(0.5 * Math.log(2 * Math.PI))) : loss, reduction);
}
