/** Optimizers that a trial run compares: the script's own, and others at usual settings. */
import type { FoundOptimizerState } from '../analysis/optimizerState';
import type { FoundOptimizer } from '../analysis/stability';
import type { AdamSettings, RmspropSettings } from './adaptiveStability';
import {
  adagradStep,
  adamStep,
  gaussNewtonStep,
  momentumStep,
  rmspropStep,
  sharpnessAwareStep,
  type OptimizerStep,
} from './optimizerSteps';
import type { MomentumSettings } from './stability';

/** The script's optimizer as it would go on from the checkpoint; a text says why it cannot be tried. */
export function scriptStep(optimizer: FoundOptimizer, state: FoundOptimizerState | undefined): OptimizerStep | string {
  const { adaptive, uncovered, momentum, nesterov, dampening, weightDecay } = optimizer;
  if (uncovered !== undefined) return uncovered;
  // Steps change what they remember: every run has its own copy.
  const moment = (name: string): Float64Array | undefined => state?.moments.get(name)?.slice();
  if (adaptive === undefined)
    return momentum === null
      ? 'the momentum is not a number that the script determines'
      : momentumStep({ momentum, nesterov, dampening, weightDecay }, moment('momentum_buffer'));
  const step = state?.step ?? 0;
  if (adaptive.rule === 'Adam') {
    const [first, second] = [moment('exp_avg'), moment('exp_avg_sq')];
    return adamStep(adaptive, weightDecay, first && second ? { first, second, step } : undefined);
  }
  if (adaptive.rule === 'RMSprop') return rmspropStep(adaptive, weightDecay, moment('square_avg'));
  const sum = moment('sum');
  return adagradStep(adaptive, weightDecay, sum && { sum, step });
}

/** Another optimizer, made anew for every run. */
export interface TrialOptimizer {
  readonly name: string;
  readonly make: () => OptimizerStep;
  /** For one without a limit of its own; null: half of the limit of its family. */
  readonly usualRate: number | null;
  /** Limits that apply to it, for `usualRate` null. */
  readonly family: 'gradientDescent' | 'heavyBall' | 'nesterov';
}

const SGD: MomentumSettings = { momentum: 0, nesterov: false, dampening: 0, weightDecay: 0 };
/** PyTorch's defaults. */
export const ADAM: AdamSettings = {
  rule: 'Adam',
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  amsgrad: false,
  decoupled: false,
  momentumDecay: null,
};
const RMSPROP: RmspropSettings = { rule: 'RMSprop', alpha: 0.99, eps: 1e-8, momentum: 0, centered: false };
/** PyTorch's defaults. */
const USUAL = { adam: 1e-3, rmsprop: 1e-2, decay: 1e-2, momentum: 0.9 };
/** Foret et al. 2021. */
const RADIUS = 0.05;
const DAMPING = 1e-3;
const CONJUGATE_STEPS = 10;

export const trialOptimizers: readonly TrialOptimizer[] = [
  { name: 'SGD', make: () => momentumStep(SGD), usualRate: null, family: 'gradientDescent' },
  {
    name: 'momentum 0.9',
    make: () => momentumStep({ ...SGD, momentum: USUAL.momentum }),
    usualRate: null,
    family: 'heavyBall',
  },
  {
    name: 'Nesterov 0.9',
    make: () => momentumStep({ ...SGD, momentum: USUAL.momentum, nesterov: true }),
    usualRate: null,
    family: 'nesterov',
  },
  { name: 'Adam', make: () => adamStep(ADAM, 0), usualRate: USUAL.adam, family: 'gradientDescent' },
  {
    name: 'AdamW',
    make: () => adamStep({ ...ADAM, decoupled: true }, USUAL.decay),
    usualRate: USUAL.adam,
    family: 'gradientDescent',
  },
  { name: 'RMSprop', make: () => rmspropStep(RMSPROP, 0), usualRate: USUAL.rmsprop, family: 'gradientDescent' },
  {
    name: `SAM (ρ = ${RADIUS})`,
    make: () => sharpnessAwareStep(momentumStep(SGD), RADIUS),
    usualRate: null,
    family: 'gradientDescent',
  },
  {
    name: `Gauss–Newton (damping ${DAMPING})`,
    make: () => gaussNewtonStep(DAMPING, CONJUGATE_STEPS),
    usualRate: 1,
    family: 'gradientDescent',
  },
];
