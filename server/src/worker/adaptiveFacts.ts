import type { AdamSettings, AdaptiveSettings } from '../curvature/estimators/adaptiveStability';
import type { FactValue, OptimizerFact } from '../frontend/torch/trainingFacts';

/** Settings of an adaptive optimizer whose limit is known; a text says why there are none. */
export function adaptiveSettings(fact: OptimizerFact): AdaptiveSettings | string {
  const { kind } = fact;
  if (kind === 'Adam' || kind === 'AdamW' || kind === 'NAdam') return adamSettings(fact);
  const eps = numberOf(fact, 'eps');
  if (kind === 'RMSprop') {
    const alpha = numberOf(fact, 'alpha');
    const momentum = numberOf(fact, 'momentum');
    if (alpha === null || eps === null || momentum === null) return unknown(kind, 'alpha, eps or momentum');
    return { rule: 'RMSprop', alpha, eps, momentum, centered: flagOf(fact, 'centered') };
  }
  if (kind === 'Adagrad') {
    const learningRateDecay = numberOf(fact, 'lr_decay');
    const initialAccumulator = numberOf(fact, 'initial_accumulator_value');
    if (learningRateDecay === null || initialAccumulator === null || eps === null)
      return unknown(kind, 'lr_decay, initial_accumulator_value or eps');
    return { rule: 'Adagrad', eps, learningRateDecay, initialAccumulator };
  }
  return `no stability limit is known here for ${kind}: only SGD, Adam, AdamW, NAdam, RMSprop and Adagrad are covered`;
}

function adamSettings(fact: OptimizerFact): AdamSettings | string {
  const betas = fact.arguments['betas']?.value;
  const [beta1, beta2] = isList(betas) ? betas : [];
  const eps = numberOf(fact, 'eps');
  if (typeof beta1 !== 'number' || typeof beta2 !== 'number' || eps === null) return unknown(fact.kind, 'betas or eps');
  return {
    rule: 'Adam',
    beta1,
    beta2,
    eps,
    amsgrad: flagOf(fact, 'amsgrad'),
    decoupled: fact.kind === 'AdamW' || flagOf(fact, 'decoupled_weight_decay'),
    momentumDecay: fact.kind === 'NAdam' ? numberOf(fact, 'momentum_decay') : null,
  };
}

const isList = (value: FactValue | undefined): value is readonly FactValue[] => Array.isArray(value);

export const numberOf = (fact: OptimizerFact, name: string): number | null => {
  const value = fact.arguments[name]?.value;
  return typeof value === 'number' ? value : null;
};

export const flagOf = (fact: OptimizerFact, name: string): boolean => fact.arguments[name]?.value === true;

const unknown = (kind: string, what: string): string => `${what} of ${kind} are not numbers that the script determines`;
