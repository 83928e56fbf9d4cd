/** Losses that a graph contains: scores or log-probabilities [N, C, …], labels [N, …]. */
import type { Node } from '../../../graph/node';
import { elementCount } from '../../../graph/node';
import { convert, div, eq, full, mul, neg, reshape, select, take, takeAlong } from '../../../graph/operations';
import { unsqueeze } from '../../compositions/axes';
import { sum } from '../../compositions/reductions';
import { logSoftmax } from '../../compositions/softmax';
import type { Operator, OperatorCall } from '../operatorCall';

/** −w·log p of each label; an ignored one counts nothing. The mean is weighted. */
function negativeLikelihood(call: OperatorCall, logProbability: Node): Node {
  const label = convert(call.input(1), 'int');
  const weights = call.optional(2);
  const ignored = call.has('ignore_index') ? eq(label, full(call.int('ignore_index', 0), [], 'int')) : undefined;
  const index = ignored === undefined ? label : select(ignored, full(0, [], 'int'), label);
  const picked = reshape(takeAlong(logProbability, unsqueeze(index, 1), 1), label.shape);
  const own = weights === undefined ? undefined : take(weights, index, 0);
  const counted = own ?? full(1, label.shape);
  const share = ignored === undefined ? counted : select(ignored, full(0), counted);
  const isPlain = own === undefined && ignored === undefined;
  const losses = neg(isPlain ? picked : mul(share, select(eq(share, full(0)), full(0), picked)));
  const reduction = call.text('reduction', 'mean');
  if (reduction === 'none') return losses;
  if (reduction === 'sum') return sum(losses);
  return div(sum(losses), isPlain ? full(elementCount(label.shape)) : sum(share));
}

const crossEntropy: Operator = (call) => {
  const logProbability = logSoftmax(call.input(0), 1);
  return { outputs: [negativeLikelihood(call, logProbability), logProbability] };
};

export const losses: Readonly<Record<string, Operator>> = {
  NegativeLogLikelihoodLoss: (call) => negativeLikelihood(call, call.input(0)),
  SoftmaxCrossEntropyLoss: crossEntropy,
};
