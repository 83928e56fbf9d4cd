/** B1: the learning rate of the training script against the limits that the largest eigenvalue sets. */
import type { QuantityId } from '../catalogue';
import { adaptiveThreshold, type AdaptiveSettings } from '../estimators/adaptiveStability';
import {
  largestStableRate,
  marginAt,
  momentumThreshold,
  type MomentumSettings,
  type Threshold,
} from '../estimators/stability';
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
  /** Settings of an adaptive one, whose limit is that of the preconditioned curvature (B2). */
  readonly adaptive?: AdaptiveSettings;
  /** Why no limit is known for it; undefined for SGD and where `adaptive` is given. */
  readonly uncovered?: string;
}

/** λmax of P^(−½)HP^(−½), and how many steps of the optimizer made P. */
export interface PreconditionedSharpness {
  readonly quantity: Quantity;
  readonly step: number;
}

const USUAL_MOMENTUM = 0.9;

/** `sharpness`: the largest eigenvalue that training meets; `preconditioned`: the one that an adaptive optimizer sees. */
export function stabilityOf(
  sharpness: Quantity,
  optimizer: FoundOptimizer | null,
  circumstances: Circumstances,
  preconditioned?: PreconditionedSharpness,
): StabilityResult {
  const isPlain = optimizer?.uncovered === undefined && optimizer?.adaptive === undefined;
  const momentum = (isPlain ? optimizer?.momentum : null) ?? USUAL_MOMENTUM;
  const weightDecay = isPlain ? (optimizer?.weightDecay ?? 0) : 0;
  const settings = (own: Partial<MomentumSettings>): MomentumSettings => ({
    momentum: 0,
    nesterov: false,
    dampening: 0,
    weightDecay,
    ...own,
  });
  const limitOf = (id: QuantityId, own: MomentumSettings): Quantity =>
    limitQuantity(id, sharpness, thresholdOf(own), circumstances);
  // Without momentum in the script, the usual value shows what momentum would allow.
  const usual = momentum === 0 ? USUAL_MOMENTUM : momentum;
  return {
    settings: optimizer,
    preconditionerStep: preconditioned === undefined || preconditioned.step === Infinity ? null : preconditioned.step,
    optimizer: optimizer?.description ?? null,
    learningRate: optimizer?.learningRate ?? null,
    batchSize: optimizer?.batchSize ?? null,
    ...ownLimit(sharpness, optimizer, circumstances, preconditioned),
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
  preconditioned: PreconditionedSharpness | undefined,
): Pick<StabilityResult, 'limit' | 'margin'> {
  const neither = (reason: string): Pick<StabilityResult, 'limit' | 'margin'> => ({
    limit: notComputed('B1.limit', reason),
    margin: notComputed('B1.margin', reason),
  });
  const both = (curvature: Quantity, threshold: NamedThreshold): Pick<StabilityResult, 'limit' | 'margin'> => ({
    limit: limitQuantity('B1.limit', curvature, threshold, circumstances),
    margin: marginQuantity(curvature, optimizer?.learningRate ?? null, threshold, circumstances),
  });
  if (optimizer === null) return neither('no optimizer was found in the training code');
  if (optimizer.uncovered !== undefined) return neither(optimizer.uncovered);
  const { adaptive, momentum, nesterov, dampening, weightDecay } = optimizer;
  if (adaptive !== undefined)
    return preconditioned === undefined
      ? neither('the preconditioned curvature (B2) is not known')
      : both(preconditioned.quantity, adaptiveNamed(adaptive, weightDecay, preconditioned.step));
  if (momentum === null) return neither('the momentum is not a number that the script determines');
  return both(sharpness, thresholdOf({ momentum, nesterov, dampening, weightDecay }));
}

/** A threshold with its formula for people. */
interface NamedThreshold extends Threshold {
  readonly formula: string;
}

function thresholdOf(settings: MomentumSettings): NamedThreshold {
  const { momentum, nesterov, weightDecay } = settings;
  const product = nesterov ? '2(1+β)/(1+2β)' : momentum === 0 ? '2' : '2(1+β)';
  const beta = momentum === 0 ? '' : `, β = ${momentum}`;
  return {
    ...momentumThreshold(settings),
    formula: `${product} / ${weightDecay === 0 ? 'λmax' : `(λmax + ${weightDecay})`}${beta}`,
  };
}

function adaptiveNamed(settings: AdaptiveSettings, weightDecay: number, step: number): NamedThreshold {
  const threshold = adaptiveThreshold(settings, weightDecay, step);
  const product = Number(threshold.product.toPrecision(4));
  const curvature = 'λmax(P⁻¹H)';
  const shifted = threshold.shift === 0 ? curvature : `(${curvature} + ${Number(threshold.shift.toPrecision(3))})`;
  return { ...threshold, formula: `${product} / ${shifted}` };
}

/** A decreasing function of λmax: the interval's ends change places. */
function limitQuantity(
  id: QuantityId,
  curvature: Quantity,
  threshold: NamedThreshold,
  circumstances: Circumstances,
): Quantity {
  if ('notComputed' in curvature) return notComputed(id, curvature.notComputed);
  const { value, interval: of } = curvature;
  const limit = largestStableRate(threshold, value);
  if (limit === Infinity)
    return notComputed(id, 'no direction is curved upwards: no learning rate is too large for this reason');
  const at = (lambda: number | null): number | null => {
    const bound = lambda === null ? Infinity : largestStableRate(threshold, lambda);
    return bound === Infinity ? null : bound;
  };
  // dη/dλ = −η/(λ + shift) turns the parts of λmax's error into those of the limit.
  const slope = limit / (value + threshold.shift);
  const interval = {
    low: at(of.high) ?? 0,
    high: at(of.low),
    estimator: of.estimator * slope,
    sampling: of.sampling === null ? null : of.sampling * slope,
  };
  return withInterval(id, limit, interval, { method: threshold.formula }, circumstances);
}

function marginQuantity(
  curvature: Quantity,
  learningRate: number | null,
  threshold: NamedThreshold,
  circumstances: Circumstances,
): Quantity {
  if ('notComputed' in curvature) return notComputed('B1.margin', curvature.notComputed);
  if (learningRate === null) return notComputed('B1.margin', 'the learning rate was not found in the training code');
  const slope = learningRate / threshold.product;
  const at = (lambda: number | null): number | null =>
    lambda === null ? null : marginAt(threshold, learningRate, lambda);
  const { low, high, estimator, sampling } = curvature.interval;
  const interval = {
    low: at(low) ?? 0,
    high: at(high),
    estimator: estimator * slope,
    sampling: sampling === null ? null : sampling * slope,
  };
  return withInterval(
    'B1.margin',
    marginAt(threshold, learningRate, curvature.value),
    interval,
    { method: 'η / limit' },
    circumstances,
  );
}
