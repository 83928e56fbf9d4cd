/** Negative log-likelihood and cross entropy. The class axis is 1, or 0 for an unbatched vector of scores. */
import type { Node } from '../../../graph/node';
import {
  add,
  broadcast,
  convert,
  div,
  eq,
  full,
  mul,
  neg,
  not,
  reduceSum,
  reshape,
  scale,
  select,
  take,
  takeAlong,
} from '../../../graph/operations';
import { ShapeError } from '../../../graph/shapes';
import { sizeAt, withAxis } from '../axes';
import { logSoftmax } from '../softmax';
import type { Reduction } from './reduce';
import { reduceLoss } from './reduce';

export interface ClassLossOptions {
  /** Per class, [C]. */
  readonly weight: Node | undefined;
  /** Targets with this value contribute nothing, also to the mean's divisor. */
  readonly ignoreIndex: number;
  readonly reduction: Reduction;
}

const classAxis = (x: Node): number => (x.shape.length === 1 ? 0 : 1);

/** What a target of classes selects: picked values, and the weight of each element (0 where ignored). */
function pick(
  logProbabilities: Node,
  target: Node,
  { weight, ignoreIndex }: ClassLossOptions,
): { picked: Node; weights: Node } {
  const axis = classAxis(logProbabilities);
  const expected = withAxis(logProbabilities.shape, axis);
  if (target.shape.join() !== expected.join()) throw new ShapeError(mismatch(logProbabilities, target, expected));
  const valid = not(eq(target, full(ignoreIndex, [], 'int')));
  const safe = select(valid, target, full(0, [], 'int'));
  const index = reshape(safe, withAxis(logProbabilities.shape, axis, 1));
  const picked = reshape(takeAlong(logProbabilities, index, axis), expected);
  const present = convert(valid, 'float');
  return { picked, weights: weight === undefined ? present : mul(present, take(weight, safe, 0)) };
}

function mismatch(x: Node, target: Node, expected: readonly number[]): string {
  if (x.shape[0] !== target.shape[0] && x.shape.length > 1)
    return `Expected input batch_size (${x.shape[0]}) to match target batch_size (${target.shape[0]}).`;
  return `Expected target size [${expected.join(', ')}], got [${target.shape.join(', ')}]`;
}

const sumAll = (x: Node): Node =>
  reduceSum(
    x,
    x.shape.map((_, i) => i),
  );

/** The mean of a loss with per-element weights divides by the sum of the weights. */
const reduceWeighted = (loss: Node, weights: Node, reduction: Reduction): Node =>
  reduction === 'mean' ? div(sumAll(loss), sumAll(weights)) : reduceLoss(loss, reduction);

/** −w_y·x_y for log-probabilities x [N, C, …], target [N, …]. */
export function nllLoss(logProbabilities: Node, target: Node, options: ClassLossOptions): Node {
  const { picked, weights } = pick(logProbabilities, target, options);
  return reduceWeighted(neg(mul(weights, picked)), weights, options.reduction);
}

const perClass = (weight: Node, x: Node): Node => broadcast(weight, x.shape, [classAxis(x)]);

export function crossEntropy(scores: Node, target: Node, options: ClassLossOptions, labelSmoothing: number): Node {
  if (scores.shape.length === 0) throw new ShapeError('cross_entropy: the input needs at least one axis of classes');
  const axis = classAxis(scores);
  const classes = sizeAt(scores.shape, axis);
  const logProbabilities = logSoftmax(scores, axis);
  if (target.dtype === 'float') return probabilityTarget(logProbabilities, target, options, labelSmoothing);
  if (labelSmoothing === 0) return nllLoss(logProbabilities, target, options);
  const { picked, weights } = pick(logProbabilities, target, options);
  const weighted =
    options.weight === undefined ? logProbabilities : mul(logProbabilities, perClass(options.weight, scores));
  const present = convert(not(eq(target, full(options.ignoreIndex, [], 'int'))), 'float');
  // (1 − ε)·w_y·(−log p_y) + ε/C·Σ_c w_c·(−log p_c)
  const uniform = mul(present, scale(reduceSum(weighted, [axis]), labelSmoothing / classes));
  const loss = neg(add(scale(mul(weights, picked), 1 - labelSmoothing), uniform));
  return reduceWeighted(loss, weights, options.reduction);
}

/** Targets that are probabilities of the classes, in the shape of the scores; the mean is over samples. */
function probabilityTarget(
  logProbabilities: Node,
  target: Node,
  { weight, reduction }: ClassLossOptions,
  labelSmoothing: number,
): Node {
  if (target.shape.join() !== logProbabilities.shape.join())
    throw new ShapeError(
      `Expected floating point type for target with class probabilities to have the shape of the input [${logProbabilities.shape.join(', ')}], got [${target.shape.join(', ')}]`,
    );
  const axis = classAxis(logProbabilities);
  const classes = sizeAt(logProbabilities.shape, axis);
  const smoothed =
    labelSmoothing === 0 ? target : add(scale(target, 1 - labelSmoothing), full(labelSmoothing / classes));
  const terms = mul(logProbabilities, smoothed);
  const weighted = weight === undefined ? terms : mul(terms, perClass(weight, logProbabilities));
  return reduceLoss(neg(reduceSum(weighted, [axis])), reduction);
}
