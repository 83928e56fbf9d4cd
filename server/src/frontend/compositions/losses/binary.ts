/** Losses for yes/no targets. */
import type { Node } from '../../../graph/node';
import { add, full, le, log, mul, neg, scale, select, softplus, sub } from '../../../graph/operations';
import { logSigmoid } from '../activations';
import { mean } from '../reductions';
import type { Reduction } from './reduce';
import { reduceLoss } from './reduce';

const weighted = (loss: Node, weight: Node | undefined): Node => (weight === undefined ? loss : mul(loss, weight));

/** log x, not below −100 (PyTorch's bound, so that probabilities of exactly 0 give a finite loss). */
function boundedLog(x: Node): Node {
  const tiny = le(x, full(Math.exp(-100)));
  return select(tiny, full(-100), log(select(tiny, full(1), x)));
}

/** −(t·log p + (1 − t)·log(1 − p)) */
export function binaryCrossEntropy(p: Node, target: Node, weight: Node | undefined, reduction: Reduction): Node {
  const rest = sub(full(1), target);
  const loss = neg(add(mul(target, boundedLog(p)), mul(rest, boundedLog(sub(full(1), p)))));
  return reduceLoss(weighted(loss, weight), reduction);
}

/** (1 − t)·x + (1 + (w₊ − 1)·t)·log(1 + e^{−x}) */
export function binaryCrossEntropyWithLogits(
  x: Node,
  target: Node,
  weight: Node | undefined,
  positiveWeight: Node | undefined,
  reduction: Reduction,
): Node {
  const tail = softplus(neg(x));
  const factor = positiveWeight === undefined ? undefined : add(mul(sub(positiveWeight, full(1)), target), full(1));
  const loss = add(mul(sub(full(1), target), x), factor === undefined ? tail : mul(factor, tail));
  return reduceLoss(weighted(loss, weight), reduction);
}

/** log(1 + e^{−tx}), t = ±1. */
export const softMarginLoss = (x: Node, target: Node, reduction: Reduction): Node =>
  reduceLoss(softplus(neg(mul(target, x))), reduction);

/** Mean over classes of −(t·log σ(x) + (1 − t)·log σ(−x)). */
export function multilabelSoftMarginLoss(x: Node, target: Node, weight: Node | undefined, reduction: Reduction): Node {
  const terms = add(mul(target, logSigmoid(x)), mul(sub(full(1), target), logSigmoid(neg(x))));
  return reduceLoss(mean(scale(weighted(terms, weight), -1), [-1]), reduction);
}
