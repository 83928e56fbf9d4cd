/** Losses of torch.nn.functional. */
import type { Node } from '../../../graph/node';
import { broadcastTo, div, full, mul, reduceSum } from '../../../graph/operations';
import type { PyValue } from '../../../python/values';
import { payloadOf } from '../tensor/tensor';
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  multilabelSoftMarginLoss,
  softMarginLoss,
} from '../../compositions/losses/binary';
import type { ClassLossOptions } from '../../compositions/losses/crossEntropy';
import { crossEntropy, nllLoss } from '../../compositions/losses/crossEntropy';
import * as margins from '../../compositions/losses/margin';
import type { Reduction } from '../../compositions/losses/reduce';
import { reduceLoss } from '../../compositions/losses/reduce';
import * as regression from '../../compositions/losses/regression';
import { floatingType } from '../tensor/promotion';
import type { Call, FunctionRow } from './call';
import { row } from './call';

/** `reduction`, or what the older `size_average` and `reduce` say. */
function reduction(call: Call): Reduction {
  if (call.has('size_average') || call.has('reduce')) {
    if (call.has('reduce') && !call.flag('reduce')) return 'none';
    return call.has('size_average') && !call.flag('size_average') ? 'sum' : 'mean';
  }
  return call.choice('reduction', ['none', 'mean', 'sum']);
}

const options = (call: Call): ClassLossOptions => ({
  weight: call.optionalNode('weight'),
  ignoreIndex: call.int('ignore_index'),
  reduction: reduction(call),
});

const tail = "size_average=None, reduce=None, reduction='mean'";

/** A loss of two float operands that must be of one shape, or broadcast. */
const pairRow = (signature: string, apply: (x: Node, target: Node, call: Call) => Node): FunctionRow =>
  row(signature, (call) => {
    const { nodes, dtype } = call.promotedFloats('input', 'target');
    const [x = full(0), target = full(0)] = nodes;
    return call.tensor(apply(x, target, call), dtype);
  });

/** PyTorch's weighted elementwise losses: the mean divides by the sum of the (broadcast) weights. */
function weightedMean(call: Call, elements: Node): Node {
  const weight = call.optionalNode('weight');
  const kind = reduction(call);
  if (weight === undefined) return reduceLoss(elements, kind);
  const spread = broadcastTo(weight, elements.shape);
  const weighted = mul(elements, spread);
  if (kind !== 'mean') return reduceLoss(weighted, kind);
  const axes = elements.shape.map((_, i) => i);
  return div(reduceSum(weighted, axes), reduceSum(spread, axes));
}

function requireEqual(call: Call): void {
  const [x, target] = [call.payload('input').shape, call.payload('target').shape];
  if (x.join() !== target.join())
    call.interpreter.raise(
      'ValueError',
      `Target size (torch.Size([${target.join(', ')}])) must be the same as input size (torch.Size([${x.join(', ')}]))`,
    );
}

const three = (call: Call, names: readonly [string, string, string]): [Node, Node, Node] => {
  const { nodes } = call.promotedFloats(...names);
  return [nodes[0] ?? full(0), nodes[1] ?? full(0), nodes[2] ?? full(0)];
};

function triplet(call: Call): PyValue {
  const dtype = floatingType(call.dtype('anchor'), call.interpreter);
  const settings = {
    margin: call.number('margin'),
    p: call.number('p'),
    eps: call.number('eps'),
    swap: call.flag('swap'),
  };
  return call.tensor(
    margins.tripletMarginLoss(three(call, ['anchor', 'positive', 'negative']), settings, reduction(call)),
    dtype,
  );
}

function tripletWithDistance(call: Call): PyValue {
  if (!call.has('distance_function'))
    return call.tensor(
      margins.tripletMarginLoss(
        three(call, ['anchor', 'positive', 'negative']),
        { margin: call.number('margin'), p: 2, eps: 1e-6, swap: call.flag('swap') },
        reduction(call),
      ),
      call.floatDtype('anchor'),
    );
  const between = (a: string, b: string): Node => {
    const result = call.interpreter.call(call.value('distance_function'), [call.value(a), call.value(b)]);
    return payloadOf(result)?.node ?? call.fail('distance_function must give a tensor');
  };
  const loss = margins.tripletLoss(
    {
      anchorPositive: between('anchor', 'positive'),
      anchorNegative: between('anchor', 'negative'),
      positiveNegative: call.flag('swap') ? between('positive', 'negative') : undefined,
    },
    call.number('margin'),
    reduction(call),
  );
  return call.tensor(loss, call.floatDtype('anchor'));
}

