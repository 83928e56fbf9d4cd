/** B1: the learning rate of the training script against the limits that the largest eigenvalue sets. */
import type { QuantityId } from '../catalogue';
import { stableLearningRate, stabilityMargin, stableProduct, type MomentumSettings } from '../estimators/stability';
import type { Quantity } from '../quantity';
import type { StabilityResult } from '../result';
import { notComputed, withInterval, type Circumstances } from './quantities';

/** The optimizer of the training script. Numbers that the script does not determine are null. */
export interface FoundOptimizer {
  /** Class name, e.g. `SGD`. */
  readonly kind: string;
  readonly learningRate: number | null;
  readonly momentum: number | null;
  readonly nesterov: boolean;
  readonly dampening: number;
  readonly weightDecay: number;
  /** Samples of one step, accumulation included; null if the script does not determine it. */
  readonly batchSize: number | null;
  /** In the script's own terms, for people. */
  readonly description: string;
  /** Why the deterministic limits do not apply to it; undefined for SGD. */
  readonly uncovered?: string;
}

const USUAL_MOMENTUM = 0.9;

/** `sharpness`: the largest eigenvalue that training meets. */
export function stabilityOf(
  sharpness: Quantity,
  optimizer: FoundOptimizer | null,
  circumstances: Circumstances,
): StabilityResult {
  const momentum = optimizer?.momentum ?? USUAL_MOMENTUM;
  const weightDecay = optimizer?.uncovered === undefined ? (optimizer?.weightDecay ?? 0) : 0;
  const settings = (own: Partial<MomentumSettings>): MomentumSettings => ({
    momentum: 0,
    nesterov: false,
    dampening: 0,
    weightDecay,
    ...own,
  });
  const limitOf = (id: QuantityId, own: MomentumSettings): Quantity => limitQuantity(id, sharpness, own, circumstances);
  // Without momentum in the script, the usual value shows what momentum would allow.
  const usual = momentum === 0 ? USUAL_MOMENTUM : momentum;
  return {
    optimizer: optimizer?.description ?? null,
    learningRate: optimizer?.learningRate ?? null,
    batchSize: optimizer?.batchSize ?? null,
    ...ownLimit(sharpness, optimizer, circumstances),
    limits: {
      gradientDescent: limitOf('B1.limitGradientDescent', settings({})),
      heavyBall: limitOf('B1.limitHeavyBall', settings({ momentum: usual })),
      nesterov: limitOf('B1.limitNesterov', settings({ momentum: usual, nesterov: true })),
    },
  };
}

function ownLimit(
  sharpness: Quantity,
  optimizer: FoundOptimizer | null,
  circumstances: Circumstances,
): Pick<StabilityResult, 'limit' | 'margin'> {
  const neither = (reason: string): Pick<StabilityResult, 'limit' | 'margin'> => ({
    limit: notComputed('B1.limit', reason),
    margin: notComputed('B1.margin', reason),
  });
  if (optimizer === null) return neither('no optimizer was found in the training code');
  if (optimizer.uncovered !== undefined) return neither(optimizer.uncovered);
  if (optimizer.momentum === null) return neither('the momentum is not a number that the script determines');
  const { momentum, nesterov, dampening, weightDecay } = optimizer;
  const settings = { momentum, nesterov, dampening, weightDecay };
  return {
    limit: limitQuantity('B1.limit', sharpness, settings, circumstances),
    margin: marginQuantity(sharpness, optimizer.learningRate, settings, circumstances),
  };
}

const formulaOf = ({ momentum, nesterov, weightDecay }: MomentumSettings): string => {
  const product = nesterov ? '2(1+β)/(1+2β)' : momentum === 0 ? '2' : '2(1+β)';
  const beta = momentum === 0 ? '' : `, β = ${momentum}`;
  return `${product} / ${weightDecay === 0 ? 'λmax' : `(λmax + ${weightDecay})`}${beta}`;
};

/** A decreasing function of λmax: the interval's ends change places. */
function limitQuantity(
  id: QuantityId,
  sharpness: Quantity,
  settings: MomentumSettings,
  circumstances: Circumstances,
): Quantity {
  if ('notComputed' in sharpness) return notComputed(id, sharpness.notComputed);
  const limit = stableLearningRate(sharpness.value, settings);
  if (limit === Infinity)
    return notComputed(id, 'no direction is curved upwards: no learning rate is too large for this reason');
  const at = (lambda: number | null): number | null => {
    const bound = lambda === null ? Infinity : stableLearningRate(lambda, settings);
    return bound === Infinity ? null : bound;
  };
  // dη/dλ = −η/h turns the parts of λmax's error into those of the limit.
  const slope = limit / (sharpness.value + settings.weightDecay);
  const interval = {
    low: at(sharpness.interval.high) ?? 0,
    high: at(sharpness.interval.low),
    estimator: sharpness.interval.estimator * slope,
    sampling: sharpness.interval.sampling === null ? null : sharpness.interval.sampling * slope,
  };
  return withInterval(id, limit, interval, { method: formulaOf(settings) }, circumstances);
}

function marginQuantity(
  sharpness: Quantity,
  learningRate: number | null,
  settings: MomentumSettings,
  circumstances: Circumstances,
): Quantity {
  if ('notComputed' in sharpness) return notComputed('B1.margin', sharpness.notComputed);
  if (learningRate === null) return notComputed('B1.margin', 'the learning rate was not found in the training code');
  const at = (lambda: number | null): number | null =>
    lambda === null ? null : stabilityMargin(learningRate, lambda, settings);
  const slope = learningRate / stableProduct(settings);
  const { low, high, estimator, sampling } = sharpness.interval;
  const interval = {
    low: at(low) ?? 0,
    high: at(high),
    estimator: estimator * slope,
    sampling: sampling === null ? null : sampling * slope,
  };
  return withInterval(
    'B1.margin',
    stabilityMargin(learningRate, sharpness.value, settings),
    interval,
    { method: 'η / limit' },
    circumstances,
  );
}