/** Functions of torch.nn.functional. */
export const lossRows: readonly FunctionRow[] = [
  row(
    "cross_entropy(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction='mean', label_smoothing=0.0)",
    (call) =>
      call.tensor(
        crossEntropy(call.node('input'), call.node('target'), options(call), call.number('label_smoothing')),
        call.dtype('input'),
      ),
  ),
  row(
    "nll_loss(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction='mean')",
    (call) => call.tensor(nllLoss(call.node('input'), call.node('target'), options(call)), call.dtype('input')),
  ),
  row(
    "nll_loss2d(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction='mean')",
    (call) => call.tensor(nllLoss(call.node('input'), call.node('target'), options(call)), call.dtype('input')),
  ),
  pairRow(`mse_loss(input, target, ${tail}, weight=None)`, (x, target, call) =>
    weightedMean(call, regression.mseLoss(x, target, 'none')),
  ),
  pairRow(`l1_loss(input, target, ${tail}, weight=None)`, (x, target, call) =>
    weightedMean(call, regression.l1Loss(x, target, 'none')),
  ),
  pairRow(`smooth_l1_loss(input, target, ${tail}, beta=1.0)`, (x, target, call) =>
    regression.smoothL1Loss(x, target, reduction(call), call.number('beta')),
  ),
  pairRow("huber_loss(input, target, reduction='mean', delta=1.0, weight=None)", (x, target, call) =>
    weightedMean(call, regression.huberLoss(x, target, 'none', call.number('delta'))),
  ),
  pairRow(`kl_div(input, target, ${tail}, log_target=False)`, (x, target, call) => {
    const kind = call.text('reduction') === 'batchmean' ? 'batchmean' : reduction(call);
    return regression.klDivergence(x, target, kind, call.flag('log_target'));
  }),
  pairRow(
    "poisson_nll_loss(input, target, log_input=True, full=False, size_average=None, eps=1e-08, reduce=None, reduction='mean')",
    (x, target, call) =>
      regression.poissonNllLoss(
        x,
        target,
        { logInput: call.flag('log_input'), full: call.flag('full'), eps: call.number('eps') },
        reduction(call),
      ),
  ),
  row("gaussian_nll_loss(input, target, var, full=False, eps=1e-06, reduction='mean')", (call) => {
    const { nodes, dtype } = call.promotedFloats('input', 'target', 'var');
    const [x = full(0), target = full(0), variance = full(0)] = nodes;
    return call.tensor(
      regression.gaussianNllLoss(x, target, variance, call.flag('full'), call.number('eps'), reduction(call)),
      dtype,
    );
  }),
  row(`binary_cross_entropy(input, target, weight=None, ${tail})`, (call) => {
    requireEqual(call);
    const { nodes, dtype } = call.promotedFloats('input', 'target');
    return call.tensor(
      binaryCrossEntropy(nodes[0] ?? full(0), nodes[1] ?? full(0), call.optionalNode('weight'), reduction(call)),
      dtype,
    );
  }),
  row(`binary_cross_entropy_with_logits(input, target, weight=None, ${tail}, pos_weight=None)`, (call) => {
    requireEqual(call);
    const { nodes, dtype } = call.promotedFloats('input', 'target');
    const [weight, positive] = [call.optionalFloats('weight'), call.optionalFloats('pos_weight')];
    return call.tensor(
      binaryCrossEntropyWithLogits(nodes[0] ?? full(0), nodes[1] ?? full(0), weight, positive, reduction(call)),
      dtype,
    );
  }),
  pairRow(`soft_margin_loss(input, target, ${tail})`, (x, target, call) => softMarginLoss(x, target, reduction(call))),
  pairRow(`multilabel_soft_margin_loss(input, target, weight=None, ${tail})`, (x, target, call) =>
    multilabelSoftMarginLoss(x, target, call.optionalNode('weight'), reduction(call)),
  ),
  pairRow(`hinge_embedding_loss(input, target, margin=1.0, ${tail})`, (x, target, call) =>
    margins.hingeEmbeddingLoss(x, target, call.number('margin'), reduction(call)),
  ),
  row(`margin_ranking_loss(input1, input2, target, margin=0, ${tail})`, (call) =>
    call.tensor(
      margins.marginRankingLoss(...three(call, ['input1', 'input2', 'target']), call.number('margin'), reduction(call)),
      call.floatDtype('input1'),
    ),
  ),
  row(`cosine_embedding_loss(input1, input2, target, margin=0, ${tail})`, (call) =>
    call.tensor(
      margins.cosineEmbeddingLoss(
        ...three(call, ['input1', 'input2', 'target']),
        call.number('margin'),
        reduction(call),
      ),
      call.floatDtype('input1'),
    ),
  ),
  row(`triplet_margin_loss(anchor, positive, negative, margin=1.0, p=2, eps=1e-06, swap=False, ${tail})`, triplet),
  row(
    "triplet_margin_with_distance_loss(anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False, reduction='mean')",
    tripletWithDistance,
  ),
  row(`multi_margin_loss(input, target, p=1, margin=1.0, weight=None, ${tail})`, (call) =>
    call.tensor(
      margins.multiMarginLoss(
        call.node('input'),
        call.node('target'),
        { p: call.number('p'), margin: call.number('margin'), weight: call.optionalNode('weight') },
        reduction(call),
      ),
      call.dtype('input'),
    ),
  ),
  row(`multilabel_margin_loss(input, target, ${tail})`, (call) =>
    call.tensor(
      margins.multilabelMarginLoss(call.node('input'), call.node('target'), reduction(call)),
      call.dtype('input'),
    ),
  ),
  row(
    "ctc_loss(log_probs, targets, input_lengths, target_lengths, blank=0, reduction='mean', zero_infinity=False)",
    (call) => call.unsupported('sums over alignments whose number depends on the data; it is not followed'),
  ),
];
